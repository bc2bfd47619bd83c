import type { ReservedLine, ShortLine } from './events.ts'
import { exact, isMissing, scaled } from './goods.ts'
import type { OrderLine } from './order-parts.ts'

/** What lies in a store: one delivery of an article with its own expiry date. */
export interface Lot {
  sku: string
  series?: string
  /** `YYYY-MM-DD`, the last good day; absent for goods that do not expire. */
  expiresOn?: string
  quantity: number
}

/** As much of an ordered line as is there, and the weight that belongs to it. Its money is that of the whole line. */
export type ChosenLine = OrderLine & Pick<ReservedLine, 'lots'>

export type StockChoice =
  | { kind: 'enough'; lines: ChosenLine[] }
  /** Policy `partial`: go on with what there is. */
  | { kind: 'partial'; lines: ChosenLine[]; short: ShortLine[] }
  | { kind: 'short'; short: ShortLine[] }

/** The earliest expiry date that is still accepted on `today` (`YYYY-MM-DD`). */
export function earliestExpiry(today: string, minShelfLifeDays: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) + minShelfLifeDays * 86_400_000).toISOString().slice(0, 10)
}

/**
 * Chooses lots for every line, soonest expiry first, leaving out what expires before `minExpiresOn`. An order may name an
 * article twice: each line keeps its own weight, price and wishes. Nothing to be reserved at all is short, too.
 */
export function chooseLots(
  lines: OrderLine[],
  lots: Lot[],
  minExpiresOn: string,
  onShort: 'cancel' | 'partial',
): StockChoice {
  const left = lots
    .filter((lot) => lot.quantity > 0 && (lot.expiresOn === undefined || lot.expiresOn >= minExpiresOn))
    .map((lot) => ({ ...lot }))
    .sort(
      (a, b) =>
        (a.expiresOn ?? '9999').localeCompare(b.expiresOn ?? '9999') || (a.series ?? '').localeCompare(b.series ?? ''),
    )
  const chosen: ChosenLine[] = []
  const short: ShortLine[] = []

  for (const line of lines) {
    const { sku, quantity, weightGrams } = line
    // Weighed goods without a quantity: how many quanta they take is known when they are weighed. So they are there, or not.
    const isByWeight = quantity === 0 && !isMissing(line)
    const taken = isByWeight ? { quantity: 0 } : take(line, left)
    const isThere = isByWeight ? left.some((lot) => lot.sku === sku && lot.quantity > 0) : taken.quantity > 0
    if (taken.quantity < quantity || (isByWeight && !isThere)) {
      short.push({ sku, requested: quantity, available: taken.quantity })
    }
    const share = quantity > 0 ? taken.quantity / quantity : 1
    const weight = weightGrams !== undefined && share < 1 && { weightGrams: scaled(weightGrams, share) }
    if (isThere) chosen.push({ ...line, ...taken, ...weight })
  }
  if (chosen.length === 0) {
    return { kind: 'short', short: lines.map(({ sku, quantity }) => ({ sku, requested: quantity, available: 0 })) }
  }
  if (short.length === 0) return { kind: 'enough', lines: chosen }
  return onShort === 'partial' ? { kind: 'partial', lines: chosen, short } : { kind: 'short', short }
}

/** Takes what is wanted out of the lots, as far as it is there. */
function take({ sku, quantity }: OrderLine, left: Lot[]): Required<Pick<ReservedLine, 'quantity' | 'lots'>> {
  const taken: ReturnType<typeof take> = { quantity: 0, lots: [] }
  for (const lot of left) {
    const amount = Math.min(lot.quantity, exact(quantity - taken.quantity))
    if (lot.sku !== sku || amount <= 0) continue
    lot.quantity = exact(lot.quantity - amount)
    taken.quantity = exact(taken.quantity + amount)
    const { series, expiresOn } = lot
    taken.lots.push({
      ...(series !== undefined && { series }),
      ...(expiresOn !== undefined && { expiresOn }),
      quantity: amount,
    })
  }
  return taken
}
