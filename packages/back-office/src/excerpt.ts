const MAX_BYTES = 2_048
const MASK = '***'
/** Whoever and whatever these name, every text in them is personal or opens a door. */
const PERSONAL_FIELDS = new Set(['customer', 'courier', 'address', 'phone', 'comment', 'code', 'markingCodes'])
const PHONE_LIKE = /\+?\d[\d ()-]{8,}\d/g
/** Russian without the plus; longer numbers, and such with a letter or dash before them, are articles and orders. */
const MOBILE_LIKE = /(?<![\w-])[78][ (-]*9\d\d[ )-]*\d{3}[ -]?\d\d[ -]?\d\d(?!\w)/g

/** A body for the attempts table: personal data, pickup and marking codes masked, at most 2 KiB of UTF-8. */
export function excerptOf(body: unknown): string {
  if (body === undefined) return ''
  return cut(
    typeof body === 'string' ? maskText(body.replace(PHONE_LIKE, MASK)) : (JSON.stringify(mask(body, '')) ?? ''),
  )
}

/** Much more than is ever kept. Beyond it a megabyte without a space would keep the patterns busy for minutes. */
const MAX_MASKED = 8_192

/**
 * A sentence of theirs: telephone numbers, mail addresses and tokens masked; what is beyond 8192 characters is dropped. Dates
 * and articles stay.
 */
export function maskText(text: string): string {
  return text
    .slice(0, MAX_MASKED)
    .replace(/\+\d[\d ()-]{8,}\d/g, MASK)
    .replace(MOBILE_LIKE, MASK)
    .replace(/[^\s@"]{1,64}@[^\s@"]{1,255}\.\w+/g, MASK)
    .replace(/\b(bearer|basic)\s+[^\s",;]+/gi, `$1 ${MASK}`)
    .replace(/\beyJ[\w-]+\.[\w.-]+/g, MASK)
}

function mask(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((item) => mask(item, field))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        mask(
          child,
          PERSONAL_FIELDS.has(field) ? field : PERSONAL_FIELDS.has(key) && !isErrorCode(key, child) ? key : '',
        ),
      ]),
    )
  }
  if (PERSONAL_FIELDS.has(field) && value !== null) return MASK
  return typeof value === 'string' ? maskText(value) : value
}

/** `short`, `already_used`: in answers `code` is a word, not a pickup code. */
function isErrorCode(key: string, value: unknown): boolean {
  return key === 'code' && (value === 'short' || value === 'already_used')
}

function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_BYTES) return text
  // A character cut in half becomes U+FFFD at the end.
  return `${bytes
    .subarray(0, MAX_BYTES - 3)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}…`
}
