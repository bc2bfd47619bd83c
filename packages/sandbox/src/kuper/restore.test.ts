import { describe, expect, it } from 'vitest'
import type { OrderPlanInput } from './order-plan.ts'
import { createHarness } from './simulator-harness.ts'

type Harness = ReturnType<typeof createHarness>
type Turn = (kuper: Harness, orderId: string) => Promise<unknown>

/** Another process that takes over, as from the file. */
function takeOver(former: Harness): Harness {
  const next = createHarness()
  next.simulator.restore(structuredClone(former.simulator.snapshot()))
  return next
}

const wait =
  (ms: number): Turn =>
  (kuper) =>
    kuper.timers.advance(ms)
const tell =
  (type: string): Turn =>
  async (kuper, orderId) => {
    const needsOrder = type === 'order.ready_for_delivery' || type === 'order.delivered'
    const response = await kuper.notify(orderId, type, needsOrder ? kuper.unchanged(orderId) : {})
    expect(response.status).toBe(200)
  }

const merchantFails = () => new Response(null, { status: 503 })

/** Plays the turns, moving to a new process after each whose number is in `cuts`; what the merchant got, and the end. */
async function play(plan: Partial<OrderPlanInput>, turns: Turn[], cuts: number[]) {
  let kuper = createHarness()
  const orderId = await kuper.place(plan)
  const eventTypes: string[] = []
  for (const [index, turn] of [wait(0), ...turns].entries()) {
    await turn(kuper, orderId)
    if (!cuts.includes(index)) continue
    eventTypes.push(...kuper.eventTypes())
    kuper = takeOver(kuper)
  }
  const { state, paymentState, chargedTotal, refundedTotal, number, lines, stages, processed, violations } =
    await kuper.control.getOrder(orderId)
  const { orders, webhooks, notifications } = await kuper.control.getSummary()
  return {
    eventTypes: [...eventTypes, ...kuper.eventTypes()],
    order: { state, paymentState, chargedTotal, refundedTotal, number, lines, processed, violations },
    stages: stages.map(({ stage }) => stage),
    summary: { orders, notifications, acknowledged: webhooks.acknowledged, pending: webhooks.pending },
  }
}

const lives: [string, Partial<OrderPlanInput>, Turn[], string][] = [
  [
    'D with an update and a webhook of its script',
    {
      script: {
        updates: [{ at: 'in_work', afterMs: 300, comment: 'оставить у двери' }],
        webhooks: [{ at: 'in_work', afterMs: 3_500, eventType: 'order.sandbox_news' }],
      },
    },
    [
      tell('order.in_work'),
      wait(200),
      wait(700),
      wait(200),
      tell('order.assembled'),
      wait(2_600),
      tell('order.ready_for_delivery'),
      wait(1_900),
      wait(400),
      wait(400),
      wait(1_400),
      wait(200),
      wait(1_000),
      wait(5_000),
    ],
    'shipped',
  ],
  [
    'M, delivered by the merchant',
    { integrationKind: 'M' },
    [
      tell('order.in_work'),
      tell('order.ready_for_delivery'),
      wait(1_500),
      wait(1_500),
      tell('order.delivering'),
      tell('order.delivered'),
      wait(10_000),
    ],
    'shipped',
  ],
  [
    'one that Kuper cancels in assembly',
    { script: { cancelAt: 'in_work', cancelAfterMs: 1_500 } },
    [tell('order.in_work'), wait(500), wait(700), wait(400), wait(10_000)],
    'canceled',
  ],
  [
    'a restaurant that does not accept',
    { restaurant: true, script: { acceptTimeoutMs: 1_000 } },
    [wait(500), wait(400), wait(200), wait(10_000)],
    'canceled',
  ],
  [
    'one whose webhooks are late, doubled and held back',
    {
      script: { updates: [{ at: 'in_work', comment: 'позвонить' }] },
      faults: [
        { on: 'webhook', fault: 'delay', delayMs: 2_000, eventType: 'order.updated' },
        { on: 'webhook', fault: 'duplicate', eventType: 'courier.assigned' },
        { on: 'webhook', fault: 'withhold', until: 'order.paid', eventType: 'courier.arrived' },
        { on: 'webhook', fault: 'reorder', holdMs: 1_500, eventType: 'order.received' },
      ],
    },
    [
      tell('order.in_work'),
      wait(500),
      wait(1_000),
      wait(1_000),
      wait(1_500),
      tell('order.ready_for_delivery'),
      wait(2_100),
      wait(1_000),
      wait(1_500),
      wait(10_000),
    ],
    'shipped',
  ],
]

describe('a restored Kuper', () => {
  it.each(lives)('goes on with %s, wherever in its life it stopped', async (_name, plan, turns, state) => {
    const uncut = await play(plan, turns, [])
    expect(uncut.order.state).toBe(state)
    expect(uncut.summary.pending).toBe(0)
    for (let cut = 0; cut <= turns.length; cut += 1) {
      expect(await play(plan, turns, [cut]), `cut after turn ${cut}`).toEqual(uncut)
    }
    expect(await play(plan, turns, [...turns.keys()])).toEqual(uncut)
  })

  it('sends what was not acknowledged again, in its order', async () => {
    const first = createHarness()
    first.merchantAnswers(merchantFails)
    const orderId = await first.place()
    await first.control.updateOrder(orderId, { comment: 'позвонить' })
    await first.timers.advance(0)

    const second = takeOver(first)
    await second.timers.advance(0)
    expect(second.eventTypes()).toEqual(['order.created', 'order.updated'])
    expect(await second.control.getOrder(orderId)).toMatchObject({ number: `N-${orderId}` })
    const [created, updated] = await second.control.listWebhooks({ orderId })
    expect(created).toMatchObject({ seq: 1, attempts: [{ status: 503 }, { status: 200 }] })
    expect(updated).toMatchObject({ seq: 2, acknowledgedAt: expect.any(String) })

    const third = takeOver(second)
    await third.timers.advance(60_000)
    expect(third.received).toEqual([])
  })

  it('keeps tokens valid and revoked ones revoked, knows repeats, gives no order id twice', async () => {
    const first = createHarness()
    const orderId = await first.place()
    const revoked = await first.authorization()
    await first.control.expireTokens()
    const token = ((await (await first.fetchToken()).json()) as { access_token: string }).access_token
    const inWork = { headers: { authorization: `Bearer ${token}` } }
    expect((await first.notify(orderId, 'order.in_work', {}, inWork)).status).toBe(200)

    const second = takeOver(first)
    expect((await second.notify(orderId, 'order.in_work', {}, inWork)).status).toBe(202)
    expect((await second.notify(orderId, 'order.in_work', {}, { headers: { authorization: revoked } })).status).toBe(
      401,
    )
    const next = await second.place()
    expect(next).not.toBe(orderId)
    expect((await second.control.listOrders()).map((order) => order.originalOrderId)).toEqual([orderId, next])
    expect((await second.control.listFindings()).violations.map(({ kind }) => kind)).toEqual(['repeated'])
  })

  it('keeps settings, but not against those it is started with', async () => {
    const first = createHarness({ webhookUrl: 'http://of-the-last-run.invalid/' })
    await first.control.changeSettings({ repeatStatus: 422, speeds: { paidMs: 7 } })
    expect(await takeOver(first).control.getSettings()).toMatchObject({
      repeatStatus: 422,
      speeds: { paidMs: 7, readyToShipMs: 2_000 },
      webhookUrl: 'http://merchant.invalid/kuper-webhook',
    })
  })

  it('knows the newest 1 000 ended orders and every live one', async () => {
    const first = createHarness({ webhookUrl: null })
    const lines = [{ id: '100', quantity: 1, price: '1.00' }]
    const ended = { storeId: 's', lines, script: { cancelAt: 'before-created', created: 'never' } } as const
    const faults = [{ on: 'notification', fault: 'cut' }] as const
    const [live] = await first.control.placeOrders([{ storeId: 's', lines }])
    const placed = await first.control.placeOrders(
      Array.from({ length: 1_001 }, () => ({ ...ended, faults: [...faults] })),
    )
    await first.timers.advance(0)

    const second = takeOver(first)
    const known = (await second.control.listOrders()).map((order) => order.originalOrderId)
    expect(known).toEqual([live, ...placed.slice(1)].map((order) => order?.originalOrderId))
    const faulty = (await (await second.simulator.app.request('/_control/faults')).json()) as { orderId: string }[]
    expect(faulty).toHaveLength(1_000)
    expect(faulty.map(({ orderId }) => orderId)).not.toContain(placed[0]?.originalOrderId)
  })
})
