import type { Box } from '@sluice/orders'
import type { BoxItem } from './market-calls.ts'
import { type PackedLine, toInstances } from './pack-lines.ts'

export type BoxLayout =
  /** An item list for each box. */
  { kind: 'boxes'; boxes: BoxItem[][] } | { kind: 'impossible'; detail: string }

/**
 * What goes into which box, by the Market's line ids; without `boxes` everything into one. An article of which the boxes hold
 * more than was packed comes in parts: every part lies alone in its box, and carries its unit's code (specification 3.6).
 * Codes that no box names go into the boxes that name none. Faults name articles, never codes.
 */
export function toBoxLayout(lines: readonly PackedLine[], boxes?: readonly Box[]): BoxLayout {
  const packed = lines.filter((line) => line.packed > 0)
  if (!boxes) return { kind: 'boxes', boxes: [packed.map((line) => wholeItem(line, line.packed, line.codes))] }

  const bySku = Map.groupBy(packed, ({ sku }) => sku)
  const boxed = Map.groupBy(
    boxes.flatMap(({ lines: content }) => content.filter(({ quantity }) => quantity > 0)),
    ({ sku }) => sku,
  )
  const shares = new Map([...bySku].map(([sku, parts]) => [sku, createShare(parts, boxed.get(sku) ?? [])]))
  const faults = [...shares].flatMap(([sku, share]) => share.faults.map((fault) => `${sku} ${fault}`))
  for (const sku of boxed.keys()) {
    if (!bySku.has(sku)) faults.push(`${sku} is in a box and not in the composition`)
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
      if (quantity === 1 && filled.length === 1) return [share.takePart()]
      faults.push(`${sku} comes in parts, and a part must lie alone in its box`)
      return []
    })
  })
  if (faults.length > 0) return { kind: 'impossible', detail: [...new Set(faults)].slice(0, 5).join('; ') }
  return { kind: 'boxes', boxes: layout.filter((items) => items.length > 0) }
}

interface Share {
  faults: string[]
  partsPerUnit: number
  takeWhole(quantity: number, codes?: readonly string[]): BoxItem[]
  takePart(): BoxItem
}

/** The units of one article, handed out box by box. `contents`: what the boxes hold of it, in their order. */
function createShare(lines: readonly PackedLine[], contents: readonly Box['lines'][number][]): Share {
  const units = lines.flatMap((line) => Array.from({ length: line.packed }, () => line))
  const packed = units.length
  const boxed = contents.reduce((sum, { quantity }) => sum + quantity, 0)
  const partsPerUnit = Math.max(1, boxed / packed)
  const inBoxes = contents.map(({ markingCodes = [] }) => markingCodes)
  // Of goods in parts each of a unit's boxes may name its code.
  const parts = groupByUnit(inBoxes, partsPerUnit)
  const codesOfUnits = units.map((_, n) => codesOf(unitParts(parts, n, partsPerUnit), inBoxes))
  const named = partsPerUnit === 1 ? inBoxes.flat() : codesOfUnits.flat()
  const known = lines.flatMap(({ codes }) => codes)
  const free = known.filter((code) => !named.includes(code))
  const faults: [boolean, string][] = [
    [boxed < packed, `is ${packed} times in the composition and ${boxed} times in boxes`],
    [!Number.isInteger(partsPerUnit), `is ${packed} times in the composition, and in ${boxed} parts`],
    [new Set(named).size < named.length, 'has one code for several units in the boxes'],
    [partsPerUnit > 1 && codesOfUnits.some((codes) => codes.length > 1), 'has several codes for one unit'],
    [known.length > 0 && named.some((code) => !known.includes(code)), 'has codes in a box that its line does not have'],
  ]
  let taken = 0
  return {
    faults: faults.flatMap(([isTrue, text]) => (isTrue ? [text] : [])),
    partsPerUnit,
    takeWhole(quantity, codes) {
      const mine = units.slice(taken, taken + quantity)
      taken += quantity
      const ours = codes?.length ? codes : free.splice(0, quantity)
      return [...Map.groupBy(mine, (line) => line)].map(([line, group]) => {
        const first = mine.indexOf(line)
        return wholeItem(line, group.length, ours.slice(first, first + group.length))
      })
    },
    takePart() {
      // `taken` counts boxes here.
      const place = parts.indexOf(taken)
      const n = Math.floor(place / partsPerUnit)
      const current = (place % partsPerUnit) + 1
      taken += 1
      const codes = codesOfUnits[n] ?? []
      if (codes.length === 0) codes.push(...free.splice(0, 1))
      const { id = '', markingKind } = units[n] ?? {}
      return {
        id,
        partialCount: { current, total: partsPerUnit },
        ...(codes.length > 0 && { instances: toInstances(codes, markingKind) }),
      }
    },
  }
}

/**
 * The boxes of goods in parts, unit by unit: as they are listed, where that gives every unit one code; else those that name one
 * code together, and the nameless ones where there is room.
 */
function groupByUnit(inBoxes: readonly (readonly string[])[], partsPerUnit: number): number[] {
  const listed = inBoxes.map((_, box) => box)
  const count = Math.ceil(listed.length / partsPerUnit)
  const units = Array.from({ length: count }, (_, n) => unitParts(listed, n, partsPerUnit))
  const codes = units.flatMap((boxes) => codesOf(boxes, inBoxes))
  const isOneEach = units.every((boxes) => codesOf(boxes, inBoxes).length <= 1) && new Set(codes).size === codes.length
  if (isOneEach) return listed
  const nameless = listed.filter((box) => inBoxes[box]?.length === 0)
  const byCode = Map.groupBy(
    listed.filter((box) => !nameless.includes(box)),
    (box) => inBoxes[box]?.[0],
  )
  const named = [...byCode.values()].flatMap((boxes) => [...boxes, ...nameless.splice(0, partsPerUnit - boxes.length)])
  return [...named, ...nameless]
}

function unitParts(parts: readonly number[], n: number, partsPerUnit: number): number[] {
  return parts.slice(n * partsPerUnit, (n + 1) * partsPerUnit)
}

function codesOf(boxes: readonly number[], inBoxes: readonly (readonly string[])[]): string[] {
  return [...new Set(boxes.flatMap((box) => inBoxes[box] ?? []))]
}

function wholeItem({ id, markingKind }: PackedLine, fullCount: number, codes: readonly string[]): BoxItem {
  return { id, fullCount, ...(codes.length > 0 && { instances: toInstances(codes, markingKind) }) }
}
