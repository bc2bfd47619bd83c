/** Ids are text inside and whole numbers of 64 bits on the wire: no digit gets lost on the way. */

const { rawJSON } = JSON as typeof JSON & { rawJSON: (text: string) => unknown }
type Reviver = (key: string, value: unknown, context: { source: string }) => unknown

/** Whole numbers that a double cannot hold become a bigint. Throws a SyntaxError. */
export function parseJson(text: string): unknown {
  const keepDigits: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown)
}

/** For `JSON.stringify`: the id as a number with all of its digits. */
export function int64(id: string): number {
  // Only written out, never calculated with.
  return Number.isSafeInteger(Number(id)) ? Number(id) : (rawJSON(id) as number)
}
