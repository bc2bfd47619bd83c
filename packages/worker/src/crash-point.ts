import { writeSync } from 'node:fs'

/**
 * Every place between two writes of a worker. What is written before such a place has an answer for a process that dies
 * there; test/faults kills a process at each of them (`SLUICE_CRASH_AT`) and checks that nothing is lost or doubled.
 */
export const CRASH_POINTS = [
  'event:before-record',
  'event:after-record',
  'event:after-enqueue',
  'effect:after-claim',
  'effect:after-perform',
  'effect:after-settle',
  'effect:after-enqueue',
] as const

export type CrashPoint = (typeof CRASH_POINTS)[number]

/**
 * Ends the process as a power cut would, when the test asked for this place; does nothing otherwise. `SLUICE_CRASH_AT` is a
 * list, split at commas, of `<point>`, `<point>:<what>` or `<point>:<what>@<order number>`; the one that was hit is the last
 * line on stderr.
 */
export function crashPoint(point: CrashPoint, what: string, orderNumber = ''): void {
  const asked = process.env.SLUICE_CRASH_AT
  if (!asked) return
  const names = [point, `${point}:${what}`, `${point}:${what}@${orderNumber}`]
  const hit = asked.split(',').find((one) => names.includes(one))
  if (hit === undefined) return
  writeSync(2, `crash point ${hit}\n`)
  process.kill(process.pid, 'SIGKILL')
}
