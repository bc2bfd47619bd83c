import type { BoxItem, MarketLine } from './order.ts'

export interface LayoutCheck {
  /** Units of each line that are left, by line id. */
  counts: Map<string, number>
  /** Codes of each line, by line id. */
  instances: Map<string, NonNullable<BoxItem['instances']>>
  /** Why the layout is refused; empty when it fits. */
  violations: string[]
  /** Goods that must stay in the order, and that the layout leaves out. */
  exclusions: string[]
}

/** Whether goods and codes in boxes fit the order (specification 3.6). Pure. */
export function checkBoxes(
  lines: readonly MarketLine[],
  boxes: readonly { items: readonly BoxItem[] }[],
  allowRemove: boolean,
): LayoutCheck {
  const violations: string[] = []
  const counts = new Map<string, number>()
  const instances = new Map<string, NonNullable<BoxItem['instances']>>()
  const parts = new Map<string, { current: number; total: number; item: BoxItem }[]>()

  for (const { items } of boxes) {
    if (items.length > 1 && items.some(({ partialCount }) => partialCount)) {
      violations.push('a box holds whole goods or one part of one item')
    }
    for (const item of items) {
      const line = lines.find(({ id, count }) => id === item.id && count > 0)
      if (line === undefined) {
        violations.push(`item ${item.id} is not in the order`)
        continue
      }
      if ((item.fullCount === undefined) === (item.partialCount === undefined)) {
        violations.push(`item ${item.id} needs either fullCount or partialCount`)
      } else if (item.partialCount) {
        parts.set(item.id, [...(parts.get(item.id) ?? []), { ...item.partialCount, item }])
      } else {
        add(counts, item.id, item.fullCount ?? 0)
        addCodes(item, item.fullCount ?? 0)
      }
    }
  }
  for (const [id, given] of parts) {
    const total = given[0]?.total ?? 1
    const seen = Array.from({ length: total }, (_, n) => given.filter(({ current }) => current === n + 1).length)
    const units = seen[0] ?? 0
    if (given.some((part) => part.total !== total || part.current > total) || seen.some((n) => n !== units)) {
      violations.push(`parts of item ${id} do not add up`)
    }
    add(counts, id, units)
    // Every part repeats the code of its unit.
    for (const { item } of given.filter(({ current }) => current === 1)) addCodes(item, 1)
  }

  function addCodes(item: BoxItem, units: number): void {
    if (item.instances === undefined) return
    if (item.instances.length !== units) violations.push(`item ${item.id} needs a code per unit`)
    instances.set(item.id, [...(instances.get(item.id) ?? []), ...item.instances])
  }

  const left = new Map(lines.map(({ id }) => [id, counts.get(id) ?? 0]))
  if (!allowRemove) {
    for (const { id, count } of lines) {
      if ((left.get(id) ?? 0) < count) violations.push(`item ${id} is left out, and allowRemove is not set`)
    }
  }
  violations.push(...findAdditions(lines, left))
  return { counts: left, instances, violations, exclusions: findExclusions(lines, left) }
}

/** Goods can never be added. */
export function findAdditions(lines: readonly MarketLine[], left: ReadonlyMap<string, number>): string[] {
  return lines.flatMap(({ id, count }) => {
    const wanted = left.get(id) ?? 0
    return wanted > count ? `item ${id}: ${wanted} instead of ${count}, goods cannot be added` : []
  })
}

/** Three sorts of goods cannot be taken out, not even in part (specification 3.6). */
export function findExclusions(lines: readonly MarketLine[], left: ReadonlyMap<string, number>): string[] {
  const present = lines.filter(({ count }) => count > 0)
  const total = present.reduce((sum, { price, count }) => sum + price * count, 0)
  return present.flatMap((line) => {
    if ((left.get(line.id) ?? 0) >= line.count) return []
    if (present.length === 1) return `item ${line.id} is the only item of the order`
    if (line.isPromo) return `item ${line.id} is part of a promotion`
    if (line.price * line.count >= 0.99 * total) return `item ${line.id} is 99% of the order`
    return []
  })
}

function add(counts: Map<string, number>, id: string, units: number): void {
  counts.set(id, (counts.get(id) ?? 0) + units)
}
