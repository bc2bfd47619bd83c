import type { Composition } from './effects.ts'
import { currentBody } from './facts.ts'
import type { Order } from './order.ts'
import type { ComposedLine, OrderLine } from './order-parts.ts'
import type { StorePolicy } from './policy.ts'

/** The final composition measured against what was ordered, or why it cannot be passed on. */
export type CheckedComposition = { kind: 'ok'; composition: Composition } | { kind: 'refused'; reasons: string[] }

/**
 * What the store put together: the document's lines, or what was picked line by line, or everything as ordered. Undefined
 * until the back office has closed the composition. Every ordered line is listed; one nobody mentioned has quantity 0.
 */
export function checkComposition(order: Order, policy: StorePolicy): CheckedComposition | undefined {
  const ordered = currentBody(order)?.lines
  if (!order.composition || !ordered) return undefined
  const picked = Object.values(order.picks).map((pick) => pick.value)
  const lines = order.handedOver?.value ?? order.composition.value.lines ?? (picked.length > 0 ? picked : undefined)
  return lines ? compare(ordered, lines, policy) : { kind: 'ok', composition: asOrdered(ordered) }
}

/** Every single line is missing: there is nothing to hand over. */
export function isEmptyComposition(order: Order, policy: StorePolicy): boolean {
  const checked = checkComposition(order, policy)
  if (checked?.kind !== 'ok') return false
  return checked.composition.lines.every((line) => line.quantity === 0 && !(Number(line.weightGrams ?? 0) > 0))
}

function asOrdered(ordered: OrderLine[]): Composition {
  return {
    changed: false,
    lines: ordered.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      originalQuantity: line.quantity,
      ...(line.weightGrams !== undefined && { weightGrams: line.weightGrams }),
    })),
  }
}

function compare(ordered: OrderLine[], lines: ComposedLine[], policy: StorePolicy): CheckedComposition {
  const composed = new Map<string, ComposedLine>()
  for (const line of lines) composed.set(line.sku, mergeLine(composed.get(line.sku), line))
  const bySku = new Map(ordered.map((line) => [line.sku, line]))
  const reasons = [...composed.values()].flatMap((line) => objections(line, bySku.get(line.sku), policy))
  if (reasons.length > 0) return { kind: 'refused', reasons }
  const result = ordered.map((line) => ({
    ...(composed.get(line.sku) ?? { sku: line.sku, quantity: 0 }),
    originalQuantity: line.quantity,
  }))
  const changed = result.some(
    (line, i) =>
      line.quantity !== line.originalQuantity ||
      line.replacedBy !== undefined ||
      (line.weightGrams !== undefined && line.weightGrams !== ordered[i]?.weightGrams),
  )
  return { kind: 'ok', composition: { changed, lines: result } }
}

function objections(line: ComposedLine, wanted: OrderLine | undefined, policy: StorePolicy): string[] {
  if (!wanted) return [`${line.sku}: was not ordered; name the ordered article and put the other one in replacedBy`]
  if (line.replacedBy) return policy.allowReplacement ? [] : [`${line.sku}: replacement is not allowed for this store`]
  const isWeighed = wanted.weightGrams !== undefined
  if (line.quantity > wanted.quantity && !isWeighed)
    return [`${line.sku}: ${line.quantity} is more than the ${wanted.quantity} ordered`]
  return []
}

/** The same article out of two lots comes as two lines; the marketplace knows only articles. */
function mergeLine(a: ComposedLine | undefined, b: ComposedLine): ComposedLine {
  if (!a) return b
  const weight = addDecimals(Number(a.weightGrams ?? 0), Number(b.weightGrams ?? 0))
  const markingCodes = [...(a.markingCodes ?? []), ...(b.markingCodes ?? [])]
  return {
    ...a,
    ...b,
    quantity: addDecimals(a.quantity, b.quantity),
    ...(weight > 0 && { weightGrams: String(weight) }),
    ...(markingCodes.length > 0 && { markingCodes }),
  }
}

/** Quantities and grams have at most three decimals; binary fractions must not show in the sum. */
function addDecimals(a: number, b: number): number {
  return Math.round((a + b) * 1000) / 1000
}
