/** Text by nature, but written as bare numbers by some systems: their digits are kept as they stand. */
const TEXT_FIELDS = new Set([
  'id',
  'orderNumber',
  'sku',
  'series',
  'replacedBy',
  'weightGrams',
  'code',
  'documentNumber',
  'returnId',
])
/** An optional text that a 1C serialiser writes as "" when it has none. Codes are not among them: an empty code is a fault. */
const EMPTY_MEANS_ABSENT = new Set([
  'series',
  'expiresOn',
  'weightGrams',
  'replacedBy',
  'documentNumber',
  'comment',
  'at',
])

/**
 * JSON as the back office writes it. A byte order mark is skipped, `null` counts as left out, and identifiers given as
 * numbers become text with every digit (a float would round `12345678901234567890`). Throws SyntaxError like JSON.parse.
 */
export function parseWireJson(text: string): unknown {
  return parseWithSource(text.replace(/^\uFEFF/, ''), function (key, value, { source }) {
    const isField = !Array.isArray(this)
    if (isField && (value === null || (value === '' && EMPTY_MEANS_ABSENT.has(key)))) return undefined
    if (typeof value === 'number' && TEXT_FIELDS.has(key)) return source
    return value
  })
}

/** The reviver's third argument (ES2026, in Node since 21) is not in TypeScript's library yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (this: unknown, key: string, value: unknown, context: { source: string }) => unknown,
) => unknown
