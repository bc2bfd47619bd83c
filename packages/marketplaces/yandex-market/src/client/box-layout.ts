import type { Box } from '@sluice/orders'
import type { BoxItem } from './market-calls.ts'
import { type PackedLine, toInstances } from './pack-lines.ts'

export type BoxLayout =
  /** An item list for each box. */
  { kind: 'boxes'; boxes: BoxItem[][] } | { kind: 'impossible'; detail: string }

/**
 * What goes into which box, by the Market's line ids; without `boxes` everything into one. An article of which the boxes hold
 * more than was packed comes in parts: every part lies alone in its box, and carries its unit's code (specification 3.6).
 */
export function toBoxLayout(lines: readonly PackedLine[], boxes?: readonly Box[]): BoxLayout {
  const packed = lines.filter((line) => line.packed > 0)
  if (!boxes) return { kind: 'boxes', boxes: [packed.map((line) => wholeItem(line, line.packed, line.codes))] }

  const bySku = Map.groupBy(packed, ({ sku }) => sku)
  const boxed = new Map<string, number>()
  for (const { lines: content } of boxes) {
    for (const { sku, quantity } of content) boxed.set(sku, (boxed.get(sku) ?? 0) + quantity)
  }
  const shares = new Map([...bySku].map(([sku, parts]) => [sku, createShare(parts, boxed.get(sku) ?? 0)]))
  const faults = [...shares].flatMap(([sku, share]) => (share.fault === undefined ? [] : [`${sku} ${share.fault}`]))
  for (const [sku, quantity] of boxed) {
    if (quantity > 0 && !bySku.has(sku)) faults.push(`${sku} is in a box and not in the composition`)
  }

  const layout = boxes.map(({ lines: content }) => {
    const filled = content.filter(({ quantity }) => quantity > 0)
    return filled.flatMap(({ sku, quantity, markingCodes }): BoxItem[] => {
      const share = shares.get(sku)
      if (!share) return []
      if (!Number.isInteger(quantity)) faults.push(`${sku} has a quantity of ${quantity} in a box`)
      if (markingCodes?.length && markingCodes.length !== quantity) {
        faults.push(`${sku}: ${markingCodes.length} codes for ${quantity} units in a box`)
      }
      if (share.partsPerUnit === 1) return share.takeWhole(quantity, markingCodes)
      if (quantity === 1 && filled.length === 1) return [share.takePart(markingCodes)]
      faults.push(`${sku} comes in parts, and a part must lie alone in its box`)
      return []
    })
  })
  if (faults.length > 0) return { kind: 'impossible', detail: [...new Set(faults)].slice(0, 5).join('; ') }
  return { kind: 'boxes', boxes: layout.filter((items) => items.length > 0) }
}

interface Share {
  fault?: string
  partsPerUnit: number
  takeWhole(quantity: number, codes?: readonly string[]): BoxItem[]
  takePart(codes?: readonly string[]): BoxItem
}

/** The units of one article, handed out box by box. */
function createShare(lines: readonly PackedLine[], boxed: number): Share {
  const packed = lines.reduce((sum, line) => sum + line.packed, 0)
  const partsPerUnit = Math.max(1, boxed / packed)
  const units = lines.flatMap((line) => Array.from({ length: line.packed }, (_, n) => ({ line, code: line.codes[n] })))
  let taken = 0
  return {
    partsPerUnit,
    ...(boxed < packed && { fault: `is ${packed} times in the composition and ${boxed} times in boxes` }),
    ...(!Number.isInteger(partsPerUnit) && { fault: `is ${packed} times in the composition, and in ${boxed} parts` }),
    takeWhole(quantity, codes) {
      const mine = units.slice(taken, taken + quantity)
      taken += quantity
      return [...Map.groupBy(mine, ({ line }) => line)].map(([line, group]) => {
        const first = mine.indexOf(group[0]!)
        const own = codes?.length ? codes.slice(first, first + group.length) : group.flatMap(({ code }) => code ?? [])
        return wholeItem(line, group.length, own)
      })
    },
    takePart(codes) {
      // In whole units, so that `taken` counts parts here.
      const unit = units[Math.floor(taken / partsPerUnit)]
      const current = (taken % partsPerUnit) + 1
      taken += 1
      const code = codes?.[0] ?? unit?.code
      const { id = '', markingKind } = unit?.line ?? {}
      return {
        id,
        partialCount: { current, total: partsPerUnit },
        ...(code !== undefined && { instances: toInstances([code], markingKind) }),
      }
    },
  }
}

function wholeItem({ id, markingKind }: PackedLine, fullCount: number, codes: readonly string[]): BoxItem {
  return { id, fullCount, ...(codes.length > 0 && { instances: toInstances(codes, markingKind) }) }
}
