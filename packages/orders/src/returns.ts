import type { News, ReturnedReturnLine } from './effects.ts'
import type { EventEnvelope, OrderEvent, ReturnedLine } from './events.ts'
import { fulfilmentOf, isCancelled, type OrderSettings, storeOf } from './facts.ts'
import { totalBySku } from './goods.ts'
import type { Order, PaymentStatus, Register, Verdict } from './order.ts'
import type { OrderLine } from './order-parts.ts'
import { dropWhere, hasPassed, isPlanned, isTaken, isTakenUnder, newestKey, type Plan, want, watch } from './plan.ts'
import { type Announced, isUnread, newestAnnouncement } from './reading.ts'
import { dueIn, happenedAt, newest, stampAt, stampOf, toldAt, toldStamp, toSecond } from './registers.ts'
import { stableJson } from './stable-json.ts'

/** `unredeemed`: the customer never took the goods. There is no money to decide about, the goods only come back. */
export type ReturnKind = 'return' | 'unredeemed'

/** The money's way. `decision-needed`: the merchant is asked. */
export type RefundStage =
  | 'started'
  | 'decision-needed'
  | 'decided'
  | 'disputed'
  | 'confirmed'
  | 'refunding'
  | 'refunded'
  | 'rejected'
  | 'failed'
  | 'cancelled'
  | 'unknown'

/** The goods' way back. `collected`: the merchant has them. */
export type ReturnShipmentStage =
  | 'created'
  | 'on-the-way'
  | 'ready-for-pickup'
  | 'collected'
  | 'at-marketplace'
  | 'lost'
  | 'expired'
  | 'disposed'
  | 'cancelled'
  | 'unknown'

/** What the marketplace says of a return when it is read. */
export interface ReturnView {
  kind: ReturnKind
  createdAt?: string
  /** RFC 3339, whole seconds; the newest view counts. */
  updatedAt?: string
  refund?: RefundStage
  shipment?: ReturnShipmentStage
  /** Until when the goods wait for the merchant (RFC 3339 or YYYY-MM-DD). */
  collectBy?: string
  /** Decimal string in roubles. */
  amount?: string
  lines: ReturnedReturnLine[]
}

export interface ReturnDecision {
  kind:
    | 'refund'
    | 'fast-refund'
    | 'refund-with-shipping'
    | 'partial-refund'
    | 'decline'
    | 'repair'
    | 'replace'
    | 'examine'
    | 'other'
  /** Of a refusal: the marketplace's word. */
  reason?: string
  comment?: string
  /** Of a partial refund: decimal string in roubles. */
  amount?: string
  /** Items that are decided otherwise than the rest. */
  items?: (Omit<ReturnDecision, 'items'> & { itemId: string })[]
}

/** What is known of one return. The money and the goods go their ways by clocks of their own. */
export interface ReturnFacts {
  kind?: ReturnKind
  storeId?: string
  /** RFC 3339 in whole seconds, the earliest time that we know of: the clock of the decision runs from here. */
  createdAt?: string
  announced?: Announced
  view?: Register<ReturnView & { readAt: string }>
  refund?: Register<RefundStage>
  shipment?: Register<ReturnShipmentStage>
  lines?: ReturnedLine[]
  decision?: Register<ReturnDecision>
  /** The store says that it has the goods. */
  receivedAt?: string
}

type ReturnEvent = Extract<
  OrderEvent,
  { type: 'return.announced' | 'return.changed' | 'return.read' | 'return.decided' | 'return.received' }
>

const DECIDE_WITHIN_MS = 48 * 3_600_000
/** Somebody has to go and fetch the goods. */
const COLLECT_ALARM_MS = 24 * 3_600_000

/** Base of the effect that puts a return's goods back into stock. */
export function returnedGoods(returnId: string): string {
  return `take-back-goods/return-${returnId}`
}

export function foldReturn(
  order: Order,
  envelope: EventEnvelope,
  event: ReturnEvent,
): { order: Order; verdict: Verdict } {
  const known: ReturnFacts = order.returns?.[event.returnId] ?? {}
  // What is read wins over what was announced for the same second: a space sorts before every digit.
  const announcedStamp = `${toSecond(toldAt(envelope))}| ${toldStamp(envelope)}`
  const now = (changes: ReturnFacts, verdict: Verdict = 'applied'): { order: Order; verdict: Verdict } => ({
    order: { ...order, returns: { ...order.returns, [event.returnId]: { ...known, ...changes } } },
    verdict,
  })
  switch (event.type) {
    case 'return.announced': {
      const { kind, storeId, lines } = event
      return now({
        kind,
        lines,
        createdAt: earlier(known.createdAt, toldAt(envelope)),
        announced: newestAnnouncement(known.announced, envelope),
        ...(storeId !== undefined && { storeId }),
      })
    }
    case 'return.changed': {
      const { storeId, refund, shipment } = event
      return now({
        createdAt: earlier(known.createdAt, toldAt(envelope)),
        announced: newestAnnouncement(known.announced, envelope),
        ...(storeId !== undefined && { storeId }),
        ...(refund && { refund: newest(known.refund, refund, announcedStamp) }),
        ...(shipment && { shipment: newest(known.shipment, shipment, announcedStamp) }),
      })
    }
    case 'return.read': {
      const { view, storeId } = event
      const stamp = stampAt(view.updatedAt ?? envelope.receivedAt, envelope)
      return now(
        {
          kind: view.kind,
          view: newest(known.view, { ...view, readAt: envelope.receivedAt }, stamp),
          createdAt: earlier(known.createdAt, view.createdAt ?? view.updatedAt ?? envelope.receivedAt),
          ...(storeId !== undefined && { storeId }),
          ...(view.refund && { refund: newest(known.refund, view.refund, stamp) }),
          ...(view.shipment && { shipment: newest(known.shipment, view.shipment, stamp) }),
        },
        known.view && known.view.stamp > stamp ? 'late' : 'applied',
      )
    }
    case 'return.decided':
      return now({ decision: newest(known.decision, event.decision, stampOf(envelope)) })
    case 'return.received':
      return now({ receivedAt: known.receivedAt ?? happenedAt(envelope) })
  }
}

/** What the order's returns owe: reading, the merchant's decision in time, the goods back in stock once. */
export function carryReturns(plan: Plan, settings: OrderSettings, receivedAt: string): void {
  for (const [returnId, facts] of Object.entries(plan.order.returns ?? {})) {
    const storeId = facts.storeId ?? storeOf(plan.order)
    const named = { returnId, ...(storeId !== undefined && { storeId }) }
    if (isUnread(facts)) {
      const effect = { kind: 'fetch-return', lane: 'reading', payload: named } as const
      want(plan, `fetch-return/${returnId}`, effect, { fingerprint: stableJson(facts.announced), isBlocking: false })
    } else dropWhere(plan, (key) => isOf(key, `fetch-return/${returnId}`))

    decideReturn(plan, settings, facts, named, receivedAt)
    watchCollection(plan, facts, returnId, receivedAt)
    takeBack(plan, settings, facts, returnId)
  }
}

function decideReturn(
  plan: Plan,
  { policy }: OrderSettings,
  facts: ReturnFacts,
  named: { returnId: string; storeId?: string },
  receivedAt: string,
): void {
  const base = `decide-return/${named.returnId}`
  const timer = `watch-deadline/return-decision-${named.returnId}`
  const isAsked = facts.refund?.value === 'decision-needed'
  const decision = facts.decision?.value ?? (policy.returns === 'refund' ? ({ kind: 'refund' } as const) : undefined)
  if (!isAsked) dropWhere(plan, (key) => isOf(key, base))
  // Whose return it is the order will say, which is being read.
  const isNamed = named.storeId !== undefined
  const effect =
    decision && isNamed
      ? ({ kind: 'decide-return', lane: 'answers', payload: { ...named, decision } } as const)
      : undefined
  const options = { fingerprint: stableJson(decision), isBlocking: false }
  const key = isAsked && effect ? want(plan, base, effect, options) : undefined
  const isDecided = key !== undefined && isTaken(plan.order, key)
  const { createdAt } = facts
  if (!isAsked || isDecided || createdAt === undefined) {
    dropWhere(plan, (open) => isOf(open, timer))
    return
  }
  const alarmAt = Date.parse(createdAt) + DECIDE_WITHIN_MS - policy.answerAlarmHours * 3_600_000
  watch(plan, timer, 'return-decision', { fingerprint: createdAt, delayMs: dueIn(alarmAt, receivedAt) })
}

function watchCollection(plan: Plan, facts: ReturnFacts, returnId: string, receivedAt: string): void {
  const timer = `watch-deadline/return-collection-${returnId}`
  const collectBy = facts.view?.value.collectBy
  if (facts.shipment?.value !== 'ready-for-pickup' || isBack(plan.order, facts) || collectBy === undefined) {
    dropWhere(plan, (key) => isOf(key, timer))
    return
  }
  const delayMs = dueIn(Date.parse(collectBy) - COLLECT_ALARM_MS, receivedAt)
  watch(plan, timer, 'return-collection', { fingerprint: collectBy, delayMs })
}

/**
 * Once per return, as soon as we know whose goods they are, and not again where the cancellation has given them back already.
 */
function takeBack(plan: Plan, { policy }: OrderSettings, facts: ReturnFacts, returnId: string): void {
  const { order } = plan
  const lines = linesOf(facts)
  if (!isBack(order, facts) || lines.length === 0 || !order.placed || fulfilmentOf(order, policy) === 'by-marketplace')
    return
  if (facts.kind === 'unredeemed' && isGivenBack(order)) return
  const reason = facts.kind === 'unredeemed' ? 'unredeemed' : 'returned by the customer'
  want(
    plan,
    returnedGoods(returnId),
    {
      kind: 'take-back-goods',
      lane: 'stock',
      payload: { reason, returnId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) },
    },
    { fingerprint: stableJson(lines), isFinal: true, isBlocking: false },
  )
}

/** Goods that the customer never took come back with a word of their own. */
export function comesBackAsReturn({ returns = {} }: Order): boolean {
  return Object.values(returns).some(({ kind }) => kind === 'unredeemed')
}

export function hasComeBackAsReturn(order: Order): boolean {
  return Object.values(order.returns ?? {}).some((facts) => facts.kind === 'unredeemed' && isBack(order, facts))
}

/** The cancelled order's goods are free again, or about to be. */
export function isGivenBack(order: Order): boolean {
  const { wasHeld, alreadyUsed } = order.reservation
  return isPlanned(order, 'take-back-goods') || (wasHeld && !alreadyUsed && isPlanned(order, 'release-stock'))
}

/** An order that was cancelled on its way comes back as a whole: the store need not name the return. */
function isBack(order: Order, { kind, shipment, receivedAt }: ReturnFacts): boolean {
  const isBroughtBack = kind === 'unredeemed' && isCancelled(order) && order.milestones.goodsReturned !== undefined
  return shipment?.value === 'collected' || receivedAt !== undefined || isBroughtBack
}

export function newsOfReturns(
  order: Order,
  settings: OrderSettings,
): { step: string; news: News; fingerprint: string }[] {
  return Object.entries(order.returns ?? {}).flatMap(([returnId, facts]) => {
    const { kind, refund, shipment, view, createdAt } = facts
    if (kind === undefined) return []
    const isAsked = refund?.value === 'decision-needed' && needsDecision(order, settings, returnId)
    const decideBy = isAsked && createdAt && new Date(Date.parse(createdAt) + DECIDE_WITHIN_MS).toISOString()
    const news: News = {
      type: 'return.changed',
      returnId,
      kind,
      lines: view?.value.lines ?? linesOf(facts),
      ...(refund && { refund: refund.value }),
      ...(shipment && { shipment: shipment.value }),
      ...(view?.value.amount !== undefined && { amount: view.value.amount }),
      ...(view?.value.collectBy !== undefined && { collectBy: view.value.collectBy }),
      ...(decideBy && { decideBy }),
    }
    const changed = { step: `return.changed/${returnId}`, news, fingerprint: stableJson(news) }
    const decided = newestKey(order, `decide-return/${returnId}`)
    const reason = decided && order.declined?.[decided]
    if (reason === undefined) return [changed]
    const refused: News = { type: 'return.decision_refused', returnId, reason }
    return [changed, { step: `return.decision_refused/${returnId}`, news: refused, fingerprint: decided! }]
  })
}

/** Nobody has decided yet, or only what the marketplace does not take. */
function needsDecision(order: Order, { policy }: OrderSettings, returnId: string): boolean {
  const newest = newestKey(order, `decide-return/${returnId}`)
  if (newest !== undefined && order.declined?.[newest] !== undefined) return true
  return !order.returns?.[returnId]?.decision && policy.returns === 'back-office'
}

/** What a person must look at: by finding, in words. */
export function troubleWithReturns(order: Order): { undecided: string[]; uncollected: string[]; lost: string[] } {
  const ids = (isMeant: (facts: ReturnFacts, id: string) => boolean | undefined): string[] =>
    Object.entries(order.returns ?? {})
      .filter(([id, facts]) => isMeant(facts, id))
      .map(([id]) => id)
      .sort()
  return {
    undecided: ids(
      ({ refund, createdAt }, id) =>
        refund?.value === 'decision-needed' &&
        hasPassed(order, `watch-deadline/return-decision-${id}`, createdAt) &&
        !isTakenUnder(order, `decide-return/${id}`),
    ),
    uncollected: ids(
      (facts, id) =>
        facts.shipment?.value === 'ready-for-pickup' &&
        !isBack(order, facts) &&
        hasPassed(order, `watch-deadline/return-collection-${id}`, facts.view?.value.collectBy),
    ),
    lost: ids(({ shipment }) => shipment?.value === 'lost'),
  }
}

/** How much of an order has come back to the store. */
export function shareReturned(order: Order, ordered: readonly OrderLine[]): 'none' | 'some' | 'all' {
  const back = totalBySku(
    Object.values(order.returns ?? {})
      .filter((facts) => isBack(order, facts))
      .flatMap(linesOf),
  )
  if (back.size === 0) return 'none'
  const total = totalBySku(ordered)
  const isAll = total.size > 0 && [...total].every(([sku, quantity]) => (back.get(sku) ?? 0) >= quantity)
  return isAll ? 'all' : 'some'
}

/** Undefined when no return has moved the money. */
export function paymentOfReturns(order: Order): PaymentStatus | undefined {
  const stages = new Set(Object.values(order.returns ?? {}).map(({ refund }) => refund?.value))
  if (stages.has('refunding')) return 'refunding'
  return stages.has('refunded') ? 'refunded' : undefined
}

function linesOf({ view, lines = [] }: ReturnFacts): ReturnedLine[] {
  return view && view.value.lines.length > 0 ? view.value.lines : lines
}

function earlier(known: string | undefined, at: string): string {
  const second = toSecond(at)
  return known !== undefined && known < second ? known : second
}

/** `base` itself, or a later generation of it. */
function isOf(key: string, base: string): boolean {
  return key === base || key.startsWith(`${base}#`)
}
