/** What was just announced may not be shown everywhere yet (specification 3.7: "read too early"). */
export const NOT_YET_MS = 5 * 60_000

/** Announced so recently that its absence proves nothing; `announcedAt`: RFC 3339, of the Market's clock. */
export function isFresh(announcedAt: string | undefined, nowMs: number): boolean {
  return announcedAt === undefined || nowMs - Date.parse(announcedAt) < NOT_YET_MS
}
