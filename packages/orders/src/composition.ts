import type { Composition } from './effects.ts'
import { lineLists, linesAsOf } from './facts.ts'
import { areSameLines, areSameWeight, differencesOfBoxes, exact, isMissing, scaled, totalBySku } from './goods.ts'
import type { Order } from './order.ts'
import type { Box, ComposedLine, OrderLine } from './order-parts.ts'
import type { StorePolicy } from './policy.ts'
import { stableJson } from './stable-json.ts'

/** What the store put together, measured against what was ordered. */
export interface CheckedComposition {
  /** The newest one that can be passed on. */
  composition?: Composition
  /** Why the newest one cannot; `stamp` tells which it is. */
  refused?: { reasons: string[]; stamp: string }
}

/**
 * What was handed over, or what the document says; a document that names no lines means what was picked line by line, else
 * what was reserved. Undefined until the back office has closed the composition. Every ordered article is listed; one that
 * nobody mentioned has quantity 0.
 *
 * It is measured against the order as we knew it when the document came: what the customer changes later cannot make wrong
 * what is already put together.
 */
export function checkComposition(order: Order, policy: StorePolicy): CheckedComposition | undefined {
  const { composition: document, handedOver } = order
  const ordered = document && linesAsOf(order, document.value.receivedAt)
  if (!document || !ordered) return undefined
  const wanted = mergeOrdered(ordered)
  const lines = composedLines(order, policy)
  const checked = lines ? check(wanted, lines, policy, document.stamp) : checkSilence(order, document.stamp)
  const inDocument = checkBoxes(checked, document.value.boxes, document.stamp)
  if (!handedOver || handedOver.stamp < document.stamp) return inDocument
  const atHandOver = check(wanted, handedOver.value, policy, handedOver.stamp)
  return { ...(inDocument.composition && { composition: inDocument.composition }), ...atHandOver }
}

/** Boxes that hold less than the document would take goods out of the order, and more cannot be. */
function checkBoxes(checked: CheckedComposition, boxes: Box[] | undefined, stamp: string): CheckedComposition {
  if (!boxes || !checked.composition) return checked
  const reasons = differencesOfBoxes(checked.composition.lines, boxes).map(
    ({ sku, inLines, inBoxes }) => `${sku}: ${inBoxes} in the boxes, ${inLines} in the document`,
  )
  return reasons.length > 0 ? { refused: { reasons, stamp } } : checked
}

/** What is to be packed, and what tells it from another packing. */
export function packingOf(
  order: Order,
  policy: StorePolicy,
): { composition: Composition; boxes?: Box[]; fingerprint: string } | undefined {
  const composition = checkComposition(order, policy)?.composition
  if (!composition) return undefined
  const boxes = order.composition?.value.boxes
  const said = stableJson(composition)
  return { composition, ...(boxes && { boxes }), fingerprint: boxes ? said + stableJson(boxes) : said }
}

/** The document says that every single article is missing: there is nothing to hand over. */
export function isEmptyComposition(order: Order, policy: StorePolicy): boolean {
  const lines = order.handedOver ? undefined : checkComposition(order, policy)?.composition?.lines
  return lines?.every(isMissing) ?? false
}

/**
 * The document's lines as they are, lot by lot; a document without lines stands for what was picked, or reserved. Undefined
 * without a document, and where nobody here knows what was reserved.
 */
export function composedLines(order: Order, policy: StorePolicy): ComposedLine[] | undefined {
  const { composition } = order
  const ordered = composition && linesAsOf(order, composition.value.receivedAt)
  if (!ordered) return undefined
  if (composition.value.lines) return composition.value.lines
  const wanted = mergeOrdered(ordered)
  const reserved = reservedLines(order, policy, wanted, composition.value.receivedAt)
  // Sorted, because the database keeps no order of keys.
  const picked = Object.entries(order.picks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { value }]) => value)
  if (!reserved && picked.some((line) => !wanted.has(line.sku) && !isMissing(line))) return undefined
  // What the customer has taken out of the order after it was picked is put back, unless the document was made before.
  const held = new Set(reserved?.map(({ sku }) => sku))
  const meant = picked.filter(({ sku }) => wanted.has(sku) || held.has(sku))
  return meant.length > 0 ? meant : reserved
}

/** Undefined while the reservation's answer is still to come, and when it was lost and nothing else tells. */
function reservedLines(
  order: Order,
  policy: StorePolicy,
  wanted: Map<string, OrderLine>,
  until: string,
): ComposedLine[] | undefined {
  const { state, lines } = order.reservation
  if (state === 'asked') return undefined
  const isAllOrNothing = policy.onShort === 'cancel' && state !== 'short'
  const reserved = lines ?? (isAllOrNothing && hasSameGoodsUntil(order, until) ? [...wanted.values()] : undefined)
  if (!reserved) return undefined
  return [...totalBySku(reserved)].map(([sku, quantity]) => {
    const { quantity: whole = 0, weightGrams } = wanted.get(sku) ?? {}
    // Of weighed goods the quantity may be 0: their weight alone says how much.
    const share = whole > 0 ? quantity / whole : 1
    return { sku, quantity, ...(weightGrams !== undefined && { weightGrams: scaled(weightGrams, share) }) }
  })
}

/** Then no reservation before the document can have been of other goods. */
function hasSameGoodsUntil(order: Order, receivedAt: string): boolean {
  const first = order.placed?.value.lines ?? []
  return lineLists(order).every((list) => list.receivedAt > receivedAt || areSameLines(list.lines, first))
}

/** A document without lines of which nobody knows what it stands for: wait for the reservation's answer, else ask the store. */
function checkSilence({ reservation }: Order, stamp: string): CheckedComposition {
  if (reservation.state === 'asked') return {}
  return { refused: { reasons: ['the document names no lines, and what was reserved is not known: name them'], stamp } }
}

function check(
  wanted: Map<string, OrderLine>,
  lines: ComposedLine[],
  policy: StorePolicy,
  stamp: string,
): CheckedComposition {
  // An article comes once as it was ordered and once for each that replaces it; out of two lots it comes as two lines.
  const composed = new Map<string, ComposedLine>()
  for (const line of lines) {
    if (isMissing(line) && !wanted.has(line.sku)) continue
    const key = JSON.stringify([line.sku, line.replacedBy])
    composed.set(key, mergeLine(composed.get(key), line))
  }
  const bySku = Map.groupBy(composed.values(), ({ sku }) => sku)
  const reasons = [...bySku].flatMap(([sku, own]) => objections(sku, own, wanted.get(sku), policy))
  if (reasons.length > 0) return { refused: { reasons, stamp } }

  const result = [...wanted.values()].flatMap(({ sku, quantity, weightGrams }) => {
    const own = bySku.get(sku) ?? []
    const present = own.filter((line) => !isMissing(line))
    const missing: ComposedLine = own.find(({ replacedBy }) => replacedBy === undefined) ?? {
      sku,
      quantity: 0,
      ...(weightGrams !== undefined && { weightGrams: '0' }),
    }
    return (present.length > 0 ? present : [missing]).map((line) => ({ ...line, originalQuantity: quantity }))
  })
  const changed =
    result.length > wanted.size ||
    result.some((line) => {
      const { quantity, weightGrams } = wanted.get(line.sku) ?? {}
      return (
        line.quantity !== quantity || line.replacedBy !== undefined || !areSameWeight(line.weightGrams, weightGrams)
      )
    })
  return { composition: { changed, lines: result } }
}

/** Against what was put together of one ordered article, with all that replaces it. */
function objections(sku: string, lines: ComposedLine[], wanted: OrderLine | undefined, policy: StorePolicy): string[] {
  if (!wanted) return [`${sku}: was not ordered; name the ordered article and put the other one in replacedBy`]
  const own = lines.filter(({ replacedBy }) => replacedBy === undefined)
  if (own.length < lines.length && !policy.allowReplacement)
    return [`${sku}: replacement is not allowed for this store`]
  const isWeighed = wanted.weightGrams !== undefined
  if (isWeighed && own.some(({ quantity, weightGrams }) => quantity > 0 && weightGrams === undefined))
    return [`${sku}: is weighed goods, its weightGrams is missing`]
  const total = totalBySku(lines).get(sku) ?? 0
  if (total > wanted.quantity && !isWeighed) return [`${sku}: ${total} is more than the ${wanted.quantity} ordered`]
  return []
}

/** An order may name an article twice. */
function mergeOrdered(ordered: OrderLine[]): Map<string, OrderLine> {
  const bySku = new Map<string, OrderLine>()
  for (const line of ordered) {
    const same = bySku.get(line.sku)
    bySku.set(line.sku, same ? { ...same, ...mergeLine(same, line) } : line)
  }
  return bySku
}

function mergeLine<L extends Pick<ComposedLine, 'quantity' | 'weightGrams' | 'markingCodes'>>(
  a: L | undefined,
  b: L,
): L {
  if (!a) return b
  const isWeighed = a.weightGrams !== undefined || b.weightGrams !== undefined
  const markingCodes = [...(a.markingCodes ?? []), ...(b.markingCodes ?? [])]
  return {
    ...a,
    ...b,
    quantity: exact(a.quantity + b.quantity),
    ...(isWeighed && { weightGrams: String(exact(Number(a.weightGrams ?? 0) + Number(b.weightGrams ?? 0))) }),
    ...(markingCodes.length > 0 && { markingCodes }),
  }
}

/** Lines that were picked may still be on their way to us when the document does not name them. */
export function patience({ composition, picks }: Order): { delayMs?: number } {
  const isSilent = composition?.value.lines === undefined && Object.keys(picks).length > 0
  return isSilent ? { delayMs: SILENT_DOCUMENT_MS } : {}
}

const SILENT_DOCUMENT_MS = 1_000
