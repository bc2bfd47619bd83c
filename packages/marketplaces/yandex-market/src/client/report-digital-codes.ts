import { currentBody, type DigitalLine, type OrderLine, type Outcome } from '@sluice/orders'
import type { OrderAttempt } from './attempt.ts'
import { type DigitalItem, isInt64, provideOrderDigitalCodes } from './market-calls.ts'
import { isAtOrPast, progressOf } from './order-progress.ts'
import { refusedData, reportChange, type StepRules, withState } from './report-change.ts'

/** Both are mandatory in the call, and a back office may know neither. A day far off means: without end. */
const DEFAULT_SLIP = 'Введите код на сайте или в приложении, для которого он куплен.'
const WITHOUT_END = '2099-12-31'

const MAX_LINES = 100
const MAX_CODES = 5_000
const MAX_CODE_LENGTH = 256
const MAX_SLIP_LENGTH = 10_000

/** The mail with the keys takes a while before the Market sets `DELIVERED`. */
const MAIL_PATIENCE_MS = 30 * 60_000

/**
 * All keys of the order in one call (specification 4.5). An answer of 200 is the end for us; after a lost one the order shows
 * the delivery, and until then the same keys are sent again.
 */
export async function reportDigitalCodes(attempt: OrderAttempt, lines: readonly DigitalLine[]): Promise<Outcome> {
  const content = toDigitalItems(currentBody(attempt.order)?.lines ?? [], lines)
  if (content.kind === 'impossible') return { kind: 'refused', fault: 'data', detail: content.detail }
  return reportChange(attempt, provideOrderDigitalCodes(attempt.place, content.items), digitalRules(attempt.wasUnclear))
}

export function digitalRules(wasUnclear: boolean): StepRules {
  return {
    settled: (order) => (isAtOrPast(progressOf(order), 'delivered') ? { kind: 'already-done' } : undefined),
    refused: (order, answer) =>
      // The lost attempt may be what is refused twice: then the delivery shows soon.
      wasUnclear
        ? { kind: 'too-early', detail: withState(answer, order), patienceMs: MAIL_PATIENCE_MS }
        : refusedData(order, answer),
  }
}

export type DigitalContent = { kind: 'items'; items: DigitalItem[] } | { kind: 'impossible'; detail: string }

/** By the Market's line ids; an article on two lines fills the first one first. Details name articles, never keys. */
export function toDigitalItems(ordered: readonly OrderLine[], issued: readonly DigitalLine[]): DigitalContent {
  const faults: string[] = []
  const bySku = Map.groupBy(issued, ({ sku }) => sku)
  const left = new Map([...bySku].map(([sku, lines]) => [sku, lines.flatMap(({ codes }) => codes)]))
  for (const [sku, codes] of left) {
    const isOrdered = ordered.some((line) => line.sku === sku)
    if (!isOrdered) faults.push(`${sku} was not ordered`)
    if (codes.some((code) => code === '' || code.length > MAX_CODE_LENGTH)) {
      faults.push(`${sku}: a key must have 1 to ${MAX_CODE_LENGTH} characters`)
    }
    if (new Set(codes).size !== codes.length) faults.push(`${sku}: a key is there twice`)
  }
  const items = ordered.flatMap(({ sku, lineId, quantity }): DigitalItem[] => {
    const codes = left.get(sku)?.splice(0, quantity) ?? []
    if (codes.length !== quantity) faults.push(`${sku}: ${codes.length} keys for ${quantity} units`)
    if (!isInt64(lineId)) faults.push(`${sku} has no line id`)
    if (quantity > MAX_CODES) faults.push(`${sku}: more than ${MAX_CODES} keys`)
    const [first] = bySku.get(sku) ?? []
    const slip = (first?.slip ?? DEFAULT_SLIP).slice(0, MAX_SLIP_LENGTH)
    return [{ id: lineId ?? '', codes, slip, activateTill: first?.activateUntil ?? WITHOUT_END }]
  })
  for (const [sku, codes] of left) if (codes.length > 0) faults.push(`${sku}: ${codes.length} keys too many`)
  if (items.length === 0 || items.length > MAX_LINES) faults.push(`an order of ${items.length} lines`)
  if (faults.length > 0) return { kind: 'impossible', detail: [...new Set(faults)].slice(0, 5).join('; ') }
  return { kind: 'items', items }
}
