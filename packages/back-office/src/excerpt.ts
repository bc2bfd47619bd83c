const MAX_BYTES = 2_048
const MASK = '***'
/** Whoever and whatever these name, every text in them is personal or opens a door. */
const PERSONAL_FIELDS = new Set(['customer', 'courier', 'address', 'phone', 'comment', 'code', 'markingCodes'])
const PHONE_LIKE = /\+?\d[\d ()-]{8,}\d/g

/** A body for the attempts table: personal data, pickup and marking codes masked, at most 2 KiB of UTF-8. */
export function excerptOf(body: unknown): string {
  if (body === undefined) return ''
  return cut(typeof body === 'string' ? body.replace(PHONE_LIKE, MASK) : (JSON.stringify(mask(body, '')) ?? ''))
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
  return PERSONAL_FIELDS.has(field) && value !== null ? MASK : value
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
