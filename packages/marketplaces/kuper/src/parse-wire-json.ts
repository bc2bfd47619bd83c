/**
 * JSON as Kuper writes it, made safe to keep:
 * - a number that JavaScript would write differently (beyond 2^53, `58.00`) stays as its own text, digit for digit;
 * - U+0000 and lone surrogates, which Postgres refuses in text and jsonb, are removed from strings.
 * Throws SyntaxError, or RangeError when nested too deeply.
 */
export function parseWireJson(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '')
  if (json.length <= PLAIN_LENGTH && !SUSPICIOUS.test(json) && json.isWellFormed()) return JSON.parse(json)
  return parseWithSource(json, (_key, value, { source }) => {
    if (typeof value === 'number') return String(value) === source ? value : source
    return typeof value === 'string' ? value.replaceAll('\u0000', '').toWellFormed() : value
  })
}

/** The reviver's third argument (ES2026, in Node since 21) is not in TypeScript's library yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source: string }) => unknown,
) => unknown

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
