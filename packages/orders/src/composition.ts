import type { Composition } from './effects.ts'
import { linesAsOf } from './facts.ts'
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
  const packed = totalBySku(boxes.flatMap(({ lines }) => lines))
  const composed = totalBySku(checked.composition.lines)
  const skus = [...new Set([...packed.keys(), ...composed.keys()])]
  const reasons = skus.flatMap((sku) => {
    const [inBoxes, inDocument] = [packed.get(sku) ?? 0, composed.get(sku) ?? 0]
    // Goods in parts fill several boxes each.
    const isInParts = inDocument > 0 && inBoxes > inDocument && inBoxes % inDocument === 0
    return inBoxes === inDocument || isInParts ? [] : [`${sku}: ${inBoxes} in the boxes, ${inDocument} in the document`]
  })
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

/** Of every article as much in one list as in the other; what is missing may be left out. */
export function areSameGoods(some: Goods[], others: Goods[]): boolean {
  const present = (lines: Goods[]): string =>
    stableJson(Object.fromEntries(totalBySku(lines.filter(({ quantity }) => quantity > 0))))
  return present(some) === present(others)
}

type Goods = Pick<ComposedLine, 'sku' | 'quantity'>

function totalBySku(lines: { sku: string; quantity: number }[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const { sku, quantity } of lines) totals.set(sku, exact((totals.get(sku) ?? 0) + quantity))
  return totals
}

/** The document says that every single article is missing: there is nothing to hand over. */
export function isEmptyComposition(order: Order, policy: StorePolicy): boolean {
  const lines = order.handedOver ? undefined : checkComposition(order, policy)?.composition?.lines
  return lines?.every(isMissing) ?? false
}

function isMissing({ quantity, weightGrams }: ComposedLine): boolean {
  return quantity === 0 && !(Number(weightGrams ?? 0) > 0)
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
  const reserved = reservedLines(order, policy, wanted)
  const picked = Object.values(order.picks).map(({ value }) => value)
  if (!reserved && picked.some((line) => !wanted.has(line.sku) && !isMissing(line))) return undefined
  // What the customer has taken out of the order after it was picked is put back, unless the document was made before.
  const held = new Set(reserved?.map(({ sku }) => sku))
  const meant = picked.filter(({ sku }) => wanted.has(sku) || held.has(sku))
  return meant.length > 0 ? meant : reserved
}

/** Undefined while the reservation's answer is still to come, and when it was lost and nothing else tells. */
function reservedLines(
  { reservation, lineHistory }: Order,
  policy: StorePolicy,
  wanted: Map<string, OrderLine>,
): ComposedLine[] | undefined {
  const { state, lines } = reservation
  if (state === 'asked') return undefined
  const isAllOrNothing = policy.onShort === 'cancel' && lineHistory.length === 0 && state !== 'short'
  const reserved = lines ?? (isAllOrNothing ? [...wanted.values()] : undefined)
  return reserved?.map(({ sku, quantity }) => {
    const { quantity: whole = 0, weightGrams } = wanted.get(sku) ?? {}
    // Of weighed goods the quantity may be 0: their weight alone says how much.
    const share = whole > 0 ? quantity / whole : 1
    return { sku, quantity, ...(weightGrams !== undefined && { weightGrams: scaled(weightGrams, share) }) }
  })
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
  const reasons = [...composed.values()].flatMap((line) => objections(line, wanted.get(line.sku), policy))
  if (reasons.length > 0) return { refused: { reasons, stamp } }

  const bySku = Map.groupBy(composed.values(), ({ sku }) => sku)
  const result = [...wanted.values()].flatMap(({ sku, quantity, weightGrams }) => {
    const own = bySku.get(sku) ?? []
    const missing: ComposedLine = { sku, quantity: 0, ...(weightGrams !== undefined && { weightGrams: '0' }) }
    return (own.length > 0 ? own : [missing]).map((line) => ({ ...line, originalQuantity: quantity }))
  })
  const changed =
    result.length > wanted.size ||
    result.some((line) => {
      const { quantity, weightGrams } = wanted.get(line.sku) ?? {}
      return line.quantity !== quantity || line.replacedBy !== undefined || line.weightGrams !== weightGrams
    })
  return { composition: { changed, lines: result } }
}

function objections(line: ComposedLine, wanted: OrderLine | undefined, policy: StorePolicy): string[] {
  if (!wanted) return [`${line.sku}: was not ordered; name the ordered article and put the other one in replacedBy`]
  if (line.replacedBy) return policy.allowReplacement ? [] : [`${line.sku}: replacement is not allowed for this store`]
  const isWeighed = wanted.weightGrams !== undefined
  if (isWeighed && line.quantity > 0 && line.weightGrams === undefined)
    return [`${line.sku}: is weighed goods, its weightGrams is missing`]
  if (line.quantity > wanted.quantity && !isWeighed)
    return [`${line.sku}: ${line.quantity} is more than the ${wanted.quantity} ordered`]
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

function scaled(grams: string, share: number): string {
  return String(exact(Number(grams) * share))
}

/** Quantities and grams have at most three decimals; binary fractions must not show. */
function exact(amount: number): number {
  return Math.round(amount * 1000) / 1000
}

/** Lines that were picked may still be on their way to us when the document does not name them. */
export function patience({ composition, picks }: Order): { delayMs?: number } {
  const isSilent = composition?.value.lines === undefined && Object.keys(picks).length > 0
  return isSilent ? { delayMs: SILENT_DOCUMENT_MS } : {}
}

const SILENT_DOCUMENT_MS = 1_000
