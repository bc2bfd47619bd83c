import type { DeadLetterStatus } from '@sluice/ledger'
import type { PageFrame } from './layout.ts'

const REFRESH_SECONDS = 10

/** A number or text to search by: undefined when empty or nothing that could be stored. */
export function keyOf(text: string | undefined): string | undefined {
  const key = text?.trim() ?? ''
  return key === '' || key.length > 200 || key.includes('\0') ? undefined : key
}

/** Dead letters are numbered by the database. */
export function letterIdOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,18}$/.test(text) ? text : undefined
}

export function letterStatusOf(text: string | undefined): DeadLetterStatus {
  return text === 'replayed' || text === 'discarded' ? text : 'open'
}

/** On with `?refresh`, whatever it says; the interval is ours. */
export function refreshOf(text: string | undefined, path: string): { refresh?: NonNullable<PageFrame['refresh']> } {
  return text === undefined ? {} : { refresh: { seconds: REFRESH_SECONDS, url: `${path}?refresh=${REFRESH_SECONDS}` } }
}

/** One line of a form: without control characters, bounded. A file or a missing field is empty. */
export function lineOf(value: unknown, maxCharacters: number): string {
  if (typeof value !== 'string') return ''
  return value
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, maxCharacters)
}
