/** What a run of requests came to. Milliseconds. */
export interface Latencies {
  count: number
  p50: number
  p99: number
  max: number
}

export function summarizeLatencies(values: readonly number[]): Latencies {
  const sorted = values.toSorted((a, b) => a - b)
  return { count: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: quantile(sorted, 1) }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
