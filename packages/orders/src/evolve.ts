import { acceptance, withRequest } from './cancellation-request.ts'
import { foldConversation } from './conversation.ts'
import type { EventEnvelope, OrderEvent, ResultEvent } from './events.ts'
import { currentBody, hasLeftStore, isCancelled, isWithCustomer } from './facts.ts'
import type { Order, Register, Verdict } from './order.ts'
import { foldAnnouncement, foldOrderView, later } from './reading.ts'
import {
  composedAtOf,
  happenedAt,
  newest,
  reach,
  stampOf,
  toInstant,
  toldStamp,
  withChanges,
  withEffect,
  withSightings,
} from './registers.ts'
import { foldReturn, returnedGoods } from './returns.ts'
import { stableJson } from './stable-json.ts'

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
    case 'order.placed':
      return foldPlacing(order, envelope, event)
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
      const cancellation = {
        ...order.cancellation,
        byMarketplace,
        toldAt: later(order.cancellation.toldAt, toInstant(at)),
      }
      return {
        order: {
          ...order,
          cancellation,
          ...(event.isProbablyAway && { reading: { ...order.reading, isProbablyAway: true } }),
        },
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
      const said = {
        ...(event.lines && { lines: event.lines }),
        ...(event.boxes && { boxes: event.boxes }),
        receivedAt: envelope.receivedAt,
      }
      const composition = newest(order.composition, said, stamp)
      const { receivedAt } = envelope
      const before = composedAtOf(order)
      const composedAt = before !== undefined && before < receivedAt ? before : receivedAt
      return { order: withSightings({ ...order, composition, composedAt }), verdict: lateIf(hasLeftStore(order)) }
    }
    case 'pickup-code.created':
      return {
        order: withCode(order, { value: event.code, stamp }),
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
    case 'delivery.arrived':
      // Whatever has arrived had set out.
      return {
        order: reach(reach(order, 'deliveryStarted', at), 'deliveryArrived', at),
        verdict: lateIf(isWithCustomer(order)),
      }
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
    case 'order.announced':
    case 'order.changed':
      return foldAnnouncement(order, envelope, event)
    case 'order.read':
      return foldOrderView(withDone(order, event.key, at), envelope, event)
    case 'cancellation.asked': {
      const { order: next } = foldAnnouncement(withRequest(order, at), envelope, event)
      return { order: next, verdict: lateIf(isWithCustomer(order)) }
    }
    case 'cancellation.answered': {
      const { isAccepted, reason } = event
      const said = { isAccepted, ...(reason !== undefined && { reason }), receivedAt: envelope.receivedAt }
      const asked = order.cancellationAsked ?? { times: [] }
      const cancellationAsked = { ...asked, answer: newest(asked.answer, said, stamp) }
      return { order: { ...order, cancellationAsked }, verdict: lateIf(false) }
    }
    case 'line-service.changed': {
      const { lineId, service, states, reason } = event
      const key = `${lineId}/${service}`
      const said = { lineId, service, states, ...(reason !== undefined && { reason }) }
      const lineServices = {
        ...order.lineServices,
        [key]: newest(order.lineServices?.[key], said, toldStamp(envelope)),
      }
      return { ...foldAnnouncement({ ...order, lineServices }, envelope, event), verdict: 'applied' }
    }
    case 'return.announced':
    case 'return.changed':
    case 'return.read':
    case 'return.decided':
    case 'return.received':
      return foldReturn('key' in event ? withDone(order, event.key, at) : order, envelope, event)
    case 'goods.returned':
      return { order: reach(order, 'goodsReturned', at), verdict: early }
    case 'conversation.announced':
    case 'conversation.disputed':
    case 'conversation.read':
    case 'conversation.replied':
      return foldConversation('key' in event ? withDone(order, event.key, at) : order, envelope, event)
    case 'courier-code.entered': {
      const codes = order.courierCodes ?? []
      const courierCodes = [...codes, { n: codes.length + 1, code: event.code, stamp }]
      return {
        order: { ...order, courierCodes: courierCodes.sort((a, b) => (a.stamp < b.stamp ? -1 : 1)) },
        verdict: lateIf(hasLeftStore(order)),
      }
    }
    case 'delivery.tracked': {
      const { type: _, ...said } = event
      return {
        order: { ...order, tracking: newest(order.tracking, said, stamp) },
        verdict: lateIf(isWithCustomer(order)),
      }
    }
    case 'delivery.rescheduled': {
      const { date, by } = event
      return {
        order: { ...order, rescheduling: newest(order.rescheduling, { date, by }, stamp) },
        verdict: lateIf(isWithCustomer(order)),
      }
    }
    case 'pickup.extended':
      return {
        order: { ...order, storageUntil: newest(order.storageUntil, event.until, stamp) },
        verdict: lateIf(isWithCustomer(order)),
      }
    case 'digital.issued':
      return {
        order: { ...order, digitalLines: newest(order.digitalLines, event.lines, stamp) },
        verdict: lateIf(isWithCustomer(order)),
      }
    case 'marketplace.noted':
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
    case 'report.skipped':
    case 'answer.sent':
    case 'answer.declined':
    case 'news.told':
    case 'deadline.passed':
    case 'effect.died':
      return withResult(order, event, at)
  }
}

/**
 * A body as the marketplace sent it; or, of the catch-up, as the marketplace holds it now, which also puts right what an update
 * said that never came. What the catch-up does not name keeps its value.
 */
function foldPlacing(
  before: Order,
  envelope: EventEnvelope,
  { order: body, isComposed }: Extract<OrderEvent, { type: 'order.placed' }>,
): { order: Order; verdict: Verdict } {
  const isSeen = envelope.source === 'catch-up'
  const stamp = stampOf(envelope)
  // Sorts behind what was told.
  const placing = isSeen ? `~${stamp}` : stamp
  const isFirst = before.placed === undefined || placing < before.placed.stamp
  const placed = isFirst ? { ...before, placed: { value: body, stamp: placing } } : before
  const { receivedAt } = envelope
  const order = isSeen && !isComposed ? withSightings(placed, [{ body, stamp, receivedAt }]) : placed
  if (!before.placed) return { order, verdict: isCancelled(before) ? 'late' : 'applied' }
  if (!isSeen && !before.placed.stamp.startsWith('~')) return { order, verdict: 'duplicate-body-differs' }
  // Asked for in case nobody told us, and somebody has.
  const isKnown = stableJson(currentBody(before)) === stableJson(currentBody(order))
  return { order, verdict: isKnown || isCancelled(before) || hasLeftStore(before) ? 'late' : 'applied' }
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
      return applied({ ...order, reservation: { ...reservation, state: 'released' } })
    case 'goods.taken-back':
      // Goods of a return came out of the reservation long ago.
      if (event.key.startsWith(returnedGoods(''))) return applied(order)
      return applied({ ...order, reservation: { ...reservation, state: 'released' } })
    case 'stock.already-used':
      return applied({ ...order, reservation: { ...reservation, state: 'consumed', wasHeld: true, alreadyUsed: true } })
    case 'report.sent':
      if (order.reading && event.key.startsWith('notify-marketplace/ready')) {
        return applied({ ...order, reading: { ...order.reading, wasReady: true } })
      }
      if (!event.key.startsWith('notify-marketplace/canceled')) return applied(order)
      return applied({ ...order, cancellation: { ...order.cancellation, confirmedAt: at } })
    case 'report.moot':
      return applied({
        ...order,
        cancellation: { ...order.cancellation, byMarketplace: order.cancellation.byMarketplace ?? { at } },
      })
    case 'report.declined':
      return applied(
        withDeclined(
          event.key.startsWith('notify-marketplace/canceled')
            ? { ...order, cancellation: { ...order.cancellation, declinedAt: at } }
            : order,
          event.key,
          event.state,
        ),
      )
    case 'answer.sent':
      // Accepted, the order is cancelled at that moment.
      if (!event.key.startsWith(acceptance)) return applied(order)
      return applied({ ...order, cancellation: { ...order.cancellation, confirmedAt: at } })
    case 'answer.declined':
      return applied(withDeclined(order, event.key, event.why))
    case 'deadline.passed':
    case 'report.skipped':
    case 'news.told':
    case 'effect.died':
      return applied(order)
  }
}

/** The effect that did the reading, where one did. */
function withDone(order: Order, key: string | undefined, at: string): Order {
  return key === undefined ? order : withEffect(order, key, 'done', at)
}

function withDeclined(order: Order, key: string, why = 'no reason was given'): Order {
  return { ...order, declined: { ...order.declined, [key]: why } }
}

function applied(order: Order): { order: Order; verdict: Verdict } {
  return { order, verdict: 'applied' }
}

function withCode(order: Order, code: Register<string>): Order {
  const all = [...(order.formerCodes ?? []), ...(order.backOfficeCode ? [order.backOfficeCode] : []), code]
  const formerCodes = all.sort((a, b) => (a.stamp < b.stamp ? -1 : 1))
  const backOfficeCode = formerCodes.pop()!
  return { ...order, backOfficeCode, ...(formerCodes.length > 0 && { formerCodes }) }
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
