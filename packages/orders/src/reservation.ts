import type { ReserveStock } from './effects.ts'
import type { ShortLine } from './events.ts'
import { isMissing } from './goods.ts'
import type { Outcome } from './outcome.ts'
import { type ChosenLine, chooseLots, earliestExpiry, type Lot } from './shelf-life.ts'

/** What went before a reservation that is asked for now. */
export interface ReservationHistory {
  /** An earlier attempt at this very reservation may have been done. */
  wasUnclear: boolean
  /** The store held goods for this order before. */
  wasHeld: boolean
}

export type ReservationPlan =
  | { kind: 'ask'; lines: ChosenLine[]; minExpiresOn: string }
  | { kind: 'short'; lines: ShortLine[] }

/** What to reserve of what lies in the store on `today` (`YYYY-MM-DD`). */
export function planReservation(
  { lines, minShelfLifeDays, onShort }: ReserveStock,
  lots: Lot[],
  today: string,
  { wasUnclear, wasHeld }: ReservationHistory,
): ReservationPlan {
  const minExpiresOn = earliestExpiry(today, minShelfLifeDays)
  const choice = chooseLots(lines, lots, minExpiresOn, onShort)
  if (choice.kind !== 'short') return { kind: 'ask', lines: choice.lines, minExpiresOn }
  // Goods of ours that are sold already look as if they were not there: then only the reservation itself can tell.
  const mayBeOurs = wasUnclear || wasHeld
  return mayBeOurs ? { kind: 'ask', lines, minExpiresOn } : { kind: 'short', lines: choice.short }
}

/** What the store's answer to a reservation comes to. */
export function outcomeOfReservation(
  answer: Outcome,
  { onShort, lines }: ReserveStock,
  { wasUnclear }: Pick<ReservationHistory, 'wasUnclear'>,
): Outcome {
  // The sales document was made before this call, out of what was reserved before.
  if (answer.kind === 'already-done' && !wasUnclear) return { kind: 'already-used' }
  if (answer.kind !== 'short' || onShort === 'cancel') return answer
  // Somebody else took goods between the look and the reservation. Where the store goes on with what there is, the next look
  // decides, unless there is nothing at all.
  const gone = new Set(answer.lines.filter(({ available }) => available === 0).map(({ sku }) => sku))
  if (lines.every((line) => isMissing(line) || gone.has(line.sku))) return answer
  const detail = 'stock changed while reserving'
  return { kind: 'unavailable', cause: 'network', isUnclear: false, detail, retryAfterMs: 0 }
}
