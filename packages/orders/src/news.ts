import { mayCancel, ownCancellation, whyWishDeclined } from './cancellation.ts'
import { questionToStore } from './cancellation-request.ts'
import { checkComposition, composedLines } from './composition.ts'
import type { News } from './effects.ts'
import type { PlacedOrder } from './events.ts'
import type { OrderSettings } from './facts.ts'
import { currentBody, fulfilmentOf, hasLeftStore, hasStarted, isCancelled, linesAsOf } from './facts.ts'
import { areSameGoods } from './goods.ts'
import { refusedIssues } from './issue.ts'
import type { Order } from './order.ts'
import { isPlanned, isTakenUnder, type Plan, tellBackOffice, whyDeclined } from './plan.ts'
import type { StorePolicy } from './policy.ts'
import { newsOfReturns } from './returns.ts'
import { stableJson } from './stable-json.ts'

/** What the back office needs to hear. It never blocks: a store that cannot be told still gets the next news. */
export function tellProgress(plan: Plan, settings: OrderSettings): void {
  const { order } = plan
  const { milestones, cancellation, courierPerson } = order
  // Before its first reservation is confirmed, the back office has never heard of the order.
  if (!order.reservation.wasHeld && !hasStarted(order)) return
  const tell = (step: string, payload: News, fingerprint?: string): void =>
    tellBackOffice(plan, step, payload, fingerprint === undefined ? {} : { fingerprint })
  const courier = courierPerson?.value ?? {}
  const person = stableJson(courier)
  if (!isCancelled(order)) tellChanges(plan, settings)
  if (milestones.courierAssigned) tell('courier.assigned', { type: 'courier.assigned', courier }, person)
  if (milestones.courierArrived) tell('courier.arrived', { type: 'courier.arrived', courier }, person)
  if (milestones.paid) {
    const amount = order.paidAmount?.value
    tell('order.paid', { type: 'order.paid', ...(amount !== undefined && { amount }) })
  }
  // Read back from the marketplace, our own reports are no news to the store.
  const isEcho = order.reading !== undefined && fulfilmentOf(order, settings.policy) !== 'marketplace-delivery'
  if (milestones.taken) tell('order.taken', { type: 'order.taken' })
  if (milestones.delivering && !(isEcho && (milestones.deliveryStarted ?? milestones.deliveryFinished))) {
    tell('order.delivering', { type: 'order.delivering' })
  }
  if (milestones.delivered && !(isEcho && (milestones.deliveryFinished ?? milestones.issued))) {
    tell('order.delivered', { type: 'order.delivered' })
  }
  for (const { n, code } of order.courierCodes ?? []) {
    const base = `notify-marketplace/courier_code/${n}`
    const detail = whyDeclined(order, base)
    if (detail !== undefined) tell(`courier_code/${n}`, { type: 'courier_code.rejected', code, detail })
    else if (isTakenUnder(order, base)) tell(`courier_code/${n}`, { type: 'courier_code.accepted', code })
    else if (isCancelled(order)) {
      tell(`courier_code/${n}`, { type: 'courier_code.rejected', code, detail: 'the order is cancelled' })
    }
  }
  for (const [key, { value, stamp }] of Object.entries(order.lineServices ?? {})) {
    tell(`line_service.changed/${key}`, { type: 'line_service.changed', ...value }, stamp)
  }

  if (settings.policy.pickupCode.madeBy === 'us' && isPlanned(order, 'notify-marketplace/pickup_code')) {
    tell('pickup_code.created', { type: 'pickup_code.created', code: settings.pickupCode })
  }
  for (const { n, reason } of refusedIssues(order, settings)) {
    tell(`issue.refused/${n}`, { type: 'issue.refused', reason }, reason)
  }
  const refused = checkComposition(order, settings.policy)?.refused
  if (refused) tell('composition.refused', { type: 'composition.refused', reasons: refused.reasons }, refused.stamp)
  if (isCancelled(order)) {
    const { byMarketplace, requested } = cancellation
    const own = ownCancellation(order, settings)
    // The marketplace tells an echo of our cancellation like one of its own: which of two came first cannot be known. What we
    // were about to cancel anyway counts as ours, whoever was faster.
    const isOurs = own !== undefined || !byMarketplace
    const { reason, comment } = (isOurs ? (own ?? requested?.value) : byMarketplace) ?? {}
    const goods = hasLeftStore(order) ? 'left-store' : order.composition ? 'picked' : 'reserved'
    const news: News = {
      type: 'order.cancelled',
      by: isOurs ? 'merchant' : 'marketplace',
      ...(reason !== undefined && { reason }),
      ...(comment !== undefined && { comment }),
      goods,
    }
    // At once, and again where the goods turn out to be elsewhere: but for what the store itself has said since.
    const isSaidByStore = milestones.deliveryStarted ?? milestones.deliveryFinished ?? milestones.issued
    const isTold = isPlanned(order, 'tell-back-office/order.cancelled')
    if (!isTold || !isSaidByStore) tell('order.cancelled', news, goods === 'left-store' ? goods : 'in-store')
  } else if (cancellation.requested) {
    const { stamp } = cancellation.requested
    const why = whyWishDeclined(order)
    const reason =
      why === undefined ? 'the goods have left the store' : `the marketplace goes on with the order: ${why}`
    const isDeclined = why !== undefined || !mayCancel(order, settings)
    if (isDeclined) tell('cancellation.declined', { type: 'cancellation.declined', reason }, stamp)
  }
}

/** Also about an order that it has never heard of: somebody has to answer the customer. */
export function askStore(plan: Plan, settings: OrderSettings): void {
  const question = questionToStore(plan.order, settings)
  if (!question) return
  tellBackOffice(
    plan,
    'cancellation.asked',
    { type: 'cancellation.asked', ...question },
    { fingerprint: question.answerBy },
  )
}

/** Also of orders that the back office has never heard of: their goods and their money come back all the same. */
export function tellReturns(plan: Plan, settings: OrderSettings): void {
  for (const { step, news, fingerprint } of newsOfReturns(plan.order, settings)) {
    tellBackOffice(plan, step, news, { fingerprint })
  }
}

/** The reservation carries the first body; from then on every other body is told once. */
function tellChanges(plan: Plan, { policy }: OrderSettings): void {
  const { order } = plan
  const body = bodyForStore(order, policy)
  const now = toldBody(order, policy)
  if (!body || (now === order.toldBody && !isPlanned(order, 'tell-back-office/order.updated'))) return
  const changed = { ...body, fulfilment: fulfilmentOf(order, policy) }
  tellBackOffice(plan, 'order.updated', { type: 'order.updated', changes: changed }, { fingerprint: now })
}

export function toldBody(order: Order, policy: StorePolicy): string {
  return stableJson([fulfilmentOf(order, policy), bodyForStore(order, policy)])
}

/** What the store itself found missing, and we took out, is no news to it when it is read back. */
function bodyForStore(order: Order, policy: StorePolicy): PlacedOrder | undefined {
  const body = currentBody(order)
  const { composition, reading } = order
  const composed = body && reading && composition && composedLines(order, policy)
  if (!composed || !areSameGoods(body.lines, composed)) return body
  return { ...body, lines: linesAsOf(order, composition.value.receivedAt) ?? body.lines }
}
