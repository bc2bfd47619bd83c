import { type Box, currentBody, type Fulfilment, type Outcome, type Report } from '@sluice/orders'
import type { WireOrder } from '../wire-schema.ts'
import { type OrderAttempt, readOrderNow } from './attempt.ts'
import { toBoxLayout } from './box-layout.ts'
import { type BoxItem, provideOrderItemIdentifiers, setOrderBoxLayout, updateOrderItems } from './market-calls.ts'
import { isAtOrPast, progressOf } from './order-progress.ts'
import { type PackedLine, packLines, toInstances } from './pack-lines.ts'
import {
  explainRefusal,
  type Rejection,
  refusedData,
  reportChange,
  type StepRules,
  withState,
} from './report-change.ts'

/**
 * What is really in the parcel (specification 3.6, 4.2): boxes and codes, and what is missing taken out of the order. What
 * the Market does not let go (the only article, 99 % of the order, a promotion) is declined: the order must be cancelled.
 */
export async function reportPacked(
  attempt: OrderAttempt,
  { composition, boxes }: Extract<Report, { step: 'packed' }>,
  fulfilment: Fulfilment,
): Promise<Outcome> {
  const packing = packLines(currentBody(attempt.order)?.lines ?? [], composition)
  if (packing.kind === 'impossible') return unfit(packing.detail)
  const { lines } = packing
  if (lines.every(({ packed }) => packed === 0)) return { kind: 'declined', state: 'nothing of the order is there' }
  // A line that was taken out before is no longer among the order's lines.
  const isShort = packing.isShort || composition.lines.some((line) => line.quantity < line.originalQuantity)
  return fulfilment === 'marketplace-delivery'
    ? layOut(attempt, lines, boxes, isShort)
    : packForOwnDelivery(attempt, lines, boxes, packing.isShort)
}

/**
 * FBS and Express: always, and all in one box unless told otherwise. Each call replaces the one before until `READY_TO_SHIP`,
 * so a repeat after a lost answer only costs a call; after that the layout there tells whether ours was taken.
 */
function layOut(
  attempt: OrderAttempt,
  lines: readonly PackedLine[],
  boxes: readonly Box[] | undefined,
  allowRemove: boolean,
): Promise<Outcome> | Outcome {
  const layout = toBoxLayout(lines, boxes)
  if (layout.kind === 'impossible') return unfit(layout.detail)
  const call = setOrderBoxLayout(attempt.place, { boxes: layout.boxes, allowRemove })
  return reportChange(attempt, call, layoutRules(layout.boxes, allowRemove))
}

export function layoutRules(boxes: readonly (readonly BoxItem[])[], allowRemove: boolean): StepRules {
  return {
    settled: (order) => (isLaidOut(order, boxes) ? { kind: 'already-done' } : undefined),
    refused(order, answer) {
      const hasCodes = boxes.flat().some(({ instances = [] }) => instances.length > 0)
      // Somebody has reported it ready by hand, and there was nothing to say but that it is all there.
      if (!allowRemove && !hasCodes && isAtOrPast(progressOf(order), 'ready')) {
        return { kind: 'skipped', detail: withState(answer, order) }
      }
      return refusedPacking(order, answer, allowRemove)
    },
  }
}

/**
 * DBS: only what there is to say. First what is missing is taken out, then boxes, or codes without boxes.
 *
 * Crash between the two calls: the next attempt is unclear, reads the order, and makes only the second one.
 */
async function packForOwnDelivery(
  attempt: OrderAttempt,
  lines: readonly PackedLine[],
  boxes: readonly Box[] | undefined,
  isShort: boolean,
): Promise<Outcome> {
  const { place, calls } = attempt
  const layout = boxes && toBoxLayout(lines, boxes)
  if (layout?.kind === 'impossible') return unfit(layout.detail)
  const marked = lines
    .filter(({ codes }) => codes.length > 0)
    .map(({ id, codes, markingKind }) => ({ id, instances: toInstances(codes, markingKind) }))
  const second = layout
    ? {
        call: setOrderBoxLayout(place, { boxes: layout.boxes, allowRemove: false }),
        rules: layoutRules(layout.boxes, false),
      }
    : marked.length > 0
      ? { call: provideOrderItemIdentifiers(place, marked), rules: codeRules(lines) }
      : undefined
  if (!isShort) return second ? reportChange(attempt, second.call, second.rules) : { kind: 'done' }

  let isTakenOut = false
  if (attempt.wasUnclear) {
    const read = await readOrderNow(attempt, place.orderId)
    if (read.kind !== 'order') return read
    if (progressOf(read.order) === 'cancelled') return { kind: 'cancelled-there' }
    isTakenOut = hasCounts(read.order, lines)
    const isSaid = second?.rules.settled(read.order) !== undefined
    if (isTakenOut && (!second || isSaid)) return { kind: 'already-done' }
  }
  if (!isTakenOut) {
    const items = lines.map(({ id, packed, codes, markingKind }) => ({
      id,
      count: packed,
      ...(codes.length > 0 && { instances: toInstances(codes, markingKind) }),
    }))
    const answer = await calls.send(updateOrderItems(place, items))
    if (answer.kind !== 'ok') {
      const outcome = await explainRefusal(attempt, answer, removalRules(lines))
      if (outcome.kind !== 'already-done') return outcome
    }
  }
  return second ? reportChange({ ...attempt, wasUnclear: false }, second.call, second.rules) : { kind: 'done' }
}

export function removalRules(lines: readonly PackedLine[]): StepRules {
  return {
    settled: (order) => (hasCounts(order, lines) ? { kind: 'already-done' } : undefined),
    refused: (order, answer) => refusedPacking(order, answer, true),
  }
}

export function codeRules(lines: readonly PackedLine[]): StepRules {
  return {
    settled: (order) => (hasCodes(order, lines) ? { kind: 'already-done' } : undefined),
    refused: refusedData,
  }
}

/** A bad code is a matter of the data; what else stands against taking goods out, stands against the order. */
function refusedPacking(order: WireOrder, answer: Rejection, takesOut: boolean): Outcome {
  const isChangeable = progressOf(order) === 'started'
  const isAboutCodes = /\b(cis|uin|rnpt|gtd|instances?|identifiers?)\b/i.test(answer.message)
  if (takesOut && isChangeable && !isAboutCodes) return { kind: 'declined', state: withState(answer, order) }
  return refusedData(order, answer)
}

/** The boxes are there as we would send them; codes are compared by their number, and only where the answer shows them. */
function isLaidOut(order: WireOrder, boxes: readonly (readonly BoxItem[])[]): boolean {
  const there = order.delivery?.boxesLayout
  if (!there) return false
  // After `READY_TO_SHIP` nothing can be repeated, so codes that are not shown are taken for said.
  const isFrozen = isAtOrPast(progressOf(order), 'ready')
  const show = (items: readonly Omit<BoxItem, 'instances'>[]) =>
    items
      .map(({ id, fullCount, partialCount: part }) => `${id}:${part ? `${part.current}/${part.total}` : fullCount}`)
      .sort()
      .join(',')
  const sortBoxes = (all: readonly string[]) => all.toSorted().join(';')
  if (sortBoxes(there.map(({ items }) => show(items as BoxItem[]))) !== sortBoxes(boxes.map(show))) return false
  const count = (items: readonly { instances?: unknown[] | undefined }[]) =>
    items.reduce((sum, { instances }) => sum + (instances?.length ?? 0), 0)
  return isFrozen || count(there.flatMap(({ items }) => items)) === count(boxes.flat())
}

function hasCounts(order: WireOrder, lines: readonly PackedLine[]): boolean {
  return lines.every(({ id, packed }) => (order.items.find((item) => item.id === id)?.count ?? 0) === packed)
}

function hasCodes(order: WireOrder, lines: readonly PackedLine[]): boolean {
  return lines.every(
    ({ id, codes }) => (order.items.find((item) => item.id === id)?.instances?.length ?? 0) >= codes.length,
  )
}

function unfit(detail: string): Outcome {
  return { kind: 'refused', fault: 'data', detail }
}
