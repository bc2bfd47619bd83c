import { attentionOf } from './attention.ts'
import { mayCancel } from './cancellation.ts'
import { checkComposition } from './composition.ts'
import { decide } from './decide.ts'
import type { PlannedEffect } from './effects.ts'
import type { EventEnvelope } from './events.ts'
import { evolve } from './evolve.ts'
import { isCancelled, type OrderSettings, paymentOf, statusOf } from './facts.ts'
import { acceptedIssue, refusedIssues } from './issue.ts'
import { createOrder, type Order, type OrderRef, type Verdict } from './order.ts'
import { withAnnouncedWay } from './reading.ts'
import { stampOf } from './registers.ts'

export interface Applied {
  /** The order after the event; its version is one higher. */
  order: Order
  verdict: Verdict
  planned: PlannedEffect[]
  /** Positions of effects to drop, should they never have been attempted. */
  dropped: number[]
  /** Positions of dead effects that wait again. */
  revived: number[]
}

/**
 * One step of an order's life: fold the event in, then decide what is owed. Pure; every pair of order and event has an
 * answer. The settings depend on the order as the event leaves it, because the event may name the store.
 */
export function applyEvent(
  before: Order | undefined,
  ref: OrderRef,
  envelope: EventEnvelope,
  settingsFor: (order: Order) => OrderSettings,
): Applied {
  const known = before ?? createOrder(ref)
  const folded = evolve(known, envelope)
  const settings = settingsFor(folded.order)
  const issued = withAcceptedIssue(withAnnouncedWay(folded.order, settings.policy), settings)
  const { order: decided, planned, dropped } = decide(issued, settings, envelope.receivedAt)
  const order = withConclusions({ ...decided, version: known.version + 1 }, settings)
  const { event } = envelope
  // What nobody wants any more is dropped again by the decision.
  const isRevived = event.type === 'effect.revived' && folded.verdict === 'applied'
  const revivedEffect = isRevived ? order.effects[event.key] : undefined
  return {
    order,
    verdict: isRefused(order, envelope, settings) ? 'refused' : folded.verdict,
    planned,
    dropped,
    revived: revivedEffect?.status === 'waiting' ? [revivedEffect.seq] : [],
  }
}

function withAcceptedIssue(order: Order, settings: OrderSettings): Order {
  if (order.milestones.issued) return order
  const issue = acceptedIssue(order, settings)
  if (!issue) return order
  const [at = ''] = issue.stamp.split('|')
  return {
    ...order,
    milestones: { ...order.milestones, issued: at },
    ...(issue.lines && { handedOver: { value: issue.lines, stamp: issue.stamp } }),
  }
}

/** What follows from the facts and is kept beside them, so that it can be read and searched. */
function withConclusions(order: Order, settings: OrderSettings): Order {
  const { milestones, reservation, composition } = order
  const isUsed = composition !== undefined && reservation.state === 'held'
  return {
    ...order,
    status: statusOf(order),
    payment: paymentOf(order),
    courier: milestones.courierArrived ? 'arrived' : milestones.courierAssigned ? 'assigned' : 'none',
    reservation: isUsed ? { ...reservation, state: 'consumed' } : reservation,
    ...attentionOf(order, settings),
  }
}

/** The message was understood, and the answer is no. The back office is told why (news.ts). */
function isRefused(order: Order, envelope: EventEnvelope, settings: OrderSettings): boolean {
  const { event } = envelope
  const stamp = stampOf(envelope)
  if (event.type === 'order.issued') return refusedIssues(order, settings).some((issue) => issue.stamp === stamp)
  if (event.type === 'composition.finalised') return checkComposition(order, settings.policy)?.refused?.stamp === stamp
  if (event.type !== 'cancellation.requested' || isCancelled(order)) return false
  return !mayCancel(order, settings)
}
