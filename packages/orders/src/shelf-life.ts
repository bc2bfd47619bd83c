import type { ReservedLine, ShortLine } from './events.ts'
import type { OrderLine } from './order-parts.ts'

/** What lies in a store: one delivery of an article with its own expiry date. */
export interface Lot {
  sku: string
  series?: string
  /** `YYYY-MM-DD`, the last good day; absent for goods that do not expire. */
  expiresOn?: string
  quantity: number
}

export type StockChoice =
  | { kind: 'enough'; lines: ReservedLine[] }
  /** Policy `partial`: go on with what there is. */
  | { kind: 'partial'; lines: ReservedLine[]; short: ShortLine[] }
  | { kind: 'short'; short: ShortLine[] }

/** The first expiry date that is still good enough on `today` (`YYYY-MM-DD`). */
export function minExpiresOn(today: string, minShelfLifeDays: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) + minShelfLifeDays * 86_400_000).toISOString().slice(0, 10)
}

/** Chooses lots for every line, soonest expiry first, leaving out what expires before `minExpiresOn`. */
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
  const chosen: ReservedLine[] = []
  const short: ShortLine[] = []

  for (const { sku, quantity } of lines) {
    const line: Required<ReservedLine> = { sku, quantity: 0, lots: [] }
    for (const lot of left) {
      const take = Math.min(lot.quantity, round(quantity - line.quantity))
      if (lot.sku !== sku || take <= 0) continue
      lot.quantity = round(lot.quantity - take)
      line.quantity = round(line.quantity + take)
      const { series, expiresOn } = lot
      line.lots.push({
        ...(series !== undefined && { series }),
        ...(expiresOn !== undefined && { expiresOn }),
        quantity: take,
      })
    }
    if (line.quantity < quantity) short.push({ sku, requested: quantity, available: line.quantity })
    if (line.quantity > 0) chosen.push(line)
  }
  if (short.length === 0) return { kind: 'enough', lines: chosen }
  return onShort === 'partial' && chosen.length > 0
    ? { kind: 'partial', lines: chosen, short }
    : { kind: 'short', short }
}

/** Quantities have at most three decimals. */
function round(quantity: number): number {
  return Math.round(quantity * 1000) / 1000
}
