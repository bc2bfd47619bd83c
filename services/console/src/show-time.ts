import { html } from 'hono/html'
import type { Html } from './layout.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `3 min ago`, `in 2 h`; the exact time is in the title. */
export function showAge(at: Date | string, now: Date): Html {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return html`${String(at)}`
  return html`<time datetime="${time.toISOString()}" title="${exactTime(time)} UTC">${ageOf(time, now)}</time>`
}

/** `22 Nov 03:15:52 (3 min ago)` */
export function showTime(at: Date | string, now: Date): Html {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return html`${String(at)}`
  return html`${showInstant(at)} <span class="quiet">(${ageOf(time, now)})</span>`
}

/** `22 Nov 03:15:52`; what is no time is shown as it is. */
export function showInstant(at: Date | string): Html {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return html`${String(at)}`
  return html`<time datetime="${time.toISOString()}">${exactTime(time)}</time>`
}

/** `22 Nov 10:00 +03:00`: somebody meant a time of day, so it stays where it was written; what is no time is shown as it is. */
export function showAsWritten(at: string): Html {
  const [, month, day, clock, offset] = /^\d{4}-(\d\d)-(\d\d)T(\d\d:\d\d)[\d:.]*(Z|[+-]\d\d:?\d\d)$/.exec(at) ?? []
  if (offset === undefined) return html`${at}`
  const written = `${Number(day)} ${MONTHS[Number(month) - 1]} ${clock} ${offset === 'Z' ? 'UTC' : offset}`
  return html`<time datetime="${at}">${written}</time>`
}

/** `22 Nov 2026` */
export function showDay(time: Date): string {
  return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`
}

/** `03:15:52.120`; several things happen to an order within a second. */
export function showClock(at: string): Html {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return html`${at}`
  return html`<time datetime="${time.toISOString()}">${time.toISOString().slice(11, 23)}</time>`
}

/** `840 ms`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function showDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}

function ageOf(time: Date, now: Date): string {
  const ms = now.getTime() - time.getTime()
  if (Math.abs(ms) < 1_000) return 'just now'
  return ms > 0 ? `${showDuration(ms)} ago` : `in ${showDuration(-ms)}`
}

function exactTime(time: Date): string {
  return `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.toISOString().slice(11, 19)}`
}
