import { describe, expect, it } from 'vitest'
import type { OrderPlanInput } from './order-plan.ts'
import { createHarness } from './simulator-harness.ts'

type Harness = ReturnType<typeof createHarness>

/** Sends the notifications of a whole life, letting Kuper's own steps happen in between. */
async function live(kuper: Harness, orderId: string, types: string[]): Promise<number[]> {
  const statuses: number[] = []
  for (const type of types) {
    const needsOrder = type === 'order.ready_for_delivery' || type === 'order.delivered'
    const payload = {
      ...(needsOrder ? kuper.unchanged(orderId) : {}),
      ...(type === 'order.pickup_code_created' ? { code: '7314' } : {}),
    }
    statuses.push((await kuper.notify(orderId, type, payload)).status)
    await kuper.timers.advance(4_000)
  }
  await kuper.timers.advance(60_000)
  return statuses
}

describe('lives', () => {
  it('D: couriers, payment and delivery come from Kuper', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    const statuses = await live(kuper, orderId, ['order.in_work', 'order.assembled', 'order.ready_for_delivery'])
    expect(statuses).toEqual([200, 200, 200])
    expect(kuper.eventTypes()).toEqual([
      'order.created',
      'courier.assigned',
      'courier.arrived',
      'order.paid',
      'order.received',
      'order.delivering',
      'order.delivered',
    ])
    const order = await kuper.control.getOrder(orderId)
    expect(order).toMatchObject({
      originalOrderId: 'H0000000001',
      flow: 'D',
      state: 'shipped',
      paymentState: 'paid',
      number: `N-${orderId}`,
      actualTotal: 10_400,
      chargedTotal: 10_400,
      violations: [],
      remarks: [],
    })
    expect(kuper.received.at(-1)?.payload).toMatchObject({ originalOrderId: orderId, number: `N-${orderId}` })
    expect(kuper.received[3]?.payload.payment).toMatchObject({ amount: '104.00' })
  })

  it('P: the merchant hands over; payment through Kuper only when the plan says so', async () => {
    for (const paidThroughKuper of [false, true]) {
      const kuper = createHarness()
      const orderId = await kuper.place({ shipmentMethod: 'pickup', script: { paidThroughKuper } })
      const types = ['order.in_work', 'order.ready_for_delivery', 'order.pickup_code_created', 'order.delivered']
      expect(await live(kuper, orderId, types)).toEqual([200, 200, 200, 200])
      expect(kuper.eventTypes()).toEqual(['order.created', ...(paidThroughKuper ? ['order.paid'] : [])])
      expect(await kuper.control.getOrder(orderId)).toMatchObject({ flow: 'P', state: 'shipped', pickupCode: '7314' })
      expect(kuper.received[0]?.payload).not.toHaveProperty('address')
    }
  })

  it('M: the merchant delivers, Kuper charges', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place({ integrationKind: 'M' })
    const types = [
      'order.in_work',
      'order.ready_for_delivery',
      'order.estimated_delivery_time',
      'order.delivering',
      'order.delivered',
    ]
    expect(await live(kuper, orderId, types)).toEqual([200, 200, 200, 200, 200])
    expect(kuper.eventTypes()).toEqual(['order.created', 'order.paid'])
    expect(await kuper.control.getOrder(orderId)).toMatchObject({ state: 'shipped', violations: [], remarks: [] })
  })

  it('a restaurant that accepts goes on, one that does not is canceled in time', async () => {
    const kuper = createHarness({ acceptTimeoutMs: 10_000 })
    const silent = await kuper.place({ restaurant: true })
    const eager = await kuper.place({ restaurant: true })
    expect((await kuper.notify(eager, 'order.accepted')).status).toBe(200)
    await kuper.timers.advance(10_000)
    expect((await kuper.control.getOrder(silent)).state).toBe('canceled')
    expect((await kuper.control.getOrder(eager)).state).toBe('ready')
    await kuper.notify(eager, 'order.in_work')
    expect((await kuper.control.getOrder(eager)).violations).toEqual([])
  })

  it.each([
    ['before-in-work', ['order.created', 'courier.assigned', 'courier.arrived', 'order.paid']],
    ['after-paid', ['order.created', 'order.paid', 'courier.assigned', 'courier.arrived']],
    ['none', ['order.created', 'order.paid']],
  ] as const)('couriers may come %s', async (courier, expected) => {
    const kuper = createHarness()
    const orderId = await kuper.place({ script: { courier, speeds: { receivedMs: 30_000 } } })
    await kuper.timers.advance(5_000)
    await kuper.notify(orderId, 'order.in_work')
    await kuper.timers.advance(5_000)
    await kuper.notify(orderId, 'order.ready_for_delivery', kuper.unchanged(orderId))
    await kuper.timers.advance(10_000)
    expect(kuper.eventTypes()).toEqual(expected)
  })

  it('ready_to_ship comes some time after the answer; until then later notifications get 422 as a race', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place({ integrationKind: 'M' })
    await kuper.notify(orderId, 'order.in_work')
    await kuper.notify(orderId, 'order.ready_for_delivery', kuper.unchanged(orderId))
    expect((await kuper.notify(orderId, 'order.delivering')).status).toBe(422)
    expect((await kuper.control.getOrder(orderId)).state).toBe('collecting')
    await kuper.timers.advance(2_000)
    expect((await kuper.notify(orderId, 'order.delivering')).status).toBe(200)
    const order = await kuper.control.getOrder(orderId)
    expect(order.violations).toEqual([])
    expect(order.remarks.map((remark) => remark.kind)).toEqual(['race', 'before-payment'])
  })
})

describe('cancellation and updates by Kuper', () => {
  const stages = [
    'created',
    'in_work',
    'courier.assigned',
    'assembled',
    'ready_for_delivery',
    'ready_to_ship',
    'paid',
    'received',
  ] as const
  it.each(stages)('cancels after %s and goes no further', async (stage) => {
    const kuper = createHarness()
    const orderId = await kuper.place({ script: { cancelAt: stage } })
    await live(kuper, orderId, ['order.in_work', 'order.assembled', 'order.ready_for_delivery'])
    const order = await kuper.control.getOrder(orderId)
    expect(order.state).toBe('canceled')
    expect(kuper.eventTypes().at(-1)).toBe('order.canceled')
    expect(order.stages.map((one) => one.stage)).toContain(stage)
    expect(order.violations).toEqual([])
    expect(order.refundedTotal).toBe(order.chargedTotal)
  })

  it('cancels before order.created, which then comes late', async () => {
    const kuper = createHarness()
    await kuper.place({ script: { cancelAt: 'before-created' } })
    expect(kuper.eventTypes()).toEqual(['order.canceled', 'order.created'])
  })

  it('refuses to cancel what has ended', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.cancelOrder(orderId)
    await expect(kuper.control.cancelOrder(orderId)).rejects.toThrow('409')
  })

  it('the merchant cancels: 200, and the order stands still', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    const cancellation = { slug: 'out_of_stock', description: 'Нет' }
    expect((await kuper.notify(orderId, 'order.canceled', { cancellation })).status).toBe(200)
    await kuper.timers.advance(60_000)
    expect(kuper.eventTypes()).toEqual(['order.created'])
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(422)
    const order = await kuper.control.getOrder(orderId)
    expect(order.cancellation).toEqual({ ...cancellation, by: 'merchant' })
    expect(order.violations.map((one) => one.kind)).toEqual(['bad-order'])
  })

  it('an update from courier to pickup and back changes who delivers', async () => {
    const kuper = createHarness()
    const script: OrderPlanInput['script'] = {
      updates: [
        { at: 'in_work', shipmentMethod: 'pickup', kind: 'shipment_method' },
        { at: 'paid', shipmentMethod: 'by_courier' },
      ],
      paidThroughKuper: true,
    }
    const orderId = await kuper.place({ script })
    await live(kuper, orderId, ['order.in_work', 'order.ready_for_delivery'])
    expect(kuper.eventTypes()).toEqual([
      'order.created',
      'order.updated',
      'order.paid',
      'order.updated',
      'courier.assigned',
      'order.received',
      'order.delivering',
      'courier.arrived',
      'order.delivered',
    ])
  })

  it('an update of the composition is priced anew, and a crossing composition is only remarked', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.notify(orderId, 'order.in_work')
    await kuper.control.updateOrder(orderId, { lines: [{ id: '200', quantity: 1, price: '10.00' }] })
    const positions = [{ id: '100', quantity: 2 }]
    await kuper.notify(orderId, 'order.ready_for_delivery', { order: { originalOrderId: orderId, positions } })
    const order = await kuper.control.getOrder(orderId)
    expect(order.violations).toEqual([])
    expect(order.remarks.map((one) => one.kind)).toContain('crossed-update')
    expect(kuper.received.at(-1)?.payload.positions).toMatchObject([{ id: '200', totalDiscountPrice: '10.00' }])
  })
})

describe('credentials', () => {
  it.each([
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ client_id: 'stranger' }, 400, 'invalid_client'],
    [{ client_secret: 'wrong' }, 401, 'unauthorized_client'],
  ])('%j is refused', async (form, status, error) => {
    const answer = await createHarness().fetchToken(form)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({ error })
  })

  it('a token is good until it expires, or until all are revoked', async () => {
    const kuper = createHarness({ tokenTtlSeconds: 60 })
    const orderId = await kuper.place()
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(200)
    await kuper.timers.advance(59_999)
    expect((await kuper.get(`/ofm/api/v1/shipments/${orderId}/state`)).status).toBe(200)
    await kuper.control.expireTokens()
    expect((await kuper.notify(orderId, 'order.assembled')).status).toBe(401)
    const fresh = (await (await kuper.fetchToken()).json()) as { access_token: string; expires_in: number }
    expect(fresh.expires_in).toBe(60)
    const headers = { authorization: `Bearer ${fresh.access_token}` }
    expect((await kuper.notify(orderId, 'order.assembled', {}, { headers })).status).toBe(200)
    await kuper.timers.advance(60_000)
    expect((await kuper.notify(orderId, 'order.assembled', {}, { headers })).status).toBe(401)
    expect((await kuper.control.listFindings()).violations).toEqual([])
  })

  it('no token and a foreign token are violations', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    for (const authorization of ['Basic x', 'Bearer a.b.c']) {
      expect((await kuper.notify(orderId, 'order.in_work', {}, { headers: { authorization } })).status).toBe(401)
    }
    expect((await kuper.control.getSummary()).violations.byKind).toEqual({ unauthorized: 2 })
  })

  it.each([
    [{ scheme: 'client-token', token: 't' }, 'client-token', 't'],
    [{ scheme: 'basic', user: 'u', password: 'p' }, 'authorization', 'Basic dTpw'],
    [{ scheme: 'bearer', token: 't' }, 'authorization', 'Bearer t'],
  ] as const)('webhooks present %j', async (webhookAuth, header, value) => {
    const kuper = createHarness({ webhookAuth })
    await kuper.place()
    expect(kuper.received[0]?.headers.get(header)).toBe(value)
  })
})

describe('what we did wrong is remembered', () => {
  it.each([
    ['unknown-order', 422, 'H9', 'order.in_work', {}],
    ['unknown-type', 422, undefined, 'order.sold', {}],
    ['bad-fields', 422, undefined, 'order.ready_for_delivery', {}],
    [
      'bad-order',
      422,
      undefined,
      'order.ready_for_delivery',
      { order: { originalOrderId: 'H0000000001', changed: false } },
    ],
    ['wrong-flow', 405, undefined, 'order.delivering', {}],
    ['order-keys-differ', 200, undefined, 'order.in_work', { orderUUID: 'another' }],
    ['number-differs', 200, undefined, 'order.in_work', { number: 'another' }],
  ])('%s: %i', async (kind, status, otherId, type, payload) => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    expect((await kuper.notify(otherId ?? orderId, type, payload)).status).toBe(status)
    expect((await kuper.control.listFindings()).violations).toMatchObject([{ kind }])
  })

  it('a repeat is 202 and a violation, unless the first answer was lost', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.addFaults({ on: 'notification', fault: 'lose-answer' })
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(599)
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(202)
    expect((await kuper.control.listFindings()).violations).toEqual([])
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(202)
    expect((await kuper.control.listFindings()).violations).toMatchObject([{ kind: 'repeated' }])
    const calls = await kuper.control.listCalls({ orderId })
    expect(calls.map((call) => [call.answer?.status ?? null, call.stateBefore, call.stateAfter])).toEqual([
      [null, 'ready', 'collecting'],
      [202, 'collecting', 'collecting'],
      [202, 'collecting', 'collecting'],
    ])
  })

  it('another idempotency key for the same notification, and notifications that overlap', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.addFaults({ on: 'notification', fault: 'answer', status: 500, times: 1 })
    await kuper.notify(orderId, 'order.in_work', {}, { headers: { 'idempotency-key': 'a' } })
    await kuper.notify(orderId, 'order.in_work', {}, { headers: { 'idempotency-key': 'b' } })
    await kuper.control.addFaults({ on: 'notification', fault: 'hang' })
    const aborter = new AbortController()
    const hanging = kuper.notify(orderId, 'order.assembled', {}, { signal: aborter.signal })
    await kuper.timers.advance(0)
    await kuper.notify(orderId, 'order.assembled')
    aborter.abort()
    await hanging
    const { violations } = await kuper.control.listFindings()
    expect(violations.map((one) => one.kind)).toEqual(['idempotency-key-changed', 'overlap'])
  })

  it('a wrong or changing answer to order.created', async () => {
    const kuper = createHarness({ webhookRetryMs: [1_000] })
    let answers = 0
    kuper.merchantAnswers(() => {
      answers += 1
      if (answers === 1) return Response.json({ status: 'created', number: 451 })
      return Response.json({ status: 'created', number: `N${answers}` })
    })
    await kuper.control.addFaults({ on: 'webhook', fault: 'duplicate', copies: 2 })
    await kuper.place()
    const { violations } = await kuper.control.listFindings()
    expect(violations.map((one) => one.kind)).toEqual(['created-answer', 'number-changed'])
  })
})

describe('webhook delivery', () => {
  it('tries again until the merchant is back', async () => {
    const kuper = createHarness({ webhookRetryMs: [500, 1_000] })
    let isUp = false
    kuper.merchantAnswers(() =>
      isUp ? Response.json({ status: 'created', number: '1' }) : Response.json({}, { status: 503 }),
    )
    const orderId = await kuper.place()
    await kuper.timers.advance(500 + 1_000 + 1_000)
    expect(kuper.received).toHaveLength(4)
    isUp = true
    await kuper.timers.advance(10_000)
    expect(kuper.received).toHaveLength(5)
    const [webhook] = await kuper.control.listWebhooks({ orderId })
    expect(webhook?.attempts.map((attempt) => attempt.status)).toEqual([503, 503, 503, 503, 200])
    expect(await kuper.control.getSummary()).toMatchObject({ webhooks: { attempts: 5, retries: 4, pending: 0 } })
  })

  it('a broken, unsigned or odd webhook can be sent by hand', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.sendWebhook({ eventType: 'order.odd', payload: { a: 1 }, auth: 'none' }, orderId)
    await kuper.timers.advance(0)
    expect(kuper.received[1]).toMatchObject({ eventType: 'order.odd', payload: { originalOrderId: orderId, a: 1 } })
    expect(kuper.received[1]?.headers.get('client-token')).toBeNull()
    await expect(kuper.control.sendWebhook({ eventType: 'x' }, 'H404')).rejects.toThrow('404')
  })
})

describe('webhook faults', () => {
  const happy = ['order.in_work', 'order.ready_for_delivery']

  it('duplicates every webhook', async () => {
    const kuper = createHarness()
    await kuper.control.addFaults({ on: 'webhook', fault: 'duplicate', copies: 2 })
    const orderId = await kuper.place()
    expect(kuper.eventTypes()).toEqual(['order.created', 'order.created', 'order.created'])
    expect(new Set(kuper.received.map((one) => JSON.stringify(one.envelope))).size).toBe(1)
    expect(await kuper.control.getSummary()).toMatchObject({ webhooks: { deliveries: 3, copies: 2 } })
    expect((await kuper.control.getOrder(orderId)).stages.filter((one) => one.stage === 'created')).toHaveLength(1)
  })

  it('holds webhooks back and sends them reversed, or shuffled the same way for the same seed', async () => {
    const late = async (mode: 'reversed' | 'shuffled') => {
      const kuper = createHarness()
      const orderId = await kuper.place({ script: { courier: 'none' } })
      await kuper.control.addFaults({ on: 'webhook', fault: 'reorder', holdMs: 20_000, mode, seed: 7 })
      await live(kuper, orderId, happy)
      return kuper.eventTypes().slice(1)
    }
    expect(await late('reversed')).toEqual(['order.delivered', 'order.delivering', 'order.received', 'order.paid'])
    const shuffled = await late('shuffled')
    expect(shuffled).toEqual(await late('shuffled'))
    expect(shuffled.toSorted()).toEqual((await late('reversed')).toSorted())
  })

  it('delays, and withholds order.created until another event was taken', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place({
      faults: [{ on: 'webhook', fault: 'withhold', until: 'order.canceled' }],
      script: { webhooks: [{ at: 'before-created', eventType: 'courier.assigned' }] },
    })
    expect(kuper.eventTypes()).toEqual(['courier.assigned'])
    await kuper.control.addFaults({ on: 'webhook', fault: 'delay', delayMs: 5_000, orderId })
    await kuper.control.cancelOrder(orderId)
    await kuper.timers.advance(4_999)
    expect(kuper.eventTypes()).toEqual(['courier.assigned'])
    await kuper.timers.advance(1)
    expect(kuper.eventTypes()).toEqual(['courier.assigned', 'order.canceled', 'order.created'])
  })

  it('says order.changed, adds unknown fields and events, names the order by one key', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.addFaults(
      { on: 'webhook', fault: 'say-changed' },
      { on: 'webhook', fault: 'extra-fields' },
      { on: 'webhook', fault: 'unknown-event' },
      { on: 'webhook', fault: 'name-by', key: 'number', times: 1 },
    )
    await kuper.control.updateOrder(orderId, { comment: 'Позвонить' })
    await kuper.timers.advance(0)
    expect(kuper.eventTypes()).toEqual(['order.created', 'order.changed', 'order.sandbox_news'])
    expect(kuper.received[1]?.payload).toEqual({
      number: `N-${orderId}`,
      comment: 'Позвонить',
      sandbox_extra: 'unknown',
      sandboxNested: { list: [{ a: 1 }] },
    })
  })

  it('an order whose webhook never comes can still be pulled', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place({ script: { created: 'never' } })
    expect(kuper.received).toEqual([])
    expect((await kuper.get(`/ofm/api/v1/shipments/${orderId}`)).status).toBe(200)
  })
})

describe('faults of the notifications endpoint', () => {
  it.each([401, 403, 422, 429, 500, 503])('answers %i once, without processing', async (status) => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.addFaults({ on: 'notification', fault: 'answer', status, retryAfterSeconds: 7 })
    const answer = await kuper.notify(orderId, 'order.in_work')
    expect(answer.status).toBe(status)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect((await kuper.control.getOrder(orderId)).state).toBe('ready')
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(200)
    expect(await kuper.control.getSummary()).toMatchObject({
      notifications: { 'order.in_work': { 200: 1, [status]: 1 } },
      violations: { total: 0 },
    })
  })

  it('says 200 with a code in the body, for the order and type it is armed for', async () => {
    const kuper = createHarness()
    const [one, other] = [await kuper.place(), await kuper.place()]
    const scope = { on: 'notification', orderId: one, type: 'order.in_work' } as const
    await kuper.control.addFaults({ ...scope, fault: 'code-in-body', code: 422 })
    expect(await (await kuper.notify(other, 'order.in_work')).json()).toEqual({})
    expect(await (await kuper.notify(one, 'order.in_work')).json()).toMatchObject({ code: 422 })
  })

  it('processes at once and answers late', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.control.addFaults({ on: 'notification', fault: 'slow', delayMs: 3_000 })
    const answer = kuper.notify(orderId, 'order.in_work')
    await kuper.timers.advance(2_999)
    expect((await kuper.control.getOrder(orderId)).state).toBe('collecting')
    expect(await kuper.control.listCalls({ orderId })).toEqual([])
    await kuper.timers.advance(1)
    expect((await answer).status).toBe(200)
  })

  it('the token endpoint can be down', async () => {
    const kuper = createHarness()
    await kuper.control.addFaults({ on: 'token', fault: 'answer', status: 503, times: 'always' })
    expect((await kuper.fetchToken()).status).toBe(503)
    await kuper.control.clearFaults()
    expect((await kuper.fetchToken()).status).toBe(200)
  })

  it('limits the rate when it is told to', async () => {
    const kuper = createHarness({ rateLimitPerSecond: 1 })
    const orderId = await kuper.place()
    expect((await kuper.notify(orderId, 'order.in_work')).status).toBe(200)
    expect((await kuper.notify(orderId, 'order.assembled')).status).toBe(429)
    await kuper.timers.advance(1_000)
    expect((await kuper.notify(orderId, 'order.assembled')).status).toBe(200)
  })

  it('cuts the connection after processing, over a real socket', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    const { url } = await kuper.simulator.start()
    await kuper.control.addFaults({ on: 'notification', fault: 'lose-answer' })
    const headers = { authorization: await kuper.authorization(), 'content-type': 'application/json' }
    const body = JSON.stringify({ event: { type: 'order.in_work', payload: { order_id: orderId } } })
    await expect(fetch(`${url}/ofm/api/v1/notifications`, { method: 'POST', headers, body })).rejects.toThrow()
    expect((await kuper.control.getOrder(orderId)).state).toBe('collecting')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await kuper.simulator.stop()
  })
})

describe('shipment reads', () => {
  interface Page {
    data: { originalOrderId: string }[]
    nextPageToken: string | null
    appliedFilters: object
  }
  const page = async (kuper: Harness, query: string) =>
    (await (await kuper.get(`/ofm/api/v1/shipments?${query}`)).json()) as Page

  it('pages through a filtered list, the token alone being enough', async () => {
    const kuper = createHarness()
    for (let n = 0; n < 5; n += 1) await kuper.place({ storeId: n === 2 ? 'other' : 'mine' })
    const first = await page(kuper, 'maxPageSize=2&filters[storeId]=mine')
    const second = await page(kuper, `nextPageToken=${first.nextPageToken}`)
    expect(first.data.map((one) => one.originalOrderId)).toEqual(['H0000000001', 'H0000000002'])
    expect(second.data.map((one) => one.originalOrderId)).toEqual(['H0000000004', 'H0000000005'])
    expect(second.nextPageToken).toBeNull()
    expect(second.appliedFilters).toEqual({ storeId: 'mine' })
  })

  it('reads times without offset as Moscow time, both ends included', async () => {
    const kuper = createHarness()
    await kuper.place()
    expect((await page(kuper, 'filters[createdFrom]=2025-06-02T10:00:00')).data).toHaveLength(1)
    expect((await page(kuper, 'filters[createdTo]=2025-06-02T10:00:00')).data).toHaveLength(1)
    expect((await page(kuper, 'filters[createdFrom]=2025-06-02T10:00:01')).data).toHaveLength(0)
    expect((await page(kuper, 'filters[deliveryFrom]=2025-06-02T11:00:00')).data).toHaveLength(1)
    expect((await page(kuper, 'filters[state]=canceled')).data).toHaveLength(0)
  })

  it.each([
    'filters[createdFrom]=2025-06-02T10:00:00%2B03:00',
    'filters[colour]=red',
    'maxPageSize=101',
    'nextPageToken=e30&maxPageSize=2',
    'nextPageToken=broken',
  ])('%s is 422', async (query) => {
    expect((await createHarness().get(`/ofm/api/v1/shipments?${query}`)).status).toBe(422)
  })

  it('shows one order with its final composition, and its state', async () => {
    const kuper = createHarness()
    const orderId = await kuper.place()
    await kuper.notify(orderId, 'order.in_work')
    const positions = [{ id: '100', quantity: 1 }]
    await kuper.notify(orderId, 'order.ready_for_delivery', {
      order: { originalOrderId: orderId, changed: true, positions },
    })
    expect(await (await kuper.get(`/ofm/api/v1/shipments/${orderId}`)).json()).toMatchObject({
      data: {
        originalOrderId: orderId,
        state: 'collecting',
        positions: [{ quantity: 1, totalDiscountPrice: '52.00' }],
      },
    })
    await kuper.timers.advance(2_500)
    expect(await (await kuper.get(`/ofm/api/v1/shipments/${orderId}/state`)).json()).toEqual({
      status: 'success',
      data: { state: 'ready_to_ship', paymentState: 'paid' },
    })
    expect((await kuper.get('/ofm/api/v1/shipments/H404')).status).toBe(404)
  })
})

describe('control', () => {
  it('refuses what it does not understand, and starts over on reset', async () => {
    const kuper = createHarness()
    await expect(kuper.control.changeSettings({ nonsense: 1 } as object)).rejects.toThrow('400')
    await expect(kuper.control.addFaults({ on: 'webhook', fault: 'nonsense' } as never)).rejects.toThrow('400')
    await kuper.control.changeSettings({ repeatStatus: 422, speeds: { paidMs: 1 } })
    expect((await kuper.control.getSettings()).speeds).toMatchObject({ paidMs: 1, readyToShipMs: 2_000 })
    await kuper.place()
    await kuper.control.reset()
    expect(await kuper.control.getSummary()).toMatchObject({
      orders: { total: 0 },
      webhooks: { deliveries: 0, ackP99Ms: null },
      notifications: {},
    })
    expect(await kuper.control.listOrders()).toEqual([])
    expect((await kuper.control.getSettings()).repeatStatus).toBe(202)
    expect(await kuper.place()).toBe('H0000000002')
  })
})
