import { isBeyondReach, mayCancel } from './cancellation.ts'
import { checkComposition } from './composition.ts'
import { decide } from './decide.ts'
import type { PlannedEffect } from './effects.ts'
import type { EventEnvelope } from './events.ts'
import { evolve } from './evolve.ts'
import { currentBody, hasStarted, isCancelled, type OrderSettings, paymentOf, statusOf } from './facts.ts'
import { acceptedIssue, refusedIssues } from './issue.ts'
import { type AttentionCode, createOrder, type Order, type OrderRef, type Verdict } from './order.ts'

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
  const issued = withAcceptedIssue(folded.order, settings)
  const { order: decided, planned, dropped } = decide(issued, settings, envelope.receivedAt)
  const order = withConclusions({ ...decided, version: known.version + 1 }, settings)
  const { event } = envelope
  const revivedEffect = event.type === 'effect.revived' ? order.effects[event.key] : undefined
  return {
    order,
    verdict: isRefused(order, envelope, settings) ? 'refused' : folded.verdict,
    planned,
    dropped,
    revived: revivedEffect ? [revivedEffect.seq] : [],
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
    attention: attentionOf(order, settings),
  }
}

function attentionOf(order: Order, settings: OrderSettings): Order['attention'] {
  const { milestones, cancellation } = order
  const isOver = isCancelled(order)
  const checked = checkComposition(order, settings.policy)
  const dead = Object.entries(order.effects).filter(([, effect]) => effect.status === 'dead' && effect.isBlocking)
  const found: [AttentionCode, boolean, string][] = [
    [
      'assembly-not-started',
      !isOver && milestones.startDeadlinePassed !== undefined && !hasStarted(order),
      'the store has not begun to put the order together',
    ],
    [
      'cancelled-after-leaving',
      isOver && isBeyondReach(order, settings),
      'cancelled, but the goods have left the store: see to it that they come back',
    ],
    [
      'composition-refused',
      !isOver && checked?.kind === 'refused',
      checked?.kind === 'refused' ? checked.reasons.join('; ') : '',
    ],
    [
      'changed-after-assembly',
      !isOver && isChangedAfterAssembly(order),
      'the customer changed the goods after they were put together',
    ],
    [
      'cancellation-declined',
      !isOver && cancellation.declinedAt !== undefined,
      'the marketplace did not take our cancellation',
    ],
    ['effect-dead', dead.length > 0, dead.map(([key]) => key).join(', ')],
  ]
  const open = found.filter(
    ([code, isTrue, text]) => isTrue && !order.resolvedAttention.includes(attentionKey(code, text)),
  )
  return Object.fromEntries(open.map(([code, , text]) => [code, text]))
}

/** A person resolves one finding; should the same code find something else later, it calls again. */
function attentionKey(code: string, text: string): string {
  return `${code}: ${text}`
}

function isChangedAfterAssembly(order: Order): boolean {
  const change = order.changes.lines
  return (
    change !== undefined &&
    order.composition !== undefined &&
    change.stamp > order.composition.stamp &&
    currentBody(order) !== undefined
  )
}

/** The message was understood, and the answer is no. The back office is told why (see decide.ts). */
function isRefused(order: Order, { event }: EventEnvelope, settings: OrderSettings): boolean {
  if (event.type === 'order.issued') {
    return refusedIssues(order, settings).some(({ stamp }) => stamp === order.issues.at(-1)?.stamp)
  }
  if (event.type === 'composition.finalised') return checkComposition(order, settings.policy)?.kind === 'refused'
  if (event.type !== 'cancellation.requested' || isCancelled(order)) return false
  return order.cancellation.declinedAt !== undefined || !mayCancel(order, settings)
}
