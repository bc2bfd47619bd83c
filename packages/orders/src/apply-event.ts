import { isBeyondReach, mayCancel } from './cancellation.ts'
import { cancellationAskedAt, cancellationTimer } from './cancellation-request.ts'
import { areSameGoods, checkComposition, composedLines } from './composition.ts'
import { decide, digitalTimer, isDigitalDue } from './decide.ts'
import type { PlannedEffect } from './effects.ts'
import type { EventEnvelope } from './events.ts'
import { evolve } from './evolve.ts'
import {
  fulfilmentOf,
  hasStarted,
  isCancelled,
  isWithCustomer,
  type OrderSettings,
  paymentOf,
  statusOf,
} from './facts.ts'
import { acceptedIssue, countWrongCodes, refusedIssues } from './issue.ts'
import { type AttentionCode, createOrder, type Order, type OrderRef, type Verdict } from './order.ts'
import { hasPassed, newestEffect } from './plan.ts'
import { stampOf } from './registers.ts'
import { troubleWithReturns } from './returns.ts'
import { stableJson } from './stable-json.ts'

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
    attention: attentionOf(order, settings),
  }
}

function attentionOf(order: Order, settings: OrderSettings): Order['attention'] {
  const { milestones, cancellation, composition, reservation } = order
  const { policy } = settings
  const isOver = isCancelled(order)
  const flow = fulfilmentOf(order, policy)
  const checked = checkComposition(order, policy)
  // Pickup and own delivery tell what was really handed over with their last report.
  const carriesGoods = settings.traits.reports[flow].includes('packed')
  const lastStep = carriesGoods ? 'packed' : flow === 'marketplace-delivery' ? 'ready' : 'delivered'
  const lastWord = newestEffect(order, `notify-marketplace/${lastStep}`)
  const wrongCodes = alarmStep(countWrongCodes(order, settings))
  const dead = Object.entries(order.effects).filter(
    ([, effect]) => effect.status === 'dead' && (effect.isBlocking || effect.lane === 'answers'),
  )
  const returns = troubleWithReturns(order)
  const askedAt = cancellationAskedAt(order)
  const declined = listDeclined(order)
  const isCodeMissing =
    flow === 'pickup' && policy.pickupCode.madeBy === 'back-office' && policy.pickupCode.sent === 'before-ready'

  const found: [AttentionCode, boolean | undefined, string][] = [
    [
      'assembly-not-started',
      !isOver && milestones.startDeadlinePassed !== undefined && !hasStarted(order),
      'the store has not begun to put the order together',
    ],
    [
      'cancelled-after-leaving',
      isOver &&
        isBeyondReach(order, settings) &&
        !(settings.traits.announcesReturns && flow === 'marketplace-delivery'),
      'cancelled, but the goods have left the store: see to it that they come back',
    ],
    ['composition-refused', !isOver && checked?.refused !== undefined, checked?.refused?.reasons.join('; ') ?? ''],
    [
      'changed-after-assembly',
      !isOver && isChangedAfterAssembly(order, checked?.composition?.lines),
      'the customer changed the goods after they were put together',
    ],
    [
      'composition-late',
      !isOver &&
        lastWord?.status === 'done' &&
        checked?.composition !== undefined &&
        !lastWord.fingerprint?.startsWith(stableJson(checked.composition)),
      'the store corrected what it put together after the marketplace had been told',
    ],
    [
      'cancellation-declined',
      !isOver && cancellation.declinedAt !== undefined,
      'the marketplace did not take our cancellation',
    ],
    [
      'back-office-silent',
      isOver
        ? reservation.alreadyUsed && !composedLines(order, policy)
        : isCodeMissing && composition && !order.backOfficeCode && !isWithCustomer(order),
      isOver
        ? 'goods must come back, but no document has said which'
        : 'the order waits for the pickup code of the back office',
    ],
    [
      'cancellation-unanswered',
      !isOver && askedAt !== undefined && hasPassed(order, cancellationTimer, askedAt),
      'the customer wants to cancel and nobody has answered: the marketplace soon cancels by itself',
    ],
    [
      'return-undecided',
      returns.undecided.length > 0,
      `nobody has decided about return ${returns.undecided.join(', ')}`,
    ],
    [
      'return-uncollected',
      returns.uncollected.length > 0,
      `the goods of return ${returns.uncollected.join(', ')} must be collected soon`,
    ],
    ['return-lost', returns.lost.length > 0, `the goods of return ${returns.lost.join(', ')} are lost`],
    [
      'digital-codes-late',
      isDigitalDue(order, settings) && hasPassed(order, digitalTimer, order.reading?.openedAt),
      'digital goods are due',
    ],
    ['answer-declined', declined.length > 0, declined.join('; ')],
    ['wrong-codes', wrongCodes > 0, `${wrongCodes} wrong pickup codes or more were tried at the counter`],
    ['effect-dead', dead.length > 0, dead.map(([key]) => key).join(', ')],
  ]
  const open = found.filter(
    ([code, isTrue, text]) => isTrue && !order.resolvedAttention.includes(attentionKey(code, text)),
  )
  return Object.fromEntries(open.map(([code, , text]) => [code, text]))
}

/**
 * What the marketplace would not take, and nobody has said otherwise since. What is told to the store as an answer of its own,
 * or makes the order go another way, needs nobody.
 */
function listDeclined({ declined = {}, effects }: Order): string[] {
  const isElsewhere = (key: string): boolean =>
    key.startsWith('notify-marketplace/packed') || key.startsWith('notify-marketplace/courier_code')
  const baseOf = (key: string): string => key.replace(/#\d+$/, '')
  const isOvertaken = (key: string): boolean =>
    Object.entries(effects).some(
      ([other, { seq, status }]) =>
        baseOf(other) === baseOf(key) && seq > (effects[key]?.seq ?? 0) && status === 'done' && !(other in declined),
    )
  return Object.entries(declined)
    .filter(([key]) => !isElsewhere(key) && !isOvertaken(key))
    .map(([key, why]) => `${key}: ${why}`)
}

/** Goods that we took out ourselves are missing from the order when it is read again: no change of the customer's. */
function isChangedAfterAssembly(order: Order, composed: { sku: string; quantity: number }[] | undefined): boolean {
  const { composition, lineHistory, reading } = order
  if (!composition) return false
  const later = lineHistory.filter(({ receivedAt }) => receivedAt > composition.value.receivedAt)
  if (!reading) return later.length > 0
  return later.some(({ lines }) => composed === undefined || !areSameGoods(lines, composed))
}

/** 5, 10, 20, 40 ...: each doubling calls again, also after somebody has looked; 0 below. */
function alarmStep(count: number): number {
  return count < 5 ? 0 : 5 * 2 ** Math.floor(Math.log2(count / 5))
}

/** A person resolves one finding; should the same code find something else later, it calls again. */
function attentionKey(code: string, text: string): string {
  return `${code}: ${text}`
}

/** The message was understood, and the answer is no. The back office is told why (see decide.ts). */
function isRefused(order: Order, envelope: EventEnvelope, settings: OrderSettings): boolean {
  const { event } = envelope
  const stamp = stampOf(envelope)
  if (event.type === 'order.issued') return refusedIssues(order, settings).some((issue) => issue.stamp === stamp)
  if (event.type === 'composition.finalised') return checkComposition(order, settings.policy)?.refused?.stamp === stamp
  if (event.type !== 'cancellation.requested' || isCancelled(order)) return false
  return order.cancellation.declinedAt !== undefined || !mayCancel(order, settings)
}
