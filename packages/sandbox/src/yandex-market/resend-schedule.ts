import { DAY_MS, HOUR_MS, MINUTE_MS } from './market-time.ts'

/**
 * How long the Market waits before it sends a notification again (specification 2.6): every minute for the first hour, every
 * 15 minutes for the first day, then every hour. Milliseconds of its time, as is `waitedMs`, the sum of the waits so far.
 */
export function resendWaitMs(waitedMs: number): number {
  if (waitedMs < HOUR_MS) return MINUTE_MS
  return waitedMs < DAY_MS ? 15 * MINUTE_MS : HOUR_MS
}
