import { isPackingDeclined, ownCancellation } from './cancellation.ts'
import { isEmptyComposition, packingOf, patience } from './composition.ts'
import type { Report, ReportStep } from './effects.ts'
import type { OrderSettings } from './facts.ts'
import { currentBody, fulfilmentOf, hasStarted, isCancelled, isWithCustomer } from './facts.ts'
import type { Order } from './order.ts'
import { dropWhere, isPlanned, newestEffect, type Plan, type WantOptions, want } from './plan.ts'
import { isOnHold } from './reading.ts'
import { stableJson } from './stable-json.ts'

export const reports = 'notify-marketplace'

/** Out of the marketplace's own warehouse, an order waits for the merchant's word, and is lost without it. */
export function confirmDraft(plan: Plan, settings: OrderSettings): void {
  if (fulfilmentOf(plan.order, settings.policy) !== 'by-marketplace') return
  const isDraft = isOnHold(plan.order) && plan.order.reading?.view?.value.isDraft
  // What the merchant wants cancelled is not confirmed first: unconfirmed, it ends by itself.
  const isWanted = !isCancelled(plan.order) && !plan.order.cancellation.requested
  if (isDraft && isWanted) wantReport(plan, settings, { step: 'accepted' })
  else dropReports(plan, 'accepted')
}

/** How the order gets on, or that we cancel it ourselves. */
export function reportOrder(plan: Plan, settings: OrderSettings): void {
  const cancellation = ownCancellation(plan.order, settings)
  if (cancellation) {
    dropWhere(plan, (key, { lane }) => lane === 'marketplace' && !key.startsWith(`${reports}/canceled`))
    const { fingerprint, ...wish } = cancellation
    wantReport(plan, settings, { step: 'canceled', ...wish }, { fingerprint })
    return
  }
  // What we wanted to cancel for is gone.
  dropWhere(plan, (key) => key.startsWith(`${reports}/canceled`))
  reportProgress(plan, settings)
}

/** The reports in the order in which the marketplace wants them; each as soon as its facts are there. */
function reportProgress(plan: Plan, settings: OrderSettings): void {
  const { policy } = settings
  const { order } = plan
  const { milestones } = order
  const flow = fulfilmentOf(order, policy)
  const isComposed = order.composition !== undefined
  const steps = settings.traits.reports[flow]
  const report = (payload: Report, options?: WantOptions, name?: string): void =>
    wantReport(plan, settings, payload, options, name)
  // The customer chose another way to get the goods: the marketplace refuses what does not belong to it.
  dropWhere(plan, (key, { kind }) => kind === reports && !steps.includes(stepOf(key)))

  if (policy.isRestaurant && flow !== 'by-marketplace' && (order.reservation.wasHeld || hasStarted(order))) {
    const expectedAssemblyAt = expectedAssembly(order, policy.assemblyLeadMinutes)
    report({ step: 'accepted', ...(expectedAssemblyAt !== undefined && { expectedAssemblyAt }) })
  }
  if (hasStarted(order)) report({ step: 'in_work' })
  if (order.reservation.wasHeld || hasStarted(order)) {
    report({ step: 'registered', number: order.ref.number }, { isBlocking: false })
  }
  if (policy.sendAssembled && (milestones.assemblyFinished ?? isComposed)) report({ step: 'assembled' })
  reportWishes(plan, settings)
  if (flow === 'digital') {
    reportDigital(plan, settings)
    return
  }

  const code = policy.pickupCode.madeBy === 'us' ? settings.pickupCode : order.backOfficeCode?.value
  const wantCode = () => {
    if (flow !== 'pickup' || code === undefined) return
    // Behind the hand-over nobody asks for a code any more.
    if (isPlanned(plan.order, `${reports}/delivered`)) return
    // Where the marketplace takes no other code any more, the order goes on all the same, and a person hears of it.
    report({ step: 'pickup_code', code }, { fingerprint: code, isBlocking: !isSaid(plan.order, 'pickup_code') })
  }
  const isCodeFirst = flow === 'pickup' && policy.pickupCode.sent === 'before-ready'
  const packing = packingOf(order, policy)
  if (isCodeFirst && isComposed) wantCode()
  const composition = packing?.composition
  const isReady =
    packing &&
    !isEmptyComposition(order, policy) &&
    !(isCodeFirst && code === undefined && steps.includes('pickup_code')) &&
    !isPackingDeclined(order, policy)
  // What the store has corrected since must not go out any more, nor what follows it; nor what comes too late to be packed.
  if (!isReady || isPastPacking(order)) dropReports(plan, 'packed', 'ready')
  else {
    const { composition, boxes, fingerprint } = packing
    // What is packed can be packed anew until it is reported ready, or on its way.
    if (isSaid(plan.order, 'ready') || isSaid(plan.order, 'delivering')) dropReports(plan, 'packed')
    else report({ step: 'packed', composition, ...(boxes && { boxes }) }, { fingerprint, ...patience(order) })
    report({ step: 'ready', composition }, { fingerprint: stableJson(composition), isFinal: true, ...patience(order) })
  }
  const closing = steps.includes('ready') ? 'ready' : 'packed'
  if (isPlanned(plan.order, `${reports}/${closing}`) || order.reading?.view?.value.isReady) {
    for (const { n, code } of order.courierCodes ?? []) {
      report({ step: 'courier_code', code }, { isBlocking: false }, `courier_code/${n}`)
    }
  }
  if (!isPlanned(plan.order, `${reports}/${closing}`) && !(isReady && isPastPacking(order))) {
    dropReports(
      plan,
      ...(isCodeFirst ? [] : (['pickup_code'] as const)),
      'estimated_delivery',
      'delivering',
      'at_pickup',
      'delivered',
    )
    return
  }

  if (!isCodeFirst) wantCode()
  const isOver = isPlanned(plan.order, `${reports}/delivered`)
  if (flow === 'pickup' && steps.includes('at_pickup')) {
    const isAtCounter = policy.pickupPoint === 'store'
    const hasArrived = milestones.deliveryArrived ?? milestones.issued ?? milestones.deliveryFinished
    if (isAtCounter || (milestones.deliveryStarted ?? hasArrived)) report({ step: 'delivering' })
    if (isAtCounter || hasArrived) report({ step: 'at_pickup' })
  }
  if (flow === 'merchant-delivery') {
    const estimatedAt = order.deliveryEstimate?.value
    if (estimatedAt !== undefined && !isOver) {
      report({ step: 'estimated_delivery', estimatedAt }, { fingerprint: estimatedAt, isBlocking: false })
    }
    const isUnderWay = milestones.deliveryStarted ?? milestones.deliveryFinished
    // Never behind `delivered`.
    if (isUnderWay && (!isOver || isPlanned(plan.order, `${reports}/delivering`))) report({ step: 'delivering' })
  }
  const isKept = !steps.includes('at_pickup') || isPlanned(plan.order, `${reports}/at_pickup`)
  if (order.storageUntil && !isOver && isKept) {
    const until = order.storageUntil.value
    report({ step: 'storage_extended', until }, { fingerprint: until, isBlocking: false })
  }
  // The customer may have changed to the other way while the goods were handed over.
  const handedOverAt = milestones.issued ?? milestones.deliveryFinished
  if (handedOverAt !== undefined && flow !== 'marketplace-delivery' && composition) {
    const fingerprint = stableJson(composition)
    report({ step: 'delivered', composition, at: handedOverAt }, { fingerprint, isFinal: true })
    // Nobody waits for a courier who has been, nor for a code; one that still waits in its lane goes out before.
    const isMoot = (key: string): boolean => ['estimated_delivery', 'pickup_code'].includes(stepOf(key))
    dropWhere(plan, (key, { kind, status }) => kind === reports && status === 'dead' && isMoot(key))
  }
}

/** Read there: somebody has sent the order on its way by hand. Nothing can be packed any more, and the rest is still ours. */
function isPastPacking({ reading, milestones }: Order): boolean {
  return (
    reading !== undefined &&
    Boolean(milestones.taken ?? milestones.delivering ?? milestones.atPickup ?? milestones.delivered)
  )
}

/** What the merchant tells the customer through the marketplace. Optional: none of it holds up the order. */
function reportWishes(plan: Plan, settings: OrderSettings): void {
  const { tracking, rescheduling } = plan.order
  if (isWithCustomer(plan.order)) return
  const wish = (payload: Report, fingerprint: string): void =>
    wantReport(plan, settings, payload, { fingerprint, isBlocking: false })
  if (tracking) wish({ step: 'tracked', ...tracking.value }, tracking.stamp)
  if (rescheduling) wish({ step: 'rescheduled', ...rescheduling.value }, rescheduling.stamp)
}

/** Keys instead of goods: the marketplace hands them over and sees to the end; or we do, and say so. */
function reportDigital(plan: Plan, settings: OrderSettings): void {
  const { digitalLines, milestones } = plan.order
  // Keys that were no good may be corrected, until some are taken.
  if (digitalLines) {
    const options = { fingerprint: digitalLines.stamp, isFinal: true }
    wantReport(plan, settings, { step: 'digital_codes', lines: digitalLines.value }, options)
  }
  const at = milestones.deliveryFinished
  const isByHand = currentBody(plan.order)?.digital === 'by-hand'
  if (isByHand && at !== undefined) wantReport(plan, settings, { step: 'delivered', at })
}

/** RFC 3339 UTC; undefined when the order names no delivery window. */
function expectedAssembly(order: Order, leadMinutes: number): string | undefined {
  const from = Date.parse(currentBody(order)?.deliveryWindow?.from ?? '')
  return Number.isNaN(from) ? undefined : new Date(from - leadMinutes * 60_000).toISOString()
}

function dropReports(plan: Plan, ...steps: ReportStep[]): void {
  dropWhere(plan, (key, { kind }) => kind === reports && steps.includes(stepOf(key)))
}

/** `notify-marketplace/courier_code/2` and `notify-marketplace/ready#2` are of the steps `courier_code` and `ready`. */
function stepOf(key: string): ReportStep {
  return (key.split('/')[1] ?? '').replace(/#\d+$/, '') as ReportStep
}

export function isSaid(order: Order, step: ReportStep): boolean {
  return newestEffect(order, `${reports}/${step}`)?.status === 'done'
}

/** Only what this marketplace wants to be told of an order that goes this way. `name`: where a step is told several times. */
function wantReport(
  plan: Plan,
  { policy, traits }: OrderSettings,
  payload: Report,
  options: WantOptions = {},
  name: string = payload.step,
): void {
  if (!traits.reports[fulfilmentOf(plan.order, policy)].includes(payload.step)) return
  want(plan, `${reports}/${name}`, { kind: reports, lane: 'marketplace', payload }, options)
}
