/** `"58.00"` -> 5800. Throws on anything but a plain decimal of at most two places. */
export function parseKopecks(text: string): number {
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text)
  if (match === null) throw new Error(`not an amount in roubles: ${text}`)
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
}

/** 5800 -> `"58.00"`. */
export function formatKopecks(kopecks: number): string {
  return `${Math.floor(kopecks / 100)}.${String(kopecks % 100).padStart(2, '0')}`
}

/** Kopecks x part / whole, half up. Parts are decimals (packs, grams) of at most six places. */
export function shareOf(kopecks: number, part: number, whole: number): number {
  const wholeMicro = micro(whole)
  if (wholeMicro === 0n) return 0
  return Number((BigInt(kopecks) * micro(part) * 2n + wholeMicro) / (wholeMicro * 2n))
}

/** Floor of units x part / whole: how many whole units a weight makes. */
export function wholeUnits(units: number, part: number, whole: number): number {
  const wholeMicro = micro(whole)
  return wholeMicro === 0n ? 0 : Number((micro(units) * micro(part)) / (wholeMicro * 1_000_000n))
}

function micro(value: number): bigint {
  return BigInt(Math.round(value * 1_000_000))
}
