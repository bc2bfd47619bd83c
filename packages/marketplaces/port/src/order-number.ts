import { createHash } from 'node:crypto'

const MAX_LENGTH = 64
const READABLE_LENGTH = 24

/**
 * The merchant's number of an order: `KU-` and `H1234567890` make `KU-H1234567890`. Pure, so that a marketplace that announces
 * an order again is answered with the same number. Safe in addresses, headers and file names.
 *
 * An id that is too long or has other characters than letters, digits, `-` and `_` becomes its readable beginning, a dot
 * and 128 bits of its hash; a plain number never has a dot, so the two never meet. Two accounts do not meet as long as no
 * prefix begins with another.
 */
export function orderNumber(prefix: string, externalId: string): string {
  if (/^[\w-]+$/.test(externalId) && prefix.length + externalId.length <= MAX_LENGTH) return `${prefix}${externalId}`
  const readable = externalId.replace(/[^\w-]+/g, '_').slice(0, READABLE_LENGTH)
  const hash = createHash('sha256').update(externalId, 'utf8').digest('hex').slice(0, 32)
  return `${prefix}${readable}.${hash}`
}
