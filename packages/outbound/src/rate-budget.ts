import type { Redis } from 'ioredis'
import { answerWithin } from './answer-within.ts'

/** How many calls all processes together may make to one destination. */
export interface RateBudget {
  /** 0: the call may be made now and is counted. Else milliseconds until it is worth asking again; nothing is counted. */
  take(): Promise<number>
}

export interface RateBudgetOptions {
  /** Names the destination; processes with the same key share the budget. */
  key: string
  perSecond: number
  /** Calls that may be made at once after a pause. */
  burst: number
  /** Told each time Redis does not answer and the call is let through uncounted. */
  onUnavailable?: () => void
}

const REDIS_TIMEOUT_MS = 300
/** Nobody is sent away for longer; when more wait than fit into it, their times are dealt out from its start again. */
const MAX_WAIT_MS = 30_000

/**
 * Generic cell rate algorithm on Redis' own clock. Those turned away are given different times, one interval apart: with
 * the same wait for all, a thousand waiting jobs would come back together five times a second.
 *
 * Redis away: calls go out uncounted (the destination's own 429 is the second line). Redis emptied: a full burst is
 * allowed at once. A process dying after `take` has used up one call for nothing.
 */
export function createRateBudget(redis: Redis, options: RateBudgetOptions): RateBudget {
  const key = `{sluice}:rate:${options.key}`
  const intervalUs = Math.ceil(1_000_000 / options.perSecond)
  const toleranceUs = intervalUs * Math.max(0, options.burst - 1)
  return {
    async take() {
      const waitMs = await answerWithin(
        REDIS_TIMEOUT_MS,
        redis.eval(GCRA, 1, key, intervalUs, toleranceUs, MAX_WAIT_MS * 1000),
      )
      if (typeof waitMs !== 'number') {
        options.onUnavailable?.()
        return 0
      }
      return waitMs
    },
  }
}

/**
 * `tat`: theoretical arrival time of the next call, µs. `told`: the last time named to a caller who was turned away.
 * Returns milliseconds to wait, 0 = allowed.
 */
const GCRA = `
local interval, tolerance, max_wait = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = redis.call('HMGET', KEYS[1], 'tat', 'told')
local tat = math.max(tonumber(stored[1]) or now, now)
local told = tonumber(stored[2]) or 0
local wait = 0
if tat - tolerance <= now then
  tat = tat + interval
else
  told = math.max(told + interval, tat - tolerance)
  if told > now + max_wait then told = math.min(tat - tolerance, now + max_wait) end
  wait = told - now
end
redis.call('HSET', KEYS[1], 'tat', string.format('%.0f', tat), 'told', string.format('%.0f', told))
redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(tat, told) - now + tolerance) / 1000) + 1000)
return math.ceil(wait / 1000)
`
