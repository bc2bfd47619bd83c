export interface WireJsonOptions {
  /** Text by nature. Numbers in these fields, also in a list that such a field holds, become text as they are written. */
  textFields?: ReadonlySet<string>
  /** Amounts. Numbers in these fields become decimal text: `1290.50` stays so, `1.0E7` becomes `10000000`. */
  decimalFields?: ReadonlySet<string>
  /** Fields in which `""` counts as left out. */
  emptyMeansAbsent?: ReadonlySet<string>
  /** `null` in any field counts as left out. */
  nullMeansAbsent?: boolean
  /**
   * Of all other values. 'safe' (default): a number that JavaScript would write differently (beyond 2^53, `58.00`) stays as
   * its own text; U+0000 and lone surrogates, which Postgres refuses in text and jsonb, are removed from strings.
   * 'plain': as JSON.parse does.
   */
  others?: 'safe' | 'plain'
}

/**
 * JSON as other systems write it: no digit of an id or an amount is lost, a byte order mark is skipped. Throws SyntaxError,
 * or RangeError when nested too deeply.
 */
export function parseWireJson(text: string, options?: WireJsonOptions): unknown {
  const json = text.replace(/^\uFEFF/, '')
  if (!options && json.length <= PLAIN_LENGTH && !SUSPICIOUS.test(json) && json.isWellFormed()) return JSON.parse(json)
  return parseWithSource(json, createReviver(options ?? {}))
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source: string }) => unknown

function createReviver(options: WireJsonOptions): Reviver {
  const { textFields, decimalFields, emptyMeansAbsent, nullMeansAbsent = false, others = 'safe' } = options
  /** Lists are visited before the field that holds them. */
  const listed = new Map<unknown, Map<string, string>>()
  const isNamed = (field: string) => textFields?.has(field) || decimalFields?.has(field)
  const toText = (field: string, source: string) => (textFields?.has(field) ? source : toDecimalText(source))

  return function (key, value, { source }) {
    const isField = !Array.isArray(this)
    if (isField && ((nullMeansAbsent && value === null) || (value === '' && emptyMeansAbsent?.has(key))))
      return undefined
    if (typeof value === 'number') {
      if (isField && isNamed(key)) return toText(key, source)
      if (!isField) listed.set(this, (listed.get(this) ?? new Map<string, string>()).set(key, source))
      return others === 'plain' || String(value) === source ? value : source
    }
    if (isField && Array.isArray(value) && isNamed(key)) {
      const sources = listed.get(value)
      return value.map((item: unknown, index) => {
        const itemSource = sources?.get(`${index}`)
        return itemSource === undefined ? item : toText(key, itemSource)
      })
    }
    if (typeof value === 'string' && others === 'safe') return value.replaceAll('\u0000', '').toWellFormed()
    return value
  }
}

/** The reviver's third argument (ES2026, in Node since 21) is not in TypeScript's library yet. */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown

/** Looking at every value costs three times the parsing. A text in which this finds nothing has no value to change. */
const SUSPICIOUS = new RegExp(
  [
    // An escaped U+0000 or surrogate.
    String.raw`\\u(?:0000|d[89a-f])`,
    // A number of 16 digits or more (up to 15 are always exact), with an exponent, a sign before zero, a zero at the end
    // of its fraction, or so small that JavaScript writes it with an exponent. Within a string it is a false alarm.
    String.raw`(?:^|[[:,\s])-?(?:[\d.]{16}|[\d.]+e|0\.000000|\d+\.\d*0(?=[\s,\]}]|$))`,
    String.raw`(?:^|[[:,\s])-0`,
  ].join('|'),
  'i',
)

/** Longer texts may be nested too deeply, which only the reviver notices. */
const PLAIN_LENGTH = 20_000

/** Beyond it nobody means an amount; `1e999999999` would fill the memory. */
const MAX_SHIFT = 30

/** Without exponent, digit for digit (Java writes ten millions as `1.0E7`). What is out of all bounds stays as it is. */
function toDecimalText(source: string): string {
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]?\d+)$/i.exec(source) ?? []
  const shift = Number(exponent)
  if (sign === undefined || whole === undefined || !(Math.abs(shift) <= MAX_SHIFT)) return source
  const padded = `${'0'.repeat(MAX_SHIFT)}${whole}${fraction}${'0'.repeat(MAX_SHIFT)}`
  const point = MAX_SHIFT + whole.length + shift
  const after = padded.slice(point, Math.max(point, padded.length - MAX_SHIFT))
  return `${sign}${padded.slice(0, point).replace(/^0+(?=\d)/, '')}${after && `.${after}`}`
}
