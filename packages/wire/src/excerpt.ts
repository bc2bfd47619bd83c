/** What is personal or opens a door in the bodies of one party. */
export interface PersonalFields {
  /** In any case of letters. Whatever such a field holds is masked, to its last leaf. */
  names: readonly string[]
  /** A `code` may be an error's and not a customer's. */
  isHarmless?: (field: string, value: unknown) => boolean
}

const MAX_BYTES = 2_048
const MASK = '***'

/** A body for the attempts table: `maskBody`, at most 2 KiB of UTF-8. */
export function excerptOf(body: unknown, personal: PersonalFields): string {
  return bounded(maskBody(body, personal))
}

/** Personal fields masked, and phones, mail addresses and tokens wherever they stand. Not bounded, see `bounded`. */
export function maskBody(body: unknown, { names, isHarmless = () => false }: PersonalFields): string {
  if (body === undefined) return ''
  if (typeof body === 'string') return maskText(body)
  const personal = new Set(names.map((name) => name.toLowerCase()))
  const isPersonal = (field: string, value: unknown) => personal.has(field.toLowerCase()) && !isHarmless(field, value)
  return JSON.stringify(mask(body, false, isPersonal)) ?? ''
}

/** Much more than is ever kept. Beyond it a megabyte without a space would keep the patterns busy for minutes. */
const MAX_MASKED = 8_192

/**
 * Free text from outside: phones, mail addresses and tokens masked; what is beyond 8192 characters is dropped. Dates and
 * articles stay.
 */
export function maskText(text: string): string {
  return (
    text
      .slice(0, MAX_MASKED)
      .replace(/\+\d[\d ()-]{8,}\d/g, MASK)
      // Russian without the plus; longer numbers, and such with a letter or dash before them, are articles and orders.
      .replace(/(?<![\w-])[78][ (-]*9\d\d[ )-]*\d{3}[ -]?\d\d[ -]?\d\d(?!\w)/g, MASK)
      .replace(/[^\s@"]{1,64}@[^\s@"]{1,255}\.\w+/g, MASK)
      // Up to the comma after it, not up to one within.
      .replace(/\b(bearer|basic)\s+[^\s"]*[^\s",;]/gi, `$1 ${MASK}`)
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

function mask(value: unknown, isWithin: boolean, isPersonal: (field: string, value: unknown) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => mask(item, isWithin, isPersonal))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([field, child]) => [
        field,
        mask(child, isWithin || isPersonal(field, child), isPersonal),
      ]),
    )
  }
  if (isWithin && value !== null) return MASK
  return typeof value === 'string' ? maskText(value) : value
}
