export type Counts = Record<string, number>

export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Counts {
  const counts: Counts = {}
  for (const item of items) addTo(counts, keyOf(item))
  return counts
}

/** Counts one more, and returns the same counts. */
export function addTo(counts: Counts, key: string): Counts {
  counts[key] = (counts[key] ?? 0) + 1
  return counts
}

/** Of a list in any order, nearest rank; null when it is empty. */
export function percentile(values: readonly number[], share: number): number | null {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? null
}
