import { describe, expect, it } from 'vitest'
import type { FaultInput } from './faults.ts'
import { accepted, createHarness } from './simulator-harness.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const failing = () => new Response('{}', { status: 500 })

describe('notifications', () => {
  it('go to the address as it was entered, with the path behind it, and carry numbers and times with an offset', async () => {
    const market = await createHarness()
    const orderId = await market.place({ lines: [{ offerId: 'W', count: 1, price: '5', service: 'INSTALL' }] })
    const [created] = market.received
    expect(created).toMatchObject({
      url: 'https://seller.invalid/market?a=b/notification',
      body: {
        notificationType: 'ORDER_CREATED',
        orderId: Number(orderId),
        campaignId: 1001,
        items: [{ offerId: 'W', count: 1 }],
        createdAt: '2026-05-01T09:00:00.123Z',
        orderLineServices: [{ itemId: expect.any(Number), serviceArticle: 'INSTALL' }],
      },
    })
    expect(await market.control.listNotifications({ orderId, type: 'ORDER_CREATED' })).toMatchObject([
      { state: 'acknowledged', attempts: [{ status: 200, error: null }] },
    ])
    expect((await market.control.getSummary()).notifications).toMatchObject({
      acknowledged: 2,
      pending: 0,
      subscription: 'connected',
    })
  })

  it('vary in offsets, digits, unknown fields and empty services, but not in what they say', async () => {
    const market = await createHarness({ hasVariety: true })
    for (let n = 0; n < 10; n += 1) await market.place()
    const created = market.ofType('ORDER_CREATED').map(({ body }) => body)
    const times = created.map(({ createdAt }) => String(createdAt))
    expect(new Set(times).size).toBe(3)
    expect(new Set(times.map((time) => new Date(time).getTime())).size).toBe(1)
    expect(created.some((body) => body.orderLineServices === null)).toBe(true)
    expect(created.some((body) => !('orderLineServices' in body))).toBe(true)
    expect(market.received.some(({ body }) => 'sandboxTrace' in body)).toBe(true)
  })

  it('wait for a PING that is answered as it should be', async () => {
    const market = await createHarness()
    market.sellerAnswers(({ notificationType }) =>
      notificationType === 'PING' ? Response.json({ version: '1', name: 'Sluice' }) : accepted(),
    )
    await market.control.connect()
    await market.place()
    await market.timers.advance(2_000)
    expect(new Set(market.types())).toEqual(new Set(['PING']))
    expect((await market.control.getSummary()).notifications.subscription).toBe('connecting')
    market.sellerAnswers(accepted)
    await market.timers.advance(500)
    expect(market.types().slice(-3)).toEqual(['PING', 'ORDER_CREATED', 'ORDER_STATUS_UPDATED'])
    expect(new Set(await market.remarks())).toEqual(new Set(['ping-refused']))
  })

  it('a new address has to be connected first', async () => {
    const market = await createHarness()
    await market.control.changeSettings({ notificationUrl: 'https://other.invalid' })
    await market.timers.advance(0)
    expect(market.received).toMatchObject([{ notificationType: 'PING', url: 'https://other.invalid/notification' }])
  })

  it('while one of them fails no other goes out, and it is sent every minute', async () => {
    const market = await createHarness()
    market.sellerAnswers(failing)
    const first = await market.place({ script: { firstStatus: 'never' } })
    const second = await market.place({ script: { firstStatus: 'never' } })
    await market.timers.advance(10 * MINUTE)
    expect(market.received.map(({ body }) => String(body.orderId))).toEqual(Array.from({ length: 11 }, () => first))
    expect((await market.control.getSummary()).notifications).toMatchObject({
      isBlocked: true,
      pending: 2,
      resends: 10,
      errors: { HTTP: 11 },
    })
    market.sellerAnswers(accepted)
    await market.timers.advance(MINUTE)
    expect(market.received.slice(-2).map(({ body }) => String(body.orderId))).toEqual([first, second])
  })

  it('are sent ever less often, and switched off after 14 days, until somebody connects again', async () => {
    const market = await createHarness()
    market.sellerAnswers(failing)
    await market.place({ script: { firstStatus: 'never' } })
    await market.timers.advance(HOUR)
    expect(market.received).toHaveLength(61)
    await market.timers.advance(DAY - HOUR)
    expect(market.received).toHaveLength(61 + 92)
    await market.timers.advance(13 * DAY)
    expect(market.received).toHaveLength(61 + 92 + 13 * 24)
    expect((await market.control.getSummary()).notifications).toMatchObject({ subscription: 'disabled', dropped: 1 })
    market.sellerAnswers(accepted)
    await market.place({ script: { firstStatus: 'never' } })
    await market.timers.advance(DAY)
    await market.control.connect()
    await market.place({ script: { firstStatus: 'never' } })
    expect(market.types().slice(-2)).toEqual(['PING', 'ORDER_CREATED'])
    expect((await market.control.getSummary()).notifications).toMatchObject({
      subscription: 'connected',
      dropped: 2,
      acknowledged: 1,
    })
  })

  it('are not sent again after 400, which is a violation', async () => {
    const market = await createHarness()
    market.sellerAnswers(() => Response.json({ error: { type: 'WRONG_EVENT_FORMAT', message: 'x' } }, { status: 400 }))
    await market.place()
    await market.timers.advance(HOUR)
    expect(market.received).toHaveLength(2)
    expect(await market.violations()).toEqual(['notification-refused', 'notification-refused'])
  })

  it.each([
    ['without its name', () => Response.json({ version: '1', time: '2026-05-01T09:00:00Z' }), 'INVALID_DATA'],
    [
      'that is no JSON',
      () => new Response('OK', { headers: { 'content-type': 'application/json' } }),
      'CANT_PARSE_RESPONSE',
    ],
    [
      'of another media type',
      () => new Response('{}', { headers: { 'content-type': 'text/html' } }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
  ])('an answer %s is a violation, and sent again', async (_what, answer, error) => {
    const market = await createHarness()
    market.sellerAnswers(answer)
    const orderId = await market.place({ script: { firstStatus: 'never' } })
    market.sellerAnswers(accepted)
    await market.timers.advance(MINUTE)
    expect(await market.violations()).toEqual(['invalid-answer'])
    expect(await market.control.listNotifications({ orderId })).toMatchObject([
      { state: 'acknowledged', attempts: [{ error }, { error: null }] },
    ])
  })

  it('that get no answer in time are given up and sent again', async () => {
    const market = await createHarness({ notificationTimeoutMs: 5 })
    market.sellerAnswers(() => {
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    })
    await market.place({ script: { firstStatus: 'never' } })
    expect((await market.control.getSummary()).notifications.errors).toEqual({ READ_TIMED_OUT: 1 })
    expect(await market.remarks()).toEqual(['notification-failed'])
  })

  const onCreated = { on: 'notification', type: 'ORDER_CREATED' } as const
  it.each<[string, FaultInput, string[]]>([
    [
      'duplicate',
      { ...onCreated, fault: 'duplicate', copies: 2 },
      ['ORDER_CREATED', 'ORDER_CREATED', 'ORDER_CREATED', 'ORDER_STATUS_UPDATED'],
    ],
    ['reorder', { on: 'notification', fault: 'reorder', holdMs: 100 }, ['ORDER_STATUS_UPDATED', 'ORDER_CREATED']],
    ['lose', { ...onCreated, fault: 'lose' }, ['ORDER_STATUS_UPDATED']],
    ['delay', { ...onCreated, fault: 'delay', delayMs: 500 }, ['ORDER_STATUS_UPDATED', 'ORDER_CREATED']],
    [
      'unknown-type',
      { ...onCreated, fault: 'unknown-type' },
      ['SANDBOX_NEWS_CREATED', 'ORDER_CREATED', 'ORDER_STATUS_UPDATED'],
    ],
    ['extra-fields', { ...onCreated, fault: 'extra-fields' }, ['ORDER_CREATED', 'ORDER_STATUS_UPDATED']],
  ])('are hit by the fault %s', async (_name, fault, types) => {
    const market = await createHarness()
    await market.place({ faults: [fault] })
    await market.timers.advance(1_000)
    expect(market.types()).toEqual(types)
  })

  it('of any form can be sent by hand', async () => {
    const market = await createHarness()
    const orderId = await market.place()
    await market.control.sendNotification({ type: 'SOMETHING_NEW', orderId, body: { x: 1 } })
    await market.control.sendNotification({ type: 'broken', rawBody: '{"notificationType":"ORDER_CREATED"}' })
    await market.timers.advance(0)
    expect(market.received.slice(-2).map(({ body }) => body)).toEqual([
      { notificationType: 'SOMETHING_NEW', orderId: Number(orderId), campaignId: 1001, x: 1 },
      { notificationType: 'ORDER_CREATED' },
    ])
  })

  it.each([
    ['both', ['ORDER_CANCELLED', 'ORDER_STATUS_UPDATED']],
    ['cancelled', ['ORDER_CANCELLED']],
    ['status', ['ORDER_STATUS_UPDATED']],
  ] as const)('a cancellation is told as %s', async (cancellationNotices, types) => {
    const market = await createHarness({ cancellationNotices })
    const orderId = await market.place()
    await market.control.cancelOrder(orderId)
    await market.timers.advance(0)
    expect(market.types().slice(2)).toEqual(types)
  })
})
