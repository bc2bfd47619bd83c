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

/** Ends the process as a power cut would, when the test asked for this point. Does nothing otherwise. */
export function crashPoint(point: CrashPoint, what = ''): void {
  const asked = process.env.SLUICE_CRASH_AT
  if (asked !== undefined && (asked === point || asked === `${point}:${what}`)) process.kill(process.pid, 'SIGKILL')
}
