/** One page of a list, and the token of the next; undefined: the token means nothing. */
export function pageOf<T>(
  items: readonly T[],
  { limit, pageToken }: { limit: number; pageToken?: string | undefined },
): { items: T[]; paging: { nextPageToken?: string } } | undefined {
  const start = pageToken === undefined ? 0 : readToken(pageToken)
  if (start === undefined) return undefined
  const end = start + limit
  return {
    items: items.slice(start, end),
    paging: end < items.length ? { nextPageToken: writeToken(end) } : {},
  }
}

const PREFIX = 'from:'

function writeToken(start: number): string {
  return Buffer.from(`${PREFIX}${start}`).toString('base64url')
}

function readToken(token: string): number | undefined {
  const text = Buffer.from(token, 'base64url').toString()
  const start = Number(text.slice(PREFIX.length))
  return text.startsWith(PREFIX) && Number.isInteger(start) && start > 0 ? start : undefined
}
