import { isBeyondReach, isPackingDeclined, mayCancel, ownCancellation } from './cancellation.ts'
import { answerCancellation, questionToStore } from './cancellation-request.ts'
import { areSameGoods, checkComposition, composedLines, isEmptyComposition, packingOf } from './composition.ts'
import { carryConversation } from './conversation.ts'
import type { EffectKind, News, Report, ReportStep } from './effects.ts'
import type { PlacedOrder } from './events.ts'
import type { OrderSettings } from './facts.ts'
import { currentBody, fulfilmentOf, hasLeftStore, hasStarted, isCancelled, isWithCustomer, linesAsOf } from './facts.ts'
import { refusedIssues } from './issue.ts'
import type { Order } from './order.ts'
import type { ComposedLine } from './order-parts.ts'
import { createPlan, dropWhere, isPlanned, newestEffect, type Plan, type WantOptions, want } from './plan.ts'
import type { StorePolicy } from './policy.ts'
import { isOnHold, readOrder } from './reading.ts'
import { dueIn } from './registers.ts'
import { carryReturns, newsOfReturns, returnedGoods } from './returns.ts'
import { stableJson } from './stable-json.ts'

/**
 * What the order owes the outside world, given its facts: a pure function of the facts, not of the event that came last.
 * So early, late and repeated events need no handling of their own. Effects already planned are not planned again.
 *
 * `receivedAt` (RFC 3339) only places durable timers.
 */
export function decide(order: Order, settings: OrderSettings, receivedAt: string): Plan {
  const plan = createPlan(order)
  if (order.conversation) {
    carryConversation(plan)
    return plan
  }
  readOrder(plan)
  answerCancellation(plan, settings, receivedAt)
  carryReturns(plan, settings, receivedAt)
  tellReturns(plan, settings)
  askStore(plan, settings)
  if (!order.placed) return plan
  confirmDraft(plan, settings)
  if (isOnHold(order) && !isCancelled(order)) return plan
  if (isCancelled(order)) endCancelled(plan, settings)
  else {
    holdStock(plan, settings)
    const cancellation = ownCancellation(plan.order, settings)
    if (cancellation) {
      dropWhere(plan, (key, { lane }) => lane === 'marketplace' && !key.startsWith(`${reports}/canceled`))
      wantReport(plan, settings, { step: 'canceled', ...cancellation })
    } else {
      // What we wanted to cancel for is gone.
      dropWhere(plan, (key) => key.startsWith(`${reports}/canceled`))
      reportProgress(plan, settings)
    }
  }
  tellProgress(plan, settings)
  watchStart(plan, settings, receivedAt)
  watchDigital(plan, settings, receivedAt)
  return plan
}

const reports = 'notify-marketplace'

/** Out of the marketplace's own warehouse, an order waits for the merchant's word, and is lost without it. */
function confirmDraft(plan: Plan, settings: OrderSettings): void {
  if (fulfilmentOf(plan.order, settings.policy) !== 'by-marketplace') return
  const isDraft = isOnHold(plan.order) && plan.order.reading?.view?.value.isDraft
  if (isDraft && !isCancelled(plan.order)) wantReport(plan, settings, { step: 'accepted' })
  else dropReports(plan, 'accepted')
}

/**
 * Reserve once what is ordered, however late we learn of it, and again when the ordered goods change before they are put
 * together.
 */
function holdStock(plan: Plan, { policy }: OrderSettings): void {
  const body = currentBody(plan.order)
  const { askedKey, state } = plan.order.reservation
  const isSettled = plan.order.composition !== undefined || hasLeftStore(plan.order) || state === 'short'
  const fulfilment = fulfilmentOf(plan.order, policy)
  // First seen on its way: nobody here ever put it together.
  const isStrange = plan.order.reading !== undefined && hasLeftStore(plan.order)
  if (!body || (askedKey ? isSettled : isStrange) || fulfilment === 'by-marketplace') return
  const { lines, storeId, ...rest } = body
  const { minShelfLifeDays, onShort } = policy
  const askedFor = stableJson([storeId, lines.map(({ sku, quantity, weightGrams }) => [sku, quantity, weightGrams])])
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
    if (flow === 'pickup' && code !== undefined) report({ step: 'pickup_code', code }, { fingerprint: code })
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
  for (const { n, code } of order.courierCodes ?? []) {
    report({ step: 'courier_code', code }, { isBlocking: false }, `courier_code/${n}`)
  }
  const isOver = isPlanned(plan.order, `${reports}/delivered`)
  if (flow === 'pickup' && steps.includes('at_pickup')) {
    report({ step: 'delivering' })
    report({ step: 'at_pickup' })
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
  if (order.storageUntil && !isOver) {
    const until = order.storageUntil.value
    report({ step: 'storage_extended', until }, { fingerprint: until, isBlocking: false })
  }
  // The customer may have changed to the other way while the goods were handed over.
  const handedOverAt = milestones.issued ?? milestones.deliveryFinished
  if (handedOverAt !== undefined && flow !== 'marketplace-delivery' && composition) {
    const fingerprint = stableJson(composition)
    report({ step: 'delivered', composition, at: handedOverAt }, { fingerprint, isFinal: true })
    // Nobody waits for a courier who has been; one that still waits in its lane goes out before.
    dropWhere(plan, (key, { status }) => status === 'dead' && key.startsWith(`${reports}/estimated_delivery`))
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

/** Lines that were picked may still be on their way to us when the document does not name them. */
function patience({ composition, picks }: Order): { delayMs?: number } {
  const isSilent = composition?.value.lines === undefined && Object.keys(picks).length > 0
  return isSilent ? { delayMs: SILENT_DOCUMENT_MS } : {}
}

const SILENT_DOCUMENT_MS = 1_000

function dropReports(plan: Plan, ...steps: ReportStep[]): void {
  dropWhere(plan, (key, { kind }) => kind === reports && steps.includes(stepOf(key)))
}

/** `notify-marketplace/courier_code/2` and `notify-marketplace/ready#2` are of the steps `courier_code` and `ready`. */
function stepOf(key: string): ReportStep {
  return (key.split('/')[1] ?? '').replace(/#\d+$/, '') as ReportStep
}

function isSaid(order: Order, step: ReportStep): boolean {
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

/**
 * A cancelled order: nothing unsent goes out any more, what was held is given back. A reservation in flight is not dropped
 * (its lane comes first), so the release always follows it. Where the release finds the sales document made, the goods are
 * taken back as soon as that document has told us which.
 */
function endCancelled(plan: Plan, settings: OrderSettings): void {
  const { order } = plan
  dropWhere(plan, (_, { lane, kind }) => lane === 'marketplace' || kind === 'reserve-stock')
  const { reservation } = order
  const isOurs = (key: string, kind: EffectKind): boolean =>
    kind === 'release-stock' || (kind === 'take-back-goods' && !key.startsWith(returnedGoods('')))
  const comesBackAsReturn = Object.values(order.returns ?? {}).some(({ kind }) => kind === 'unredeemed')
  // Nothing comes back by itself, or everything has come back, or will in its own time.
  if (isBeyondReach(order, settings) || reservation.state === 'released' || comesBackAsReturn) {
    // What is under way cannot be taken back for sure. Where returns are announced, it stands for the return (returns.ts).
    if (!settings.traits.announcesReturns) dropWhere(plan, (key, { kind }) => isOurs(key, kind))
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
  dropWhere(plan, (key, { kind }) => kind === 'take-back-goods' && isOurs(key, kind))
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
    const key = `${reports}/courier_code/${n}`
    const detail = order.declined?.[key]
    if (detail !== undefined) tell(`courier_code/${n}`, { type: 'courier_code.rejected', code, detail })
    else if (order.effects[key]?.status === 'done') tell(`courier_code/${n}`, { type: 'courier_code.accepted', code })
  }
  for (const [key, { value, stamp }] of Object.entries(order.lineServices ?? {})) {
    tell(`line_service.changed/${key}`, { type: 'line_service.changed', ...value }, stamp)
  }

  if (settings.policy.pickupCode.madeBy === 'us' && isPlanned(order, `${reports}/pickup_code`)) {
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

/** Also about an order that it has never heard of: somebody has to answer the customer. */
function askStore(plan: Plan, settings: OrderSettings): void {
  const question = questionToStore(plan.order, settings)
  if (!question) return
  const payload: News = { type: 'cancellation.asked', ...question }
  const options = { isBlocking: false, fingerprint: question.answerBy }
  want(plan, 'tell-back-office/cancellation.asked', { kind: 'tell-back-office', lane: 'news', payload }, options)
}

/** Also of orders that the back office has never heard of: their goods and their money come back all the same. */
function tellReturns(plan: Plan, settings: OrderSettings): void {
  for (const { step, news, fingerprint } of newsOfReturns(plan.order, settings)) {
    const effect = { kind: 'tell-back-office', lane: 'news', payload: news } as const
    want(plan, `tell-back-office/${step}`, effect, { isBlocking: false, fingerprint })
  }
}

type Tell = (step: string, payload: News, fingerprint?: string) => void

/** The reservation carries the first body; from then on every other body is told once. */
function tellChanges(plan: Plan, { policy }: OrderSettings, tell: Tell): void {
  const { order } = plan
  const body = bodyForStore(order, policy)
  const now = toldBody(order, policy)
  if (!body || (now === order.toldBody && !isPlanned(order, 'tell-back-office/order.updated'))) return
  tell('order.updated', { type: 'order.updated', changes: { ...body, fulfilment: fulfilmentOf(order, policy) } }, now)
}

function toldBody(order: Order, policy: StorePolicy): string {
  const body = bodyForStore(order, policy)
  return stableJson([body?.shipmentMethod === 'pickup' ? 'pickup' : policy.kind, body])
}

/** What the store itself found missing, and we took out, is no news to it when it is read back. */
function bodyForStore(order: Order, policy: StorePolicy): PlacedOrder | undefined {
  const body = currentBody(order)
  const { composition, reading } = order
  const composed = body && reading && composition && composedLines(order, policy)
  if (!composed || !areSameGoods(body.lines, composed)) return body
  return { ...body, lines: linesAsOf(order, composition.value.receivedAt) ?? body.lines }
}

/** A timer that outlives every process: somebody is called when the store does not begin in time. */
function watchStart(plan: Plan, { policy }: OrderSettings, receivedAt: string): void {
  const { order } = plan
  if (hasStarted(order) || isCancelled(order) || hasLeftStore(order)) {
    dropWhere(plan, (key) => key.startsWith(startTimer))
    return
  }
  const flow = fulfilmentOf(order, policy)
  if (policy.startAlarmMinutes === 0 || flow === 'digital' || flow === 'by-marketplace') return
  const soon = policy.startAlarmMinutes * 60_000
  const from = currentBody(order)?.deliveryWindow?.from
  const beforeWindow = Date.parse(from ?? receivedAt) - plannedOrderAlarmMs - Date.parse(receivedAt)
  want(
    plan,
    startTimer,
    { kind: 'watch-deadline', lane: 'deadline', payload: { deadline: 'assembly-start' } },
    { isBlocking: false, delayMs: Math.max(soon, beforeWindow || 0), ...(from !== undefined && { fingerprint: from }) },
  )
}

const startTimer = 'watch-deadline/assembly-start'

/** Digital goods are due soon after the order opened (specification of Yandex Market, 4.5). */
function watchDigital(plan: Plan, settings: OrderSettings, receivedAt: string): void {
  const { order } = plan
  const openedAt = order.reading?.openedAt
  if (openedAt === undefined || !isDigitalDue(order, settings)) {
    dropWhere(plan, (key) => key.startsWith(digitalTimer))
    return
  }
  const withinMinutes = currentBody(order)?.digital === 'by-hand' ? BY_HAND_WITHIN_MINUTES : KEYS_WITHIN_MINUTES
  const alarmAt = Date.parse(openedAt) + (withinMinutes - settings.policy.digitalAlarmMinutes) * 60_000
  want(
    plan,
    digitalTimer,
    { kind: 'watch-deadline', lane: 'deadline', payload: { deadline: 'digital-codes' } },
    { isBlocking: false, fingerprint: openedAt, delayMs: dueIn(alarmAt, receivedAt) },
  )
}

/** The customer waits for keys, or for what is handed over by hand. */
export function isDigitalDue(order: Order, { policy }: OrderSettings): boolean {
  if (fulfilmentOf(order, policy) !== 'digital' || isCancelled(order) || isWithCustomer(order)) return false
  return !isSaid(order, 'digital_codes')
}

export const digitalTimer = 'watch-deadline/digital-codes'
const KEYS_WITHIN_MINUTES = 30
const BY_HAND_WITHIN_MINUTES = 180

/** An order for later must be in work this long before its delivery window opens. */
const plannedOrderAlarmMs = 30 * 60_000

/** RFC 3339 UTC; undefined when the order names no delivery window. */
function expectedAssembly(order: Order, leadMinutes: number): string | undefined {
  const from = Date.parse(currentBody(order)?.deliveryWindow?.from ?? '')
  return Number.isNaN(from) ? undefined : new Date(from - leadMinutes * 60_000).toISOString()
}
