import { describe, expect, it } from 'vitest'
import type { OrderPlanInput } from './order-plan.ts'
import { createHarness, type Harness } from './simulator-harness.ts'

type Turn = (market: Harness, orderId: string) => Promise<unknown>

/** Another process that takes over, as from the file. */
async function takeOver(former: Harness): Promise<Harness> {
  const next = await createHarness()
  next.simulator.restore(structuredClone(former.simulator.snapshot()))
  await next.control.connect()
  await next.timers.advance(0)
  return next
}

const wait =
  (ms: number): Turn =>
  (market) =>
    market.timers.advance(ms)
const set =
  (status: string, substatus?: string): Turn =>
  async (market, orderId) => {
    expect((await market.setStatus(orderId, status, substatus)).status).toBe(200)
    await market.timers.advance(0)
  }

/** Plays the turns, moving to a new process after each whose number is in `cuts`; what the seller got, and the end. */
async function play(plan: Partial<OrderPlanInput>, turns: Turn[], cuts: number[]) {
  let market = await createHarness()
  const orderId = await market.place(plan)
  const types: string[] = []
  for (const [index, turn] of [wait(0), ...turns].entries()) {
    await turn(market, orderId)
    if (!cuts.includes(index)) continue
    types.push(...market.types())
    market = await takeOver(market)
  }
  const { status, substatus, commands, returns, stages, unanswered, violations } =
    await market.control.getOrder(orderId)
  const { notifications, conversations, calls } = await market.control.getSummary()
  return {
    types: [...types, ...market.types()].filter((type) => type !== 'PING'),
    order: { status, substatus, commands, unanswered, violations: violations.map(({ kind }) => kind) },
    returns: returns.map(({ refund, shipment }) => ({ refund, shipment })),
    stages: stages.map(({ stage }) => stage),
    summary: { conversations, calls, acknowledged: notifications.acknowledged, pending: notifications.pending },
  }
}

const lives: [string, Partial<OrderPlanInput>, Turn[], string][] = [
  [
    'FBS with a chat, a new date and a return',
    {
      script: {
        chats: [{ at: 'ready-to-ship', afterMs: 300, messages: ['Когда?'] }],
        dateChanges: [{ at: 'shipped', afterMs: 100, kind: 'delivery' }],
        returns: [{ afterMs: 500, decision: 'not-needed' }],
      },
    },
    [
      set('PROCESSING', 'READY_TO_SHIP'),
      ...[200, 200, 1_700, 50, 100, 900, 1_500, 2_000, 600, 1_000, 1_000, 1_000, 1_000, 5_000].map(wait),
    ],
    'DELIVERED',
  ],
  [
    'Express without a code, searched twice',
    { model: 'EXPRESS', script: { courier: { searches: 2, duplicates: 1, code: 'not-asked' } } },
    [set('PROCESSING', 'READY_TO_SHIP'), ...[900, 200, 900, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 9_000].map(wait)],
    'DELIVERED',
  ],
  [
    'DBS that nobody answers',
    { model: 'DBS', script: { cancellationRequestAt: 'delivery', cancellationRequestAfterMs: 100 } },
    [set('DELIVERY'), wait(50), wait(100), wait(24 * 3_600_000), wait(24 * 3_600_000), wait(60_000)],
    'CANCELLED',
  ],
  [
    'one whose notifications are late and doubled',
    {
      script: { cancelAt: 'ready-to-ship', cancelAfterMs: 1_000 },
      faults: [
        { on: 'notification', fault: 'delay', delayMs: 700, type: 'ORDER_STATUS_UPDATED' },
        { on: 'notification', fault: 'duplicate', type: 'ORDER_CANCELLED' },
      ],
    },
    [set('PROCESSING', 'READY_TO_SHIP'), wait(500), wait(500), wait(300), wait(1_000), wait(5_000)],
    'CANCELLED',
  ],
]

describe('a restored Market', () => {
  it.each(lives)('goes on with %s, wherever in its life it stopped', async (_name, plan, turns, status) => {
    const uncut = await play(plan, turns, [])
    expect(uncut.order.status).toBe(status)
    expect(uncut.summary.pending).toBe(0)
    for (let cut = 0; cut <= turns.length; cut += 1) {
      expect(await play(plan, turns, [cut]), `cut after turn ${cut}`).toEqual(uncut)
    }
    expect(await play(plan, turns, [...turns.keys()])).toEqual(uncut)
  })

  it('sends what was not acknowledged again, in its order, and gives no id twice', async () => {
    const first = await createHarness()
    first.sellerAnswers(() => new Response(null, { status: 503 }))
    const orderId = await first.place()
    const second = await takeOver(first)
    expect(second.types()).toEqual(['PING', 'ORDER_CREATED', 'ORDER_STATUS_UPDATED'])
    const next = await second.place()
    expect((await second.control.listOrders()).map((order) => order.orderId)).toEqual([orderId, next])
    const third = await takeOver(second)
    await third.timers.advance(3_600_000)
    expect(third.types()).toEqual(['PING'])
  })

  it('keeps settings, but not against those it is started with, and an outage until its end', async () => {
    const first = await createHarness()
    await first.control.changeSettings({
      clockFactor: 7,
      notificationUrl: 'https://old.invalid',
      speeds: { shipMs: 9 },
    })
    await first.control.startOutage({ answer: 503, forMs: 5_000 })
    const second = await takeOver(first)
    expect(await second.control.getSettings()).toMatchObject({
      clockFactor: 7,
      speeds: { shipMs: 9, departMs: 1_000 },
      notificationUrl: 'https://seller.invalid/market?a=b',
    })
    expect((await second.read({})).status).toBe(503)
    await second.timers.advance(5_000)
    expect((await second.read({})).status).toBe(200)
  })

  it('forgets everything when it is reset, and goes on with the same address', async () => {
    const market = await createHarness()
    await market.place()
    await market.read({ statuses: ['NONE'] })
    await market.control.reset()
    await market.timers.advance(0)
    expect(await market.control.listOrders()).toEqual([])
    expect(await market.control.getSummary()).toMatchObject({
      orders: { total: 0 },
      violations: { total: 0 },
      calls: {},
      notifications: { subscription: 'connected', acknowledged: 0 },
    })
  })
})
