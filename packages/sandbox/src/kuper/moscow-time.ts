/** Moscow keeps UTC+3 all year; the specification's samples all carry this offset. */
const OFFSET_MS = 3 * 60 * 60 * 1000

/** `2025-06-02T10:15:31+03:00` */
export function formatMoscow(at: Date): string {
  return `${new Date(at.getTime() + OFFSET_MS).toISOString().slice(0, 19)}+03:00`
}

/** Reads `yyyy-MM-ddTHH:mm:ss` without offset as Moscow time; undefined for any other form. */
export function parseMoscow(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text)) return undefined
  const at = new Date(`${text}+03:00`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
