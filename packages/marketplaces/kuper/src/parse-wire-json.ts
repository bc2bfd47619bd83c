/**
 * JSON as Kuper writes it, made safe to keep:
 * - a number that JavaScript would write differently (beyond 2^53, `58.00`) stays as its own text, digit for digit;
 * - U+0000 and lone surrogates, which Postgres refuses in text and jsonb, are removed from strings.
 * Throws SyntaxError, or RangeError when nested too deeply.
 */
export function parseWireJson(text: string): unknown {
  return parseWithSource(text.replace(/^\uFEFF/, ''), (_key, value, { source }) => {
    if (typeof value === 'number') return String(value) === source ? value : source
    return typeof value === 'string' ? value.replaceAll('\u0000', '').toWellFormed() : value
  })
}

/** The reviver's third argument (ES2026, in Node since 21) is not in TypeScript's library yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source: string }) => unknown,
) => unknown
