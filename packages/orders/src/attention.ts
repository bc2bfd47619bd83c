import { isBeyondReach, isOnlyAssumedGone, isOnWayBack } from './cancellation.ts'
import { cancellationAskedAt, cancellationTimer } from './cancellation-request.ts'
import { checkComposition, composedLines } from './composition.ts'
import { digitalTimer, isDigitalDue, isStartOverdue } from './deadlines.ts'
import {
  fulfilmentOf,
  isCancelled,
  isCarriedByMarketplace,
  isProbablyAway,
  isWithCustomer,
  linesAsOf,
  type OrderSettings,
} from './facts.ts'
import { areSameGoods, areSameLines } from './goods.ts'
import { countWrongCodes } from './issue.ts'
import type { AttentionCode, Order } from './order.ts'
import { hasPassed, newestEffect } from './plan.ts'
import { awaitsPlaceOfGoods } from './reading.ts'
import { troubleWithReturns } from './returns.ts'
import { stableJson } from './stable-json.ts'

/** When a person is called, and why: what nobody but a person can put right. Each code's text is one finding. */
export function attentionOf(order: Order, settings: OrderSettings): Pick<Order, 'attention' | 'resolvedAttention'> {
  const { cancellation, composition, reservation } = order
  const { policy } = settings
  const isOver = isCancelled(order)
  const flow = fulfilmentOf(order, policy)
  // Only a reason says that the goods have left, and the marketplace is being asked.
  const isBeingRead = isProbablyAway(order) && awaitsPlaceOfGoods(order)
  // Goods that the marketplace carries come back as a return, where it announces those; those of its own warehouse to it.
  const comeBackByThemselves = settings.traits.announcesReturns && isCarriedByMarketplace(flow)
  const isLost =
    isBeyondReach(order, settings) &&
    order.milestones.goodsReturned === undefined &&
    (!comeBackByThemselves || isOnlyAssumedGone(order))
  const checked = checkComposition(order, policy)
  // Pickup and own delivery tell what was really handed over with their last report.
  const carriesGoods = settings.traits.reports[flow].includes('packed')
  const lastStep = carriesGoods ? 'packed' : flow === 'marketplace-delivery' ? 'ready' : 'delivered'
  const lastWord = newestEffect(order, `notify-marketplace/${lastStep}`)
  const isDeclined = Object.keys(order.declined ?? {}).some((key) => order.effects[key] === lastWord)
  const isTold = lastWord?.status === 'done' && !isDeclined
  const wrongCodes = alarmStep(countWrongCodes(order, settings))
  const dead = Object.entries(order.effects)
    .filter(([, effect]) => effect.status === 'dead' && (effect.isBlocking || effect.lane === 'answers'))
    .map(([key]) => key)
    .sort()
  const returns = troubleWithReturns(order)
  const askedAt = cancellationAskedAt(order)
  const declined = listDeclined(order)
  const changedAt = changedAfterAssembly(order, checked?.composition?.lines)
  const isCodeMissing =
    flow === 'pickup' && policy.pickupCode.madeBy === 'back-office' && policy.pickupCode.sent === 'before-ready'

  const found: [AttentionCode, boolean | undefined, string][] = [
    ['assembly-not-started', !isOver && isStartOverdue(order), 'the store has not begun to put the order together'],
    [
      'cancelled-after-leaving',
      isOver && !isBeingRead && (isOnWayBack(order, settings) || isLost),
      'cancelled, but the goods have left the store: see to it that they come back',
    ],
    ['composition-refused', !isOver && checked?.refused !== undefined, checked?.refused?.reasons.join('; ') ?? ''],
    [
      'changed-after-assembly',
      !isOver && changedAt !== undefined,
      `the customer changed the goods after they were put together, last at ${changedAt}`,
    ],
    [
      'composition-late',
      !isOver &&
        isTold &&
        checked?.composition !== undefined &&
        !lastWord?.fingerprint?.startsWith(stableJson(checked.composition)),
      `the store corrected what it put together after the marketplace had been told, last at ${composition?.value.receivedAt}`,
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
      `the customer wanted to cancel at ${askedAt} and nobody has answered: the marketplace soon cancels by itself`,
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
    ['effect-dead', dead.length > 0, dead.join(', ')],
  ]
  const findings = found.flatMap(([code, isTrue, text]) =>
    isTrue ? [{ code, text, key: attentionKey(code, text) }] : [],
  )
  const open = findings.filter(({ key }) => !order.resolvedAttention.includes(key))
  return {
    attention: Object.fromEntries(open.map(({ code, text }) => [code, text])),
    // What is over and comes back calls again.
    resolvedAttention: order.resolvedAttention.filter((resolved) => findings.some(({ key }) => key === resolved)),
  }
}

/**
 * What the marketplace would not take, and nobody has said otherwise since. What is told to the store as an answer of its own,
 * or makes the order go another way, needs nobody.
 */
function listDeclined({ declined = {}, effects }: Order): string[] {
  const isElsewhere = (key: string): boolean =>
    ['packed', 'courier_code', 'canceled'].some((step) => key.startsWith(`notify-marketplace/${step}`))
  const baseOf = (key: string): string => key.replace(/#\d+$/, '')
  const isOvertaken = (key: string): boolean =>
    Object.entries(effects).some(
      ([other, { seq, status }]) =>
        baseOf(other) === baseOf(key) && seq > (effects[key]?.seq ?? 0) && status === 'done' && !(other in declined),
    )
  return Object.entries(declined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([key]) => !isElsewhere(key) && !isOvertaken(key))
    .map(([key, why]) => `${key}: ${why}`)
}

/**
 * When the customer came to want other goods than those that were put together. Goods that we took out ourselves are missing
 * from the order when it is read again: no change of the customer's.
 */
function changedAfterAssembly(
  order: Order,
  composed: { sku: string; quantity: number }[] | undefined,
): string | undefined {
  const { composition, lineHistory, reading } = order
  if (!composition) return undefined
  const { receivedAt } = composition.value
  const later = lineHistory.filter((list) => list.receivedAt > receivedAt)
  const now = linesAsOf(order, later.at(-1)?.receivedAt ?? receivedAt) ?? []
  const isAsBefore = areSameLines(now, linesAsOf(order, receivedAt) ?? [])
  if (isAsBefore || (reading && composed && areSameGoods(now, composed))) return undefined
  return later.find(({ lines }) => areSameLines(lines, now))?.receivedAt
}

/** 5, 10, 20, 40 ...: each doubling calls again, also after somebody has looked; 0 below. */
function alarmStep(count: number): number {
  return count < 5 ? 0 : 5 * 2 ** Math.floor(Math.log2(count / 5))
}

/** A person resolves one finding; should the same code find something else later, it calls again. */
function attentionKey(code: string, text: string): string {
  return `${code}: ${text}`
}
