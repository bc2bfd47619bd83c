import type { Composition, OrderLine } from '@sluice/orders'
import { type ItemInstance, isInt64 } from './market-calls.ts'

/** One line of the order as the Market knows it, with what of it was really put together. */
export interface PackedLine {
  /** The Market's id of the line. */
  id: string
  sku: string
  ordered: number
  packed: number
  markingKind?: string
  /** As many as `packed`, or none. */
  codes: string[]
}

export type Packing =
  | { kind: 'packed'; lines: PackedLine[]; isShort: boolean }
  /** `detail` names articles, never codes. */
  | { kind: 'impossible'; detail: string }

/**
 * Lays the composition, which knows articles, over the order's lines, which have ids. An article on two lines fills the first
 * one first. Goods can only be taken out of an order, never added or replaced (specification 3.6).
 */
export function packLines(lines: readonly OrderLine[], composition: Composition): Packing {
  const faults: string[] = []
  const stock = new Map<string, { quantity: number; codes: string[] }>()
  for (const { sku, quantity, markingCodes = [], replacedBy } of composition.lines) {
    if (replacedBy !== undefined) faults.push(`${sku} is replaced, which the Market does not take`)
    if (!Number.isInteger(quantity) || quantity < 0) faults.push(`${sku} has a quantity of ${quantity}`)
    const known = stock.get(sku) ?? { quantity: 0, codes: [] }
    stock.set(sku, {
      quantity: known.quantity + quantity,
      codes: [...known.codes, ...markingCodes],
    })
  }
  for (const [sku, { quantity, codes }] of stock) {
    if (codes.length > 0 && codes.length !== quantity)
      faults.push(`${sku}: ${codes.length} codes for ${quantity} units`)
  }

  const packedLines = lines.map(({ sku, quantity: ordered, lineId, markingKind }): PackedLine => {
    if (!isInt64(lineId)) faults.push(`${sku} has no line id`)
    const left = stock.get(sku)
    const packed = Math.min(ordered, left?.quantity ?? 0)
    if (left) left.quantity -= packed
    return {
      id: lineId ?? '',
      sku,
      ordered,
      packed,
      ...(markingKind !== undefined && { markingKind }),
      codes: left?.codes.splice(0, packed) ?? [],
    }
  })
  for (const [sku, { quantity }] of stock) {
    if (quantity > 0) faults.push(`${quantity} of ${sku} too many: goods cannot be added to an order`)
  }
  if (faults.length > 0) return { kind: 'impossible', detail: faults.slice(0, 5).join('; ') }
  const isShort = packedLines.some(({ packed, ordered }) => packed < ordered)
  return { kind: 'packed', lines: packedLines, isShort }
}

export function toInstances(codes: readonly string[], markingKind: string | undefined): ItemInstance[] {
  return codes.map((code) => toInstance(code, markingKind))
}

function toInstance(code: string, markingKind: string | undefined): ItemInstance {
  switch (markingKind ?? '') {
    case 'UIN':
      return { uin: code }
    case 'RNPT':
      return { rnpt: code }
    case 'GTD':
      return { gtd: code }
    default:
      return { cis: code }
  }
}
