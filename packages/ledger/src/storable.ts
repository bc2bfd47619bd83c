/**
 * Postgres takes neither U+0000 nor lone surrogates. Each becomes U+FFFD: the text keeps its length and shows that
 * something was there. Everything else, U+001D of marking codes included, is kept as it is.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed()
}

/** JSON that Postgres takes as jsonb. Pass it as text and cast once: `${storableJson(value)}::text::jsonb`. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  // JSON.stringify escapes both, and hardly anything has them: only then walk through the value.
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text
  return JSON.stringify(storable(value))
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), storable(item)]))
}
