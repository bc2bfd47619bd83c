import { describe, expect, it } from 'vitest'
import type { ReturnPlan } from './order-plan.ts'
import { DECIDED_BY_SHOP, isLegal, PREMODERATED } from './return-graph.ts'
import { createHarness, type Harness } from './simulator-harness.ts'
import type { Model } from './statuses.ts'

const HOUR = 3_600_000
const decline = { decisionType: 'DECLINE_REFUND', decisionReasonType: 'MECHANICAL_DAMAGE', comment: 'Повреждено' }

async function deliver(market: Harness, model: Model, returns: Partial<ReturnPlan>[]): Promise<string> {
  const orderId = await market.place({ model, script: { returns } })
  if (model === 'DBS') {
    await market.setStatus(orderId, 'DELIVERY')
    await market.setStatus(orderId, 'DELIVERED')
  } else if (model === 'FBS') {
    await market.setStatus(orderId, 'PROCESSING', 'READY_TO_SHIP')
  }
  await market.timers.advance(8_000)
  return orderId
}

async function decide(market: Harness, orderId: string, decision: object) {
  const [one] = await market.control.listReturns({ orderId })
  const returnItemDecisions = one!.lines.map(({ itemId }) => ({ returnItemId: Number(itemId), ...decision }))
  return await market.call('POST', await market.at(orderId, `returns/${one!.id}/decision/submit`), {
    returnItemDecisions,
  })
}

const ways = (market: Harness) => {
  const updates = market
    .ofType('ORDER_RETURN_STATUS_UPDATED')
    .map(({ body }) => body.statuses as Record<string, string>)
  return {
    refund: updates.flatMap(({ refundStatus }) => refundStatus ?? []),
    shipment: updates.flatMap(({ shipmentStatus }) => shipmentStatus ?? []),
  }
}

const AGREED = [
  'PREMODERATION_DECISION_WAITING',
  'PREMODERATION_DECISION_MADE',
  'PREMODERATION_SELECT_DELIVERY',
  'STARTED_BY_USER',
  'REFUND_IN_PROGRESS',
  'REFUNDED',
]
const HOME = ['RECEIVED', 'IN_TRANSIT', 'READY_FOR_PICKUP', 'PICKED']

describe('a return', () => {
  it.each<[string, Model, Partial<ReturnPlan>, object | undefined, string[], string[]]>([
    ['is agreed to', 'FBS', {}, { decisionType: 'REFUND_MONEY' }, AGREED, HOME],
    ['of FBY is agreed to', 'FBY', {}, { decisionType: 'REFUND_MONEY' }, AGREED, HOME],
    [
      'is declined',
      'FBS',
      {},
      decline,
      ['PREMODERATION_DECISION_WAITING', 'PREMODERATION_DECISION_MADE', 'REJECTED'],
      ['CANCELLED'],
    ],
    [
      'is disputed and lost by the buyer',
      'FBS',
      { onDecline: 'dispute-for-seller' },
      decline,
      ['PREMODERATION_DECISION_WAITING', 'PREMODERATION_DECISION_MADE', 'PREMODERATION_DISPUTE', 'REJECTED'],
      ['CANCELLED'],
    ],
    [
      'is disputed and won by the buyer',
      'FBS',
      { onDecline: 'dispute-for-buyer' },
      decline,
      [...AGREED.slice(0, 2), 'PREMODERATION_DISPUTE', ...AGREED.slice(2)],
      HOME,
    ],
    ['needs no decision', 'FBS', { decision: 'not-needed' }, undefined, AGREED.slice(3), HOME],
    [
      'leaves the goods with the buyer',
      'FBS',
      {},
      { decisionType: 'PARTIAL_MONEY_REFUND', compensation: { value: 500, currencyId: 'RUR' } },
      AGREED,
      [],
    ],
    [
      'loses the goods',
      'FBS',
      { shipment: 'LOST' },
      { decisionType: 'REFUND_MONEY' },
      AGREED,
      ['RECEIVED', 'IN_TRANSIT', 'LOST'],
    ],
    [
      'of DBS is agreed to',
      'DBS',
      {},
      { decisionType: 'REFUND_MONEY' },
      ['STARTED_BY_USER', 'WAITING_FOR_DECISION', 'DECISION_MADE', 'REFUND_IN_PROGRESS', 'REFUNDED'],
      HOME,
    ],
    [
      'of DBS is declined',
      'DBS',
      {},
      decline,
      ['STARTED_BY_USER', 'WAITING_FOR_DECISION', 'DECISION_MADE', 'REJECTED'],
      ['CANCELLED'],
    ],
  ])('that %s goes its two ways, each in its order', async (_what, model, plan, decision, refund, shipment) => {
    const market = await createHarness()
    const orderId = await deliver(market, model, [plan])
    if (decision !== undefined) expect((await decide(market, orderId, decision)).body).toEqual({ status: 'OK' })
    await market.timers.advance(20_000)
    expect(ways(market)).toEqual({ refund, shipment })
    const graph = model === 'DBS' ? DECIDED_BY_SHOP : PREMODERATED
    const steps = [undefined, ...refund] as Parameters<typeof isLegal>[1][]
    expect(steps.slice(0, -1).every((from, n) => isLegal(graph, from, refund[n] as 'REFUNDED'))).toBe(true)
    expect(await market.violations()).toEqual([])
  })

  it.each<[Model, string]>([
    ['FBS', 'PREMODERATION_SELECT_DELIVERY'],
    ['DBS', 'REFUND_IN_PROGRESS'],
  ])('of %s that nobody decides is confirmed after 48 hours', async (model, status) => {
    const market = await createHarness()
    await deliver(market, model, [{}])
    await market.timers.advance(47 * HOUR)
    expect(ways(market).refund.at(-1)).toMatch(/WAITING/)
    await market.timers.advance(2 * HOUR)
    expect(ways(market).refund).toContain(status)
    expect(ways(market).refund.at(-1)).toBe('REFUNDED')
    expect(await market.violations()).toEqual(['deadline-missed'])
  })

  it('brings a chat with the arbiter while it is disputed', async () => {
    const market = await createHarness()
    const orderId = await deliver(market, 'FBS', [{ onDecline: 'dispute-for-seller' }])
    await decide(market, orderId, decline)
    await market.timers.advance(1_500)
    const [chat] = await market.control.listChats()
    expect(chat).toMatchObject({
      type: 'ARBITRAGE',
      status: 'WAITING_FOR_ARBITER',
      context: { type: 'RETURN', orderId },
    })
    await market.timers.advance(5_000)
    expect(market.types().filter((type) => type.startsWith('CHAT'))).toEqual([
      'CHAT_CREATED',
      'CHAT_ARBITRAGE_STARTED',
      'CHAT_ARBITRAGE_FINISHED',
    ])
  })

  it.each([
    ['that is not offered', { decisionType: 'REPAIR', comment: 'x' }],
    ['without its reason', { decisionType: 'DECLINE_REFUND', comment: 'x' }],
    ['without its comment', { decisionType: 'DECLINE_REFUND', decisionReasonType: 'MECHANICAL_DAMAGE' }],
    ['without its amount', { decisionType: 'PARTIAL_MONEY_REFUND' }],
    ['with too much', { decisionType: 'PARTIAL_MONEY_REFUND', compensation: { value: 5_000, currencyId: 'RUR' } }],
  ])('takes no decision %s', async (_what, decision) => {
    const market = await createHarness()
    const orderId = await deliver(market, 'FBS', [{}])
    expect((await decide(market, orderId, decision)).status).toBe(400)
    expect(await market.violations()).toEqual(['bad-content'])
  })

  it('takes a decision once', async () => {
    const market = await createHarness()
    const orderId = await deliver(market, 'FBS', [{}])
    await decide(market, orderId, { decisionType: 'REFUND_MONEY' })
    expect((await decide(market, orderId, { decisionType: 'REFUND_MONEY' })).status).toBe(400)
    expect(await market.violations()).toEqual(['repeated'])
  })

  it('is found by what it waits for, and shown with what may be decided', async () => {
    const market = await createHarness()
    const orderId = await deliver(market, 'FBS', [
      { lines: [{ offerId: 'MUG', count: 1 }] },
      { decision: 'not-needed', fastReturn: true },
    ])
    const list = await market.call(
      'GET',
      '/v2/campaigns/1001/returns?statuses=PREMODERATION_DECISION_WAITING,WAITING_FOR_DECISION&type=RETURN',
    )
    expect(list.body.result.returns).toMatchObject([
      {
        orderId: Number(orderId),
        amount: { value: 390 },
        items: [{ shopSku: 'MUG', count: 1, decisions: [{ decisionType: 'UNKNOWN' }] }],
      },
    ])
    const { id } = list.body.result.returns[0]
    const decisions = await market.call('POST', '/v1/businesses/2001/returns/decisions', {
      campaignId: 1001,
      returnId: id,
    })
    expect(
      decisions.body.result.availableDecisions.map(({ decisionType }: { decisionType: string }) => decisionType),
    ).toEqual(['REFUND_MONEY', 'DECLINE_REFUND', 'PARTIAL_MONEY_REFUND'])
    const all = (await market.call('GET', `/v2/campaigns/1001/returns?orderIds=${orderId}`)).body.result.returns
    expect(all.map(({ fastReturn, shipmentStatus }: Record<string, unknown>) => [fastReturn, shipmentStatus])).toEqual([
      [false, 'CREATED'],
      [true, undefined],
    ])
    const other = await market.place()
    expect((await market.call('GET', await market.at(other, `returns/${id}`))).status).toBe(404)
  })
})

describe('unredeemed goods', () => {
  it('come back by themselves, without money', async () => {
    const market = await createHarness()
    const orderId = await market.place({ script: { unredeemed: { shipment: 'PICKED' } } })
    await market.setStatus(orderId, 'PROCESSING', 'READY_TO_SHIP')
    await market.timers.advance(20_000)
    expect(await market.control.getOrder(orderId)).toMatchObject({
      status: 'CANCELLED',
      substatus: 'PICKUP_EXPIRED',
      returns: [{ type: 'UNREDEEMED', refund: null, shipment: 'PICKED' }],
    })
    expect(ways(market)).toEqual({ refund: [], shipment: ['IN_TRANSIT', 'READY_FOR_PICKUP', 'PICKED'] })
  })

  it('in part leave the order delivered, and wait to be fetched', async () => {
    const market = await createHarness()
    const lines = [{ offerId: 'MUG', count: 1 }]
    const orderId = await market.place({ script: { unredeemed: { lines, shipment: 'READY_FOR_PICKUP' } } })
    await market.setStatus(orderId, 'PROCESSING', 'READY_TO_SHIP')
    await market.timers.advance(20_000)
    const [one] = await market.control.listReturns({ orderId })
    const { body } = await market.call('GET', await market.at(orderId, `returns/${one!.id}`))
    expect(body.result).toMatchObject({
      returnType: 'UNREDEEMED',
      shipmentStatus: 'READY_FOR_PICKUP',
      pickupTillDate: '2026-05-08T12:00:08+03:00',
      items: [{ shopSku: 'MUG', count: 1 }],
    })
    expect(body.result).not.toHaveProperty('refundStatus')
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'DELIVERED' })
  })
})
