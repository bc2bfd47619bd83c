import type { EventEnvelope, PlacedOrder, ResultEvent } from './events.ts'
import { hasLeftStore, isCancelled, isWithCustomer } from './facts.ts'
import type { Milestone, Order, Register, Verdict } from './order.ts'

/**
 * Adds one event's facts to the order. Pure and commutative in the facts: any order of arrival ends in the same facts.
 * Nothing is decided here. The verdict says what the event meant when it came.
 */
export function evolve(order: Order, envelope: EventEnvelope): { order: Order; verdict: Verdict } {
  const { event } = envelope
  const at = happenedAt(envelope)
  const stamp = stampOf(envelope)
  const early: Verdict = order.placed || isCancelled(order) ? 'applied' : 'early'
  /** What only matters up to some point is late once the order is past it; the fact is kept all the same. */
  const lateIf = (isPast: boolean): Verdict => (isPast || isCancelled(order) ? 'late' : early)

  switch (event.type) {
    case 'order.placed': {
      if (!order.placed)
        return {
          order: { ...order, placed: { value: event.order, stamp } },
          verdict: lateIf(false) === 'late' ? 'late' : 'applied',
        }
      const isEarlier = stamp < order.placed.stamp
      return {
        order: isEarlier ? { ...order, placed: { value: event.order, stamp } } : order,
        verdict: 'duplicate-body-differs',
      }
    }
    case 'order.updated':
      return {
        order: withChanges(order, event.changes, stamp, envelope.receivedAt),
        verdict: lateIf(hasLeftStore(order)),
      }
    case 'order.paid':
      return {
        order: {
          ...reach(order, 'paid', at),
          ...(event.amount !== undefined && { paidAmount: newest(order.paidAmount, event.amount, stamp) }),
        },
        verdict: early,
      }
    case 'courier.assigned':
      return {
        order: withCourier(order, 'courierAssigned', event.courier, at, stamp),
        verdict: lateIf(hasLeftStore(order)),
      }
    case 'courier.arrived':
      return {
        order: withCourier(order, 'courierArrived', event.courier, at, stamp),
        verdict: lateIf(hasLeftStore(order)),
      }
    case 'order.taken':
      return { order: reach(order, 'taken', at), verdict: lateIf(hasLeftStore(order)) }
    case 'order.delivering':
      return { order: reach(order, 'delivering', at), verdict: lateIf(isWithCustomer(order)) }
    case 'order.delivered':
      return { order: reach(order, 'delivered', at), verdict: lateIf(false) }
    case 'order.cancelled': {
      const known = order.cancellation.byMarketplace
      const { reason, comment } = event
      const said = { ...(reason !== undefined && { reason }), ...(comment !== undefined && { comment }), at }
      const isEarlier = known === undefined || toInstant(at) < toInstant(known.at)
      // Found out by our own report first, the reason comes with the webhook.
      const byMarketplace = isEarlier ? { ...known, ...said } : { ...said, ...known }
      return {
        order: { ...order, cancellation: { ...order.cancellation, byMarketplace } },
        verdict: isCancelled(order) ? 'late' : 'applied',
      }
    }
    case 'assembly.started':
      return { order: reach(order, 'assemblyStarted', at), verdict: lateIf(order.composition !== undefined) }
    case 'line.picked': {
      const { sku, series = '' } = event.line
      const pick = `${sku}|${series}`
      const picks = { ...order.picks, [pick]: newest(order.picks[pick], event.line, stamp) }
      return { order: { ...order, picks }, verdict: lateIf(order.composition !== undefined) }
    }
    case 'assembly.finished':
      return { order: reach(order, 'assemblyFinished', at), verdict: lateIf(order.composition !== undefined) }
    case 'composition.finalised': {
      const said = { ...(event.lines && { lines: event.lines }), receivedAt: envelope.receivedAt }
      const composition = newest(order.composition, said, stamp)
      return { order: { ...order, composition }, verdict: lateIf(hasLeftStore(order)) }
    }
    case 'pickup-code.created':
      return {
        order: { ...order, backOfficeCode: newest(order.backOfficeCode, event.code, stamp) },
        verdict: lateIf(isWithCustomer(order)),
      }
    case 'order.issued': {
      const { code, lines } = event
      const issue = { n: order.issues.length + 1, ...(code !== undefined && { code }), ...(lines && { lines }), stamp }
      const issues = [...order.issues, issue].sort((a, b) => (a.stamp < b.stamp ? -1 : 1))
      return { order: { ...order, issues }, verdict: lateIf(isWithCustomer(order)) }
    }
    case 'delivery.estimated':
      return {
        order: { ...order, deliveryEstimate: newest(order.deliveryEstimate, event.estimatedAt, stamp) },
        verdict: lateIf(isWithCustomer(order)),
      }
    case 'delivery.started':
      return { order: reach(order, 'deliveryStarted', at), verdict: lateIf(isWithCustomer(order)) }
    case 'delivery.finished':
      return {
        order: {
          ...reach(order, 'deliveryFinished', at),
          ...(event.lines && { handedOver: newest(order.handedOver, event.lines, stamp) }),
        },
        verdict: lateIf(isWithCustomer(order)),
      }
    case 'cancellation.requested': {
      const { reason, comment } = event
      const requested = newest(
        order.cancellation.requested,
        { reason, ...(comment !== undefined && { comment }) },
        stamp,
      )
      return { order: { ...order, cancellation: { ...order.cancellation, requested } }, verdict: lateIf(false) }
    }
    case 'marketplace.noted':
    case 'return.decided':
      return { order, verdict: 'ignored' }
    case 'attention.resolved': {
      const resolved = new Set([...order.resolvedAttention, `${event.code}: ${event.finding}`])
      return { order: { ...order, resolvedAttention: [...resolved] }, verdict: 'applied' }
    }
    case 'effect.revived':
      if (order.effects[event.key]?.status !== 'dead') return { order, verdict: 'ignored' }
      return { order: withEffect(order, event.key, 'waiting'), verdict: 'applied' }
    case 'stock.reserved':
    case 'stock.short':
    case 'stock.released':
    case 'stock.already-used':
    case 'goods.taken-back':
    case 'report.sent':
    case 'report.moot':
    case 'report.declined':
    case 'news.told':
    case 'deadline.passed':
    case 'effect.died':
      return withResult(order, event, at)
  }
}

/** What an effect came to. A result of an attempt that nobody waits for any more is still a fact. */
function withResult(before: Order, event: ResultEvent, at: string): { order: Order; verdict: Verdict } {
  const status = before.effects[event.key]?.status
  if (status === undefined) return { order: before, verdict: 'ignored' }
  // Taken back while it was under way: nobody waits for it any more, so its death blocks nothing.
  if (status === 'done' || (status === 'dropped' && event.type === 'effect.died'))
    return { order: before, verdict: 'late' }
  const order = withEffect(before, event.key, event.type === 'effect.died' ? 'dead' : 'done', at)
  const { reservation } = order
  const isNewest = reservation.askedKey === event.key

  switch (event.type) {
    case 'stock.reserved': {
      const { lines: _, ...others } = reservation
      return applied({
        ...order,
        reservation: {
          ...others,
          wasHeld: true,
          ...(isNewest && { state: 'held' }),
          // An answer that was lost and only found out again names none: what is held is not known then.
          ...(event.lines.length > 0 && { lines: event.lines }),
        },
      })
    }
    case 'stock.short':
      return applied(
        isNewest ? { ...order, reservation: { ...reservation, state: 'short', short: event.lines } } : order,
      )
    case 'stock.released':
    case 'goods.taken-back':
      return applied({ ...order, reservation: { ...reservation, state: 'released' } })
    case 'stock.already-used':
      return applied({ ...order, reservation: { ...reservation, state: 'consumed', wasHeld: true, alreadyUsed: true } })
    case 'report.sent':
      if (!event.key.startsWith('notify-marketplace/canceled')) return applied(order)
      return applied({ ...order, cancellation: { ...order.cancellation, confirmedAt: at } })
    case 'report.moot':
      return applied({
        ...order,
        cancellation: { ...order.cancellation, byMarketplace: order.cancellation.byMarketplace ?? { at } },
      })
    case 'report.declined':
      return applied({ ...order, cancellation: { ...order.cancellation, declinedAt: at } })
    case 'deadline.passed':
      return applied(reach(order, 'startDeadlinePassed', at))
    case 'news.told':
    case 'effect.died':
      return applied(order)
  }
}

function applied(order: Order): { order: Order; verdict: Verdict } {
  return { order, verdict: 'applied' }
}

/** Milestones keep the earliest time, so that repeats and permutations agree. */
function reach(order: Order, milestone: Milestone, at: string): Order {
  const known = order.milestones[milestone]
  if (known !== undefined && toInstant(known) <= toInstant(at)) return order
  return { ...order, milestones: { ...order.milestones, [milestone]: at } }
}

function newest<T>(register: Register<T> | undefined, value: T, stamp: string): Register<T> {
  return register && register.stamp >= stamp ? register : { value, stamp }
}

function withCourier(
  order: Order,
  milestone: 'courierAssigned' | 'courierArrived',
  courier: { name?: string; phone?: string },
  at: string,
  stamp: string,
): Order {
  const isNamed = courier.name !== undefined || courier.phone !== undefined
  return {
    ...reach(order, milestone, at),
    ...(isNamed && { courierPerson: newest(order.courierPerson, courier, stamp) }),
  }
}

/** A merge: what is absent keeps its value, also inside of these; a present list replaces the whole list. */
const MERGED_INSIDE = new Set(['deliveryWindow', 'customer', 'total'])

function withChanges(order: Order, changes: Partial<PlacedOrder>, stamp: string, receivedAt: string): Order {
  const merged = { ...order.changes }
  for (const [field, value] of Object.entries(changes)) {
    const parts: [string, unknown][] = MERGED_INSIDE.has(field)
      ? Object.entries(value as object).map(([part, inner]) => [`${field}.${part}`, inner])
      : [[field, value]]
    for (const [path, part] of parts) if (part !== undefined) merged[path] = newest(merged[path], part, stamp)
  }
  if (!changes.lines) return { ...order, changes: merged }
  const lineHistory = [...order.lineHistory, { lines: changes.lines, receivedAt }]
  return { ...order, changes: merged, lineHistory: lineHistory.sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1)) }
}

function withEffect(order: Order, key: string, status: 'waiting' | 'done' | 'dead', settledAt?: string): Order {
  const effect = order.effects[key]
  if (!effect) return order
  return {
    ...order,
    effects: { ...order.effects, [key]: { ...effect, status, ...(settledAt !== undefined && { settledAt }) } },
  }
}

/** Sorts as text: when it happened, then its dedup key. */
export function stampOf(envelope: EventEnvelope): string {
  return `${toInstant(happenedAt(envelope))}|${envelope.dedupKey}`
}

/** What the sender says, unless its clock is ahead of ours: a date in the future would be the newest for ever. */
function happenedAt({ occurredAt, receivedAt }: EventEnvelope): string {
  return occurredAt === undefined || toInstant(occurredAt) > toInstant(receivedAt) ? receivedAt : occurredAt
}

/** Comparable as text whatever offset the sender wrote. Unreadable times sort last but stay deterministic. */
function toInstant(text: string): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? `~${text}` : new Date(ms).toISOString()
}
