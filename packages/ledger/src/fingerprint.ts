import { createHash } from 'node:crypto'

/**
 * Equal for dead letters that died of the same cause: what was done, whose fault it was, and the error without what differs
 * from case to case (ids, numbers, quoted values).
 */
export function fingerprintOf(kind: string, fault: string, error: string): string {
  const normalised = error
    .toLowerCase()
    .replace(/"[^"]*"|'[^']*'|«[^»]*»/g, '?')
    .replace(/\S*\d\S*/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
  return createHash('sha256').update(`${kind}|${fault}|${normalised}`).digest('hex').slice(0, 16)
}
