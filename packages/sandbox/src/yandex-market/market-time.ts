const MOSCOW_OFFSET_MS = 3 * 60 * 60 * 1000

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** As the Partner API writes it: whole seconds, Moscow's offset. */
export function formatApiTime(at: Date): string {
  return `${inMoscow(at).slice(0, 19)}+03:00`
}

/** As the old answers write it: `dd-MM-yyyy HH:mm:ss`, no offset. */
export function formatOldTime(at: Date): string {
  return `${formatOldDate(formatDate(at))} ${inMoscow(at).slice(11, 19)}`
}

/** `YYYY-MM-DD` in Moscow. */
export function formatDate(at: Date): string {
  return inMoscow(at).slice(0, 10)
}

/** `dd-MM-yyyy` of `YYYY-MM-DD`. */
export function formatOldDate(date: string): string {
  return date.split('-').toReversed().join('-')
}

/** As notifications write it: mostly milliseconds in UTC, sometimes finer or with another offset. */
export function formatNotificationTime(at: Date, style: 'utc' | 'nanoseconds' | 'moscow' = 'utc'): string {
  switch (style) {
    case 'utc':
      return at.toISOString()
    case 'nanoseconds':
      return at.toISOString().replace('Z', '759084Z')
    case 'moscow':
      return inMoscow(at).replace('Z', '+03:00')
  }
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** Whole days from one `YYYY-MM-DD` to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS)
}

function inMoscow(at: Date): string {
  return new Date(at.getTime() + MOSCOW_OFFSET_MS).toISOString()
}
