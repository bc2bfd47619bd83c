import type { HttpCall } from '@sluice/outbound'
import { createBackOfficeControl, createBackOfficeSimulator } from '@sluice/sandbox'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createBackOfficeClient } from './create-back-office-client.ts'
import { readBackOfficeEvents } from './read-back-office-events.ts'
import { backOfficeSettingsSchema } from './settings-schema.ts'

// Over real HTTP against the strict simulator: an independent reading of the same contract.
const simulator = createBackOfficeSimulator({ settings: { stepMs: 3_600_000 } })
const { url } = await simulator.start()
const control = createBackOfficeControl(url)
const settings = backOfficeSettingsSchema.parse({
  url: `${url}/`,
  token: 'sandbox-back-office',
  inboundTokens: ['t'],
  timeoutMs: 200,
})
const client = createBackOfficeClient(settings, { limits: { breaker: { failures: 100, openMs: 1 } } })

beforeEach(async () => control.reset())
afterAll(async () => {
  await client.close()
  await simulator.stop()
})

const key = (idempotencyKey = 'KU-H1/reserve-stock') => ({ idempotencyKey })
const request = {
  orderNumber: 'KU-H1',
  marketplace: 'kuper',
  account: 'main',
  externalId: 'H1',
  storeId: 's1',
  fulfilment: 'pickup' as const,
  lines: [{ sku: 'A', quantity: 2, price: '10.50', originalQuantity: 2 }],
  minExpiresOn: '2026-06-01',
  order: { customer: { name: 'Anna', phone: '+79990000000' }, storeId: 's1' },
}

describe('back office client', () => {
  it('reserves, and keeps a masked record of both bodies', async () => {
    const { outcome, evidence } = await client.reserve(request, key())
    expect(outcome).toMatchObject({ kind: 'reserved', lines: [{ sku: 'A', quantity: 2 }] })
    expect(evidence).toMatchObject({ httpStatus: 201 })
    expect(evidence.request).toContain('"customer":{"name":"***","phone":"***"}')
    expect(evidence.response).toContain('"status":"reserved"')
  })

  it('sends nothing that the contract does not name, and is never found at fault', async () => {
    await client.queryStock('s1', ['A'], { orderNumber: 'KU-H1' })
    await client.reserve(request, key())
    await client.tell(
      { orderNumber: 'KU-H1', at: '2026-05-01T08:00:00Z', news: { type: 'order.paid', amount: '21.00' } },
      key('k2'),
    )
    await client.release('KU-H1', key('k3'))
    await client.takeBack({ orderNumber: 'KU-H1', reason: 'cancelled', lines: [{ sku: 'A', quantity: 0 }] }, key('k4'))
    expect(await control.listFindings()).toEqual({ violations: [], remarks: [] })
    expect((await control.listCalls()).map(({ headers }) => headers['idempotency-key'])).toEqual([
      undefined,
      'KU-H1/reserve-stock',
      'k2',
      'k3',
      'k4',
    ])
  })

  it('is told what there is when the stock is short', async () => {
    await control.setStock([{ storeId: 's1', sku: 'A', quantity: 1 }])
    expect((await client.reserve(request, key())).outcome).toEqual({
      kind: 'short',
      lines: [{ sku: 'A', requested: 2, available: 1 }],
    })
  })

  it('after a lost answer finds the same goods again and reserves them once', async () => {
    await control.setStock([{ storeId: 's1', sku: 'A', quantity: 2 }])
    await control.addFaults({ on: 'reserve', fault: 'lose-answer' })
    expect((await client.reserve(request, key())).outcome).toMatchObject({
      kind: 'unavailable',
      cause: 'network',
      isUnclear: true,
    })
    expect((await client.queryStock('s1', ['A'], { orderNumber: 'KU-H1' })).outcome).toEqual({
      kind: 'lots',
      lots: [{ sku: 'A', quantity: 2 }],
    })
    expect((await client.reserve(request, key())).outcome).toMatchObject({ kind: 'reserved' })
    expect((await control.getStock()).totals).toMatchObject({ held: 2, everReserved: 2 })
  })

  it.each<[Parameters<typeof control.addFaults>[0], object]>([
    [
      { on: 'any', fault: 'answer', status: 401 },
      { kind: 'unavailable', cause: 'credentials', isUnclear: false },
    ],
    [
      { on: 'any', fault: 'answer', status: 500 },
      { kind: 'unavailable', cause: '5xx', isUnclear: true },
    ],
    [
      { on: 'any', fault: 'answer', status: 503, retryAfterSeconds: 60 },
      { kind: 'unavailable', cause: '5xx', retryAfterMs: 60_000 },
    ],
    [
      { on: 'any', fault: 'hang' },
      { kind: 'unavailable', cause: 'timeout', isUnclear: true },
    ],
    [
      { on: 'any', fault: 'slow', delayMs: 60_000 },
      { kind: 'unavailable', cause: 'timeout', isUnclear: true },
    ],
    [
      { on: 'any', fault: 'cut' },
      { kind: 'unavailable', cause: 'network', isUnclear: true },
    ],
    [
      { on: 'any', fault: 'garble' },
      { kind: 'refused', fault: 'theirs' },
    ],
    [{ on: 'reserve', fault: 'short' }, { kind: 'short' }],
  ])('%o', async (fault, outcome) => {
    await control.addFaults(fault)
    expect((await client.reserve(request, key())).outcome).toMatchObject(outcome)
    expect((await client.reserve(request, key())).outcome).toMatchObject({ kind: 'reserved' })
    expect((await control.listFindings()).violations).toEqual([])
  })

  it('releases, twice harmlessly, and what was never reserved too', async () => {
    await client.reserve(request, key())
    expect((await client.release('KU-H1', key('r'))).outcome).toEqual({ kind: 'done' })
    expect((await client.release('KU-H1', key('r'))).outcome).toEqual({ kind: 'done' })
    expect((await client.release('KU-H9', key('r9'))).outcome).toEqual({ kind: 'already-done' })
  })

  it('tells once: a repeat is recognised by its id', async () => {
    const message = {
      orderNumber: 'KU-H1',
      at: '2026-05-01T08:00:00Z',
      news: { type: 'pickup_code.created' as const, code: '4711' },
    }
    expect((await client.tell(message, key('n1'))).outcome).toMatchObject({ kind: 'unavailable' })
    await client.reserve(request, key())
    const told = await client.tell(message, key('n1'))
    expect(told).toMatchObject({
      outcome: { kind: 'done' },
      evidence: { request: expect.not.stringContaining('4711') },
    })
    expect((await client.tell(message, key('n1'))).outcome).toEqual({ kind: 'already-done' })
  })

  it.each([
    ['its token', { token: 'our-token' }, 'Bearer our-token'],
    ['its login, in UTF-8', { basic: { user: 'Обмен', password: 'pa:ss' } }, 'Basic 0J7QsdC80LXQvTpwYTpzcw=='],
  ])('shows the back office %s', async (_, credentials, authorization) => {
    const { url: address, timeoutMs } = settings
    const own = createBackOfficeClient({ url: address, timeoutMs, ...credentials })
    await own.release('KU-H1', key())
    await own.close()
    expect((await control.listCalls()).at(-1)?.headers.authorization).toBe(authorization)
  })

  it('does not try once it is closed', async () => {
    const closed = createBackOfficeClient(settings)
    await closed.close()
    expect((await closed.release('KU-H1', key())).outcome).toMatchObject({ kind: 'not-tried', cause: 'stopping' })
  })
})

describe('what goes over the wire', () => {
  const calls: HttpCall[] = []
  const recording = createBackOfficeClient(settings, {
    http: {
      call: async (call) => {
        calls.push(call)
        return { kind: 'answered', status: 200, headers: {}, body: undefined }
      },
      close: async () => undefined,
    },
  })
  beforeEach(() => {
    calls.length = 0
  })

  it.each([{}, { returnId: '5' }])('goods that come back name the return, if there is one: %j', async (named) => {
    const goods = { orderNumber: 'YM-1', reason: 'unredeemed', lines: [{ sku: 'A', quantity: 1 }], ...named }
    await recording.takeBack(goods, key())
    expect(calls).toMatchObject([{ method: 'POST', path: '/returns' }])
    expect(calls[0]?.json).toEqual(goods)
  })

  it('news of a conversation names it in the place of an order, and its record shows nothing that was written', async () => {
    const { evidence } = await recording.tell(
      {
        orderNumber: 'YM-chat-123',
        at: '2026-05-01T08:00:00Z',
        news: {
          type: 'conversation.message',
          conversation: 'YM-chat-123',
          topic: 'chat',
          message: { id: '42', author: 'customer', text: 'I am ill' },
        },
      },
      key('n1'),
    )
    expect(calls[0]?.json).toEqual({
      id: 'n1',
      type: 'conversation.message',
      conversation: 'YM-chat-123',
      at: '2026-05-01T08:00:00Z',
      data: { topic: 'chat', message: { id: '42', author: 'customer', text: 'I am ill' } },
    })
    expect(evidence.request).toContain('"conversation":"YM-chat-123"')
    expect(evidence.request).not.toContain('ill')
  })

  it('a reservation says what the marketplace says of the day, the keys and the test, and no more', async () => {
    const order = { shipOn: '2026-05-02', digital: 'by-hand', isTest: true } as const
    const lines = [{ sku: 'G1', quantity: 1, lineId: '9', markingKind: 'CIS' }]
    const wanted = { ...request, fulfilment: 'digital' as const, lines, order }
    await recording.reserve({ ...wanted, order: { ...order, fulfilment: 'digital' } as typeof order }, key())
    expect(calls[0]?.json).toEqual({ ...wanted, lines: [{ sku: 'G1', quantity: 1, markingKind: 'CIS' }] })
  })
})

it('reads every event that the simulator sends', async () => {
  const types = new Set<string>()
  for (const [orderNumber, fulfilment] of [
    ['KU-P', 'pickup'],
    ['KU-M', 'merchant-delivery'],
  ] as const) {
    await control.setPlan(orderNumber, {
      delaysMs: {
        go: 0,
        pick: 0,
        assemble: 0,
        document: 0,
        code: 0,
        issue: 0,
        estimate: 0,
        start: 0,
        finish: 0,
        cancel: 0,
      },
      markingCodes: true,
      pickup: { codeMadeBy: 'back-office' },
      delivery: { waitsForPaid: false },
      ...(fulfilment === 'merchant-delivery' && { cancel: { at: 'during-delivery' } }),
    })
    await client.reserve({ ...request, orderNumber, fulfilment }, key(orderNumber))
    const isOver = async () => /issued|waits/.test((await control.findOrder(orderNumber))?.staff ?? '')
    await expect.poll(isOver).toBe(true)
    const events = (await control.findOrder(orderNumber))?.events.map(({ event }) => event) ?? []
    const messages = readBackOfficeEvents(JSON.stringify(events))
    expect(messages.kind === 'list' && messages.results.filter(({ kind }) => kind === 'rejected')).toEqual([])
    for (const { type } of events) types.add(type)
  }
  expect([...types].toSorted()).toEqual([
    'delivery.estimated',
    'delivery.started',
    'document.created',
    'line.picked',
    'order.assembled',
    'order.cancelled',
    'order.going_to',
    'order.issued',
    'pickup_code.created',
  ])
})
