import type { ComposedLine } from './order-parts.ts'
import { stableJson } from './stable-json.ts'

/** Quantities and grams have at most three decimals; binary fractions must not show. */
export function exact(amount: number): number {
  return Math.round(amount * 1000) / 1000
}

/** Nothing of this line is there. Of a weighed line the weight decides, its quantity may be 0. */
export function isMissing({ quantity, weightGrams }: Pick<ComposedLine, 'quantity' | 'weightGrams'>): boolean {
  return quantity === 0 && !(Number(weightGrams ?? 0) > 0)
}

/** Decimal texts of grams: `500` and `500.0` are the same. */
export function areSameWeight(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Number(a) === Number(b)
}

/** The weight of that share of a line. */
export function scaled(grams: string, share: number): string {
  return String(exact(Number(grams) * share))
}

/** How much of every article. */
export function totalBySku(lines: readonly Goods[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const { sku, quantity } of lines) totals.set(sku, exact((totals.get(sku) ?? 0) + quantity))
  return totals
}

type Goods = Pick<ComposedLine, 'sku' | 'quantity'>

/** Of every article as much in one list as in the other; what is missing may be left out. */
export function areSameGoods(some: Goods[], others: Goods[]): boolean {
  const present = (lines: Goods[]): string =>
    stableJson(Object.fromEntries(totalBySku(lines.filter(({ quantity }) => quantity > 0))))
  return present(some) === present(others)
}

/** Of every article as much in one list as in the other, in pieces and in weight. */
export function areSameLines(some: readonly Ordered[], others: readonly Ordered[]): boolean {
  return fingerprintOf(some) === fingerprintOf(others)
}

type Ordered = Goods & Pick<ComposedLine, 'weightGrams'>

function fingerprintOf(lines: readonly Ordered[]): string {
  const weights = lines.map(({ sku, weightGrams }) => ({ sku, quantity: Number(weightGrams ?? 0) }))
  return stableJson([lines, weights].map((amounts) => Object.fromEntries(totalBySku(amounts))))
}

/** Where boxes hold more or less of an article than the lines of their document: then they would take goods out of the order. */
export function differencesOfBoxes(
  lines: readonly Goods[],
  boxes: readonly { lines: readonly Goods[] }[],
): { sku: string; inLines: number; inBoxes: number }[] {
  const composed = totalBySku(lines)
  const packed = totalBySku(boxes.flatMap((box) => box.lines))
  return [...new Set([...composed.keys(), ...packed.keys()])].flatMap((sku) => {
    const [inLines, inBoxes] = [composed.get(sku) ?? 0, packed.get(sku) ?? 0]
    return inBoxes === inLines || isInParts(inLines, inBoxes) ? [] : [{ sku, inLines, inBoxes }]
  })
}

/** Goods in parts fill several boxes each. */
function isInParts(inLines: number, inBoxes: number): boolean {
  const thousandths = (amount: number): number => Math.round(amount * 1000)
  return inLines > 0 && inBoxes > inLines && thousandths(inBoxes) % thousandths(inLines) === 0
}
