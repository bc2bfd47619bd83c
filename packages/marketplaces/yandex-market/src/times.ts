/** RFC 3339 UTC; undefined for no time or one outside of reason. Fractions beyond milliseconds are cut. */
export function toUtc(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const at = new Date(time)
  const year = at.getUTCFullYear()
  return year >= 2000 && year < 2200 ? at.toISOString() : undefined
}

/**
 * RFC 3339 UTC in whole seconds: notifications are finer than the API's answers, so that is how the two are compared. Texts of
 * this form sort by time.
 */
export function toWholeSeconds(time: string | undefined): string | undefined {
  const utc = toUtc(time)
  return utc && `${utc.slice(0, 19)}Z`
}
