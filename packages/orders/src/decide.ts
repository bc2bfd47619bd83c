import { isBeyondReach, mayCancel, ownCancellation } from './cancellation.ts'
import { checkComposition, composedLines, isEmptyComposition } from './composition.ts'
import type { News, Report, ReportStep } from './effects.ts'
import type { OrderSettings } from './facts.ts'
import { currentBody, fulfilmentOf, hasLeftStore, hasStarted, isCancelled } from './facts.ts'
import { refusedIssues } from './issue.ts'
import type { Order } from './order.ts'
import type { ComposedLine, Fulfilment } from './order-parts.ts'
import { createPlan, dropWhere, isPlanned, type Plan, type WantOptions, want } from './plan.ts'
import { stableJson } from './stable-json.ts'

/**
 * What the order owes the outside world, given its facts: a pure function of the facts, not of the event that came last.
 * So early, late and repeated events need no handling of their own. Effects already planned are not planned again.
 *
 * `receivedAt` (RFC 3339) only places durable timers.
 */
export function decide(order: Order, settings: OrderSettings, receivedAt: string): Plan {
  const plan = createPlan(order)
  if (!order.placed) return plan
  if (isCancelled(order)) endCancelled(plan, settings)
  else {
    holdStock(plan, settings)
    const cancellation = ownCancellation(plan.order, settings)
    if (cancellation) {
      dropWhere(plan, (key, { lane }) => lane === 'marketplace' && !key.startsWith(`${report}/canceled`))
      wantReport(plan, { step: 'canceled', ...cancellation })
    } else {
      // What we wanted to cancel for is gone.
      dropWhere(plan, (key) => key.startsWith(`${report}/canceled`))
      reportProgress(plan, settings)
    }
  }
  tellProgress(plan, settings)
  watchStart(plan, settings, receivedAt)
  return plan
}

const report = 'notify-marketplace'

/**
 * Reserve once what is ordered, however late we learn of it, and again when the ordered goods change before they are put
 * together.
 */
function holdStock(plan: Plan, { policy }: OrderSettings): void {
  const body = currentBody(plan.order)
  const { askedKey, state } = plan.order.reservation
  const isSettled = plan.order.composition !== undefined || hasLeftStore(plan.order) || state === 'short'
  if (!body || (askedKey && isSettled)) return
  const { lines, storeId, ...rest } = body
  const { minShelfLifeDays, onShort } = policy
  const askedFor = stableJson([storeId, lines.map(({ sku, quantity, weightGrams }) => [sku, quantity, weightGrams])])
  const fulfilment = fulfilmentOf(plan.order, policy)
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
    plan.order.toldBody ??= toldBody(plan.order, policy.kind)
  }
}

/** The reports in the order in which the marketplace wants them; each as soon as its facts are there. */
function reportProgress(plan: Plan, settings: OrderSettings): void {
  const { policy } = settings
  const { order } = plan
  const { milestones } = order
  const flow = fulfilmentOf(order, policy)
  const isComposed = order.composition !== undefined
  dropForeignReports(plan, flow)

  if (policy.isRestaurant && (order.reservation.wasHeld || hasStarted(order))) {
    const expectedAssemblyAt = expectedAssembly(order, policy.assemblyLeadMinutes)
    wantReport(plan, { step: 'accepted', ...(expectedAssemblyAt !== undefined && { expectedAssemblyAt }) })
  }
  if (hasStarted(order)) wantReport(plan, { step: 'in_work' })
  if (policy.sendAssembled && (milestones.assemblyFinished ?? isComposed)) wantReport(plan, { step: 'assembled' })

  const code = policy.pickupCode.madeBy === 'us' ? settings.pickupCode : order.backOfficeCode?.value
  const wantCode = () => {
    if (flow === 'pickup' && code !== undefined) wantReport(plan, { step: 'pickup_code', code }, { fingerprint: code })
  }
  const isCodeFirst = flow === 'pickup' && policy.pickupCode.sent === 'before-ready'
  const checked = checkComposition(order, policy)
  if (isCodeFirst && isComposed) wantCode()
  const composition = checked?.composition
  const isReady = composition && !isEmptyComposition(order, policy) && !(isCodeFirst && code === undefined)
  if (isReady) {
    wantReport(
      plan,
      { step: 'ready', composition },
      { fingerprint: stableJson(composition), isFinal: true, ...patience(order) },
    )
  }
  // What the store has corrected since must not go out any more, nor what follows it.
  if (!isReady) dropReports(plan, 'ready')
  if (!isPlanned(plan.order, `${report}/ready`)) {
    dropReports(
      plan,
      ...(isCodeFirst ? [] : (['pickup_code'] as const)),
      'estimated_delivery',
      'delivering',
      'delivered',
    )
    return
  }

  if (!isCodeFirst) wantCode()
  const isOver = isPlanned(plan.order, `${report}/delivered`)
  if (flow === 'merchant-delivery') {
    const estimatedAt = order.deliveryEstimate?.value
    if (estimatedAt !== undefined && !isOver) {
      wantReport(plan, { step: 'estimated_delivery', estimatedAt }, { fingerprint: estimatedAt, isBlocking: false })
    }
    const isUnderWay = milestones.deliveryStarted ?? milestones.deliveryFinished
    // Never behind `delivered`.
    if (isUnderWay && (!isOver || isPlanned(plan.order, `${report}/delivering`)))
      wantReport(plan, { step: 'delivering' })
  }
  // The customer may have changed to the other way while the goods were handed over.
  const isHandedOver = milestones.issued ?? milestones.deliveryFinished
  if (isHandedOver && flow !== 'marketplace-delivery' && composition) {
    wantReport(plan, { step: 'delivered', composition }, { fingerprint: stableJson(composition), isFinal: true })
    // Nobody waits for a courier who has been; one that still waits in its lane goes out before.
    dropWhere(plan, (key, { status }) => status === 'dead' && key.startsWith(`${report}/estimated_delivery`))
  }
}

/** Lines that were picked may still be on their way to us when the document does not name them. */
function patience({ composition, picks }: Order): { delayMs?: number } {
  const isSilent = composition?.value.lines === undefined && Object.keys(picks).length > 0
  return isSilent ? { delayMs: SILENT_DOCUMENT_MS } : {}
}

const SILENT_DOCUMENT_MS = 1_000

/** The customer chose another way to get the goods: the marketplace refuses (405) what does not belong to it. */
function dropForeignReports(plan: Plan, flow: Fulfilment): void {
  if (flow !== 'pickup') dropReports(plan, 'pickup_code')
  if (flow !== 'merchant-delivery') dropReports(plan, 'delivering', 'estimated_delivery')
  if (flow === 'marketplace-delivery') dropReports(plan, 'delivered')
}

function dropReports(plan: Plan, ...steps: ReportStep[]): void {
  dropWhere(plan, (key) => steps.some((step) => key === `${report}/${step}` || key.startsWith(`${report}/${step}#`)))
}

function wantReport(plan: Plan, payload: Report, options: WantOptions = {}): void {
  want(plan, `${report}/${payload.step}`, { kind: report, lane: 'marketplace', payload }, options)
}

/**
 * A cancelled order: nothing unsent goes out any more, what was held is given back. A reservation in flight is not dropped
 * (its lane comes first), so the release always follows it. Where the release finds the sales document made, the goods are
 * taken back as soon as that document has told us which.
 */
function endCancelled(plan: Plan, settings: OrderSettings): void {
  const { order } = plan
  dropWhere(plan, (_, { lane, kind }) => lane === 'marketplace' || kind === 'reserve-stock')
  const { reservation } = order
  // Nothing comes back by itself, or everything has come back.
  if (isBeyondReach(order, settings) || reservation.state === 'released') {
    dropWhere(plan, (_, { kind }) => kind === 'release-stock' || kind === 'take-back-goods')
    return
  }
  // Releasing what was never held is harmless; a reservation whose answer was lost must not stay.
  if (!reservation.askedKey) return
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
  dropWhere(plan, (_, { kind }) => kind === 'take-back-goods')
  if (!reservation.alreadyUsed) {
    want(plan, 'release-stock', { kind: 'release-stock', lane: 'stock', payload: { reason } })
  }
}

function goodsOf(order: Order, { policy }: OrderSettings): ComposedLine[] | undefined {
  return composedLines(order, policy)?.filter((line) => line.quantity > 0 || Number(line.weightGrams ?? 0) > 0)
}

/** What the back office needs to hear. It never blocks: a store that cannot be told still gets the next news. */
function tellProgress(plan: Plan, settings: OrderSettings): void {
  const { order } = plan
  const { milestones, cancellation, courierPerson } = order
  // Before its first reservation is confirmed, the back office has never heard of the order.
  if (!order.reservation.wasHeld && !hasStarted(order)) return
  const tell = (step: string, payload: News, fingerprint?: string) => {
    const options = { isBlocking: false, ...(fingerprint !== undefined && { fingerprint }) }
    want(plan, `tell-back-office/${step}`, { kind: 'tell-back-office', lane: 'news', payload }, options)
  }
  const courier = courierPerson?.value ?? {}
  const person = stableJson(courier)
  if (!isCancelled(order)) tellChanges(plan, settings, tell)
  if (milestones.courierAssigned) tell('courier.assigned', { type: 'courier.assigned', courier }, person)
  if (milestones.courierArrived) tell('courier.arrived', { type: 'courier.arrived', courier }, person)
  if (milestones.paid) {
    const amount = order.paidAmount?.value
    tell('order.paid', { type: 'order.paid', ...(amount !== undefined && { amount }) })
  }
  if (milestones.taken) tell('order.taken', { type: 'order.taken' })
  if (milestones.delivering) tell('order.delivering', { type: 'order.delivering' })
  if (milestones.delivered) tell('order.delivered', { type: 'order.delivered' })

  if (settings.policy.pickupCode.madeBy === 'us' && isPlanned(order, `${report}/pickup_code`)) {
    tell('pickup_code.created', { type: 'pickup_code.created', code: settings.pickupCode })
  }
  for (const { n, reason } of refusedIssues(order, settings)) {
    tell(`issue.refused/${n}`, { type: 'issue.refused', reason }, reason)
  }
  const refused = checkComposition(order, settings.policy)?.refused
  if (refused) tell('composition.refused', { type: 'composition.refused', reasons: refused.reasons }, refused.stamp)
  if (isCancelled(order)) {
    const reason = cancellation.byMarketplace?.reason ?? cancellation.requested?.value.reason
    tell('order.cancelled', {
      type: 'order.cancelled',
      by: cancellation.byMarketplace ? 'marketplace' : 'merchant',
      ...(reason !== undefined && { reason }),
      goods: hasLeftStore(order) ? 'left-store' : order.composition ? 'picked' : 'reserved',
    })
  } else if (cancellation.requested && (cancellation.declinedAt || !mayCancel(order, settings))) {
    const reason = cancellation.declinedAt ? 'the marketplace goes on with the order' : 'the goods have left the store'
    tell('cancellation.declined', { type: 'cancellation.declined', reason }, cancellation.requested.stamp)
  }
}

type Tell = (step: string, payload: News, fingerprint?: string) => void

/** The reservation carries the first body; from then on every other body is told once. */
function tellChanges(plan: Plan, { policy }: OrderSettings, tell: Tell): void {
  const { order } = plan
  const body = currentBody(order)
  const now = toldBody(order, policy.kind)
  if (!body || (now === order.toldBody && !isPlanned(order, 'tell-back-office/order.updated'))) return
  tell('order.updated', { type: 'order.updated', changes: { ...body, fulfilment: fulfilmentOf(order, policy) } }, now)
}

function toldBody(order: Order, kind: OrderSettings['policy']['kind']): string {
  const body = currentBody(order)
  return stableJson([body?.shipmentMethod === 'pickup' ? 'pickup' : kind, body])
}

/** A timer that outlives every process: somebody is called when the store does not begin in time. */
function watchStart(plan: Plan, { policy }: OrderSettings, receivedAt: string): void {
  const { order } = plan
  if (hasStarted(order) || isCancelled(order) || hasLeftStore(order)) {
    dropWhere(plan, (_, { kind }) => kind === 'watch-deadline')
    return
  }
  if (policy.startAlarmMinutes === 0) return
  const soon = policy.startAlarmMinutes * 60_000
  const from = currentBody(order)?.deliveryWindow?.from
  const beforeWindow = Date.parse(from ?? receivedAt) - plannedOrderAlarmMs - Date.parse(receivedAt)
  want(
    plan,
    'watch-deadline/assembly-start',
    { kind: 'watch-deadline', lane: 'deadline', payload: { deadline: 'assembly-start' } },
    { isBlocking: false, delayMs: Math.max(soon, beforeWindow || 0), ...(from !== undefined && { fingerprint: from }) },
  )
}

/** An order for later must be in work this long before its delivery window opens. */
const plannedOrderAlarmMs = 30 * 60_000

/** RFC 3339 UTC; undefined when the order names no delivery window. */
function expectedAssembly(order: Order, leadMinutes: number): string | undefined {
  const from = Date.parse(currentBody(order)?.deliveryWindow?.from ?? '')
  return Number.isNaN(from) ? undefined : new Date(from - leadMinutes * 60_000).toISOString()
}
