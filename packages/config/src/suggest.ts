/** ` Did you mean "numberPrefix"?` for a slip of the pen, otherwise the words there are. */
export function suggest(word: string, known: readonly string[]): string {
  const [closest] = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (closest === undefined) return ''
  const isSlip = closest.distance <= Math.max(2, Math.ceil(word.length / 3))
  return isSlip ? ` Did you mean "${closest.candidate}"?` : ` Known here: ${known.join(', ')}.`
}

/** Letters to add, drop or change (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
