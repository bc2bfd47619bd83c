const MAX_BYTES = 2_048
const MASK = '***'
/** Everything below these is personal or opens a door. A numeric `code` is an error's, not a customer's. */
const PERSONAL_FIELDS =
  /^(customer|courier|address|bonusCard|name|phone|email|comment|description|code|handoutCode|markingCode)$/i

/** A body for the attempts table: personal data, pickup and marking codes masked. Not bounded, see `bounded`. */
export function maskBody(body: unknown): string {
  if (body === undefined) return ''
  return typeof body === 'string' ? maskText(body) : (JSON.stringify(mask(body, false)) ?? '')
}

/** Much more than is ever kept. Beyond it a megabyte without a space would keep the patterns busy for minutes. */
const MAX_MASKED = 8_192

/** Free text from outside: phones, mail addresses and tokens masked; what is beyond 8192 characters is dropped. */
export function maskText(text: string): string {
  return (
    text
      .slice(0, MAX_MASKED)
      .replace(/\+\d[\d ()-]{8,}\d/g, MASK)
      // Russian without the plus; longer numbers, and such with a letter or dash before them, are articles and orders.
      .replace(/(?<![\w-])[78][ (-]*9\d\d[ )-]*\d{3}[ -]?\d\d[ -]?\d\d(?!\w)/g, MASK)
      .replace(/[^\s@"]{1,64}@[^\s@"]{1,255}\.\w+/g, MASK)
      .replace(/\b(bearer|basic)\s+[^\s"]+/gi, `$1 ${MASK}`)
      .replace(/\beyJ[\w-]+\.[\w.-]+/g, MASK)
  )
}

/** At most 2 KiB of UTF-8. */
export function bounded(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_BYTES) return text
  // A character cut in half becomes U+FFFD at the end.
  const head = bytes.subarray(0, MAX_BYTES - 3).toString('utf8')
  return `${head.replace(/\uFFFD$/, '')}…`
}

function mask(value: unknown, isPersonal: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => mask(item, isPersonal))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        mask(child, isPersonal || (PERSONAL_FIELDS.test(key) && !(key === 'code' && typeof child === 'number'))),
      ]),
    )
  }
  if (isPersonal && value !== null) return MASK
  return typeof value === 'string' ? maskText(value) : value
}
