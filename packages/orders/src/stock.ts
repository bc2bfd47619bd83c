import { isBeyondReach, isOnWayBack } from './cancellation.ts'
import { composedLines, patience } from './composition.ts'
import type { EffectKind } from './effects.ts'
import type { OrderSettings } from './facts.ts'
import { currentBody, fulfilmentOf, hasLeftStore } from './facts.ts'
import { isMissing } from './goods.ts'
import { toldBody } from './news.ts'
import type { Order } from './order.ts'
import type { ComposedLine } from './order-parts.ts'
import { dropWhere, isPlanned, type Plan, want } from './plan.ts'
import { awaitsPlaceOfGoods } from './reading.ts'
import { comesBackAsReturn, returnedGoods } from './returns.ts'
import { stableJson } from './stable-json.ts'

/**
 * Reserve once what is ordered, however late we learn of it, and again when the ordered goods change before they are put
 * together.
 */
export function holdStock(plan: Plan, { policy }: OrderSettings): void {
  const body = currentBody(plan.order)
  const { askedKey, state } = plan.order.reservation
  const isSettled = plan.order.composition !== undefined || hasLeftStore(plan.order) || state === 'short'
  const fulfilment = fulfilmentOf(plan.order, policy)
  // First seen on its way: nobody here ever put it together.
  const isStrange = plan.order.reading !== undefined && hasLeftStore(plan.order)
  if (!body || (askedKey ? isSettled : isStrange) || fulfilment === 'by-marketplace') return
  const { lines, storeId, ...rest } = body
  const { minShelfLifeDays, onShort } = policy
  const goods = lines.map(({ sku, quantity, weightGrams }) => stableJson([sku, quantity, weightGrams]))
  const askedFor = stableJson([storeId, goods.sort()])
  const key = want(
    plan,
    'reserve-stock',
    {
      kind: 'reserve-stock',
      lane: 'stock',
      payload: { storeId, fulfilment, lines, minShelfLifeDays, onShort, order: rest },
    },
    { fingerprint: askedFor, isRepeatable: true },
  )
  if (key !== askedKey) {
    plan.order.reservation = { ...plan.order.reservation, state: 'asked', askedKey: key }
    plan.order.toldBody ??= toldBody(plan.order, policy)
  }
}

/**
 * A cancelled order: what was held is given back. A reservation in flight is not dropped (its lane comes first), so the release
 * always follows it. Where the release finds the sales document made, the goods are taken back as soon as that document has told
 * us which.
 */
export function giveBack(plan: Plan, settings: OrderSettings): void {
  const { order } = plan
  dropWhere(plan, (_, { kind }) => kind === 'reserve-stock')
  const { reservation } = order
  const isOurs = (key: string, kind: EffectKind): boolean =>
    kind === 'release-stock' || (kind === 'take-back-goods' && !key.startsWith(returnedGoods('')))
  const isGone = isBeyondReach(order, settings) && order.milestones.goodsReturned === undefined
  // Nothing comes back by itself, or everything has come back, or will in its own time.
  if (isGone || reservation.state === 'released' || comesBackAsReturn(order)) {
    // What is under way cannot be taken back for sure. Where returns are announced, it stands for the return (returns.ts).
    const standsForReturn = settings.traits.announcesReturns && reservation.state !== 'released'
    if (!standsForReturn) dropWhere(plan, (key, { kind }) => isOurs(key, kind))
    return
  }
  // Releasing what was never held is harmless; a reservation whose answer was lost must not stay.
  if (!reservation.askedKey) return
  if (isOnWayBack(order, settings) || awaitsPlaceOfGoods(order)) return
  const reason = order.cancellation.byMarketplace?.reason ?? order.cancellation.requested?.value.reason ?? 'cancelled'
  const lines = goodsOf(order, settings)
  if (lines && (reservation.alreadyUsed || !isPlanned(order, 'release-stock'))) {
    want(
      plan,
      'take-back-goods',
      { kind: 'take-back-goods', lane: 'stock', payload: { reason, lines } },
      { fingerprint: stableJson(lines), ...patience(order) },
    )
    return
  }
  // Which goods has become doubtful since: the next document tells.
  dropWhere(plan, (key, { kind }) => kind === 'take-back-goods' && isOurs(key, kind))
  if (!reservation.alreadyUsed) {
    want(plan, 'release-stock', { kind: 'release-stock', lane: 'stock', payload: { reason } })
  }
}

function goodsOf(order: Order, { policy }: OrderSettings): ComposedLine[] | undefined {
  return composedLines(order, policy)?.filter((line) => !isMissing(line))
}
