import { shareOf, wholeUnits } from './money.ts'
import type { SentPosition } from './notifications-schema.ts'

/** A line as the customer ordered it. */
export interface OrderedLine {
  id: string
  name?: string
  quantity: number
  originalQuantity: number
  /** Per unit, before discount. */
  price: number
  /** Per unit, after discount. */
  discountPrice: number
  /** Whole line in grams; only weighed goods have it. */
  weightGrams?: number
  /** One marking code per unit is then mandatory. */
  isMarked: boolean
}

export interface FinalLine {
  id: string
  quantity: number
  /** Kopecks. */
  sum: number
  weightGrams?: number
  replacedByID?: string
  markingCodes: string[]
}

export interface FinalComposition {
  lines: FinalLine[]
  /** What Kuper charges, kopecks: its own prices and the merchant's quantities or weights. */
  actualTotal: number
  /** What a strict Kuper would object to although it answers 200. */
  objections: { kind: string; detail: string }[]
}

/** Kopecks for the line as ordered. */
export function orderedSum(line: OrderedLine): number {
  return shareOf(line.discountPrice, line.quantity, 1)
}

/**
 * The composition and its price (specification 9.3, 9.4). Piece goods count by quantity, weighed goods by weight alone;
 * a line that was left out counts as missing; `changed: false` without positions means exactly as ordered.
 */
export function composeFinally(
  ordered: readonly OrderedLine[],
  sent: { changed?: boolean | undefined; positions?: readonly SentPosition[] | undefined },
): FinalComposition {
  const positions = sent.positions ?? []
  if (positions.length === 0) return asOrdered(ordered)

  const objections: FinalComposition['objections'] = []
  const object = (kind: string, detail: string) => objections.push({ kind, detail })
  const lines: FinalLine[] = []
  const handedOver = new Map<string, number>()

  for (const position of positions) {
    const line = ordered.find((one) => one.id === position.id)
    if (line === undefined) {
      object('unknown-position', `${position.id} was not ordered`)
      continue
    }
    const final = finalLine(line, position)
    lines.push(final)
    handedOver.set(line.id, (handedOver.get(line.id) ?? 0) + final.quantity)
    if (line.weightGrams !== undefined && final.weightGrams === undefined && position.quantity > 0) {
      object('weight-missing', `${line.id} is weighed and came without weight`)
    }
    if (line.isMarked && final.markingCodes.length !== final.quantity) {
      object('marking-codes', `${line.id}: ${final.markingCodes.length} codes for ${final.quantity} units`)
    }
  }

  for (const line of ordered) {
    const quantity = handedOver.get(line.id) ?? 0
    if (line.weightGrams === undefined && quantity > line.quantity) {
      object('more-than-ordered', `${line.id}: ${quantity} instead of ${line.quantity}`)
    }
    const isAsOrdered = quantity === line.quantity && lines.every((one) => one.id !== line.id || !one.replacedByID)
    if (sent.changed === false && line.weightGrams === undefined && !isAsOrdered) {
      object('changed-flag', `${line.id} differs although changed is false`)
    }
  }
  const isEmpty = lines.every((line) => line.sum === 0 && line.quantity === 0)
  if (isEmpty) object('empty-composition', 'every line is missing: order.canceled was due')
  return { lines, actualTotal: totalOf(lines), objections }
}

function asOrdered(ordered: readonly OrderedLine[]): FinalComposition {
  const lines = ordered.map((line) => ({
    id: line.id,
    quantity: line.quantity,
    sum: orderedSum(line),
    ...(line.weightGrams === undefined ? {} : { weightGrams: line.weightGrams }),
    markingCodes: [],
  }))
  return { lines, actualTotal: totalOf(lines), objections: [] }
}

function finalLine(line: OrderedLine, position: SentPosition): FinalLine {
  const base = {
    id: line.id,
    markingCodes: (position.markingCode ?? []).map((code) => code.value),
    ...(position.replacedByID ? { replacedByID: position.replacedByID } : {}),
  }
  if (line.weightGrams === undefined || !position.weight) {
    return { ...base, quantity: position.quantity, sum: shareOf(orderedSum(line), position.quantity, line.quantity) }
  }
  const weightGrams = Number(position.weight)
  return {
    ...base,
    weightGrams,
    quantity: wholeUnits(line.quantity, weightGrams, line.weightGrams),
    sum: shareOf(orderedSum(line), weightGrams, line.weightGrams),
  }
}

function totalOf(lines: readonly FinalLine[]): number {
  return lines.reduce((total, line) => total + line.sum, 0)
}
