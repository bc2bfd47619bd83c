import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { answerWithin } from './answer-within.ts'

/**
 * 1 is the most urgent. 1 to 3 may use everything; 4 and 5 leave one slot and a tenth of the hour to them; 6 leaves one slot
 * and a quarter of the hour.
 */
export type CallPriority = 1 | 2 | 3 | 4 | 5 | 6

export interface CallAsk {
  /** Whom the destination counts: a cabinet, a store. */
  entity: string
  /** What it counts by the hour: a method. */
  resource: string
  perHour: number
  /** Default 1; the number of elements where the destination counts those. A whole number. */
  cost?: number
  priority: CallPriority
}

/** What became of a granted call. */
export interface CallSeen {
  /** Told by the answer: what is left for the resource, until then (epoch milliseconds, the destination's clock). */
  remaining?: number | undefined
  untilMs?: number | undefined
  /** The call has certainly not reached the destination: it is not counted. */
  isUnsent?: boolean
}

/** 'granted': call `release` when the call is over, also when it failed; it never throws. */
export type CallGrant =
  | { kind: 'granted'; release(seen?: CallSeen): Promise<void> }
  /** Nothing is counted; ask again after `waitMs`. */
  | { kind: 'wait'; waitMs: number; cause: 'parallel' | 'hourly' | 'blocked' }

/** What all processes together may ask of a destination that limits calls at a time and calls by the hour. */
export interface CallBudget {
  /** Throws a RangeError for a call that costs more than its priority may ever use. */
  take(ask: CallAsk): Promise<CallGrant>
  /** The destination refuses this resource until then (epoch milliseconds): nobody asks it before, for a second at least. */
  block(entity: string, resource: string, untilMs: number): Promise<void>
}

export interface CallBudgetOptions {
  /** Names the destination; processes with the same key share the budget. */
  key: string
  /** Calls at a time for each entity. */
  parallel: number
  /** How long a call holds its slot when nobody releases it. Longer than any call may take. */
  leaseMs: number
  /** Told each time Redis does not answer and the call is let through uncounted. */
  onUnavailable?: () => void
}

const REDIS_TIMEOUT_MS = 300

/**
 * Slots are leases in a sorted set. The hour slides: calls are counted by the minute, and a minute counts until an hour and
 * one lease after its end. So whichever hour the destination looks at, and however long calls were on their way, it never
 * sees more than `perHour`; the price is that a call's share comes back up to a minute and a lease late. What answers tell
 * is a second limit, good until the told time: it can only lower what is left.
 *
 * Those turned away are given different times, in one line for each entity and priority (slots) or resource and priority
 * (hour), so that a thousand waiting jobs neither come back together nor stand before a more urgent one.
 *
 * - A process dies after `take`: its slot is free after `leaseMs`, its call stays counted.
 * - A call outlives its lease: another one may run beside it; a late `release` touches nobody's slot but its own.
 * - The answer to `take` is lost with the connection: ioredis asks again with the same lease, which is granted and counted
 *   once. When Redis answers too late, the call goes out, and its `release` frees the slot it was given meanwhile.
 * - `release` is lost: as if the process had died.
 * - Redis away: calls go out uncounted, blocks are forgotten (the destination's own 420 is the second line). Redis emptied:
 *   a full hour is allowed at once, until the first answer tells what is left.
 */
export function createCallBudget(redis: Redis, options: CallBudgetOptions): CallBudget {
  const { parallel, leaseMs } = options
  const keyOf = (...names: string[]) => ['{sluice}:calls', options.key, ...names].join(':')
  const slotsKey = (entity: string) => keyOf('slots', entity)
  const hourKey = (entity: string, resource: string) => keyOf('hour', entity, resource)

  return {
    async take({ entity, resource, perHour, cost = 1, priority }) {
      const reserved = reservedOf(priority, parallel, perHour)
      if (!Number.isInteger(cost) || cost < 1 || !(cost <= perHour - reserved.calls)) {
        throw new RangeError(`take ${resource}: a call that costs ${cost} can never be granted`)
      }
      const slots = slotsKey(entity)
      const hour = hourKey(entity, resource)
      // `release` reads cost and resource of the calls under way from the names of their leases.
      const lease = `${cost} ${randomUUID()} ${resource}`
      const bounds = [parallel - reserved.slots, cost, perHour, reserved.calls, priority]
      const answer = (await answerWithin(
        REDIS_TIMEOUT_MS,
        redis.eval(TAKE, 3, slots, hour, keyOf('turns', entity), lease, leaseMs, ...bounds),
      )) as ['granted' | 'parallel' | 'hourly' | 'blocked', number] | undefined
      if (!answer) options.onUnavailable?.()
      else if (answer[0] !== 'granted') return { kind: 'wait', cause: answer[0], waitMs: answer[1] }
      const minute = answer?.[1] ?? 0
      return {
        kind: 'granted',
        async release({ remaining = Number.NaN, untilMs = Number.NaN, isUnsent = false } = {}) {
          const isTold = Number.isFinite(remaining) && Number.isFinite(untilMs)
          const told = isTold ? [Math.max(0, Math.floor(remaining)), Math.floor(untilMs)] : [0, 0]
          await answerWithin(
            REDIS_TIMEOUT_MS,
            redis.eval(RELEASE, 2, slots, hour, lease, cost, minute, isUnsent ? 1 : 0, ...told),
          )
        },
      }
    },
    async block(entity, resource, untilMs) {
      const until = Number.isFinite(untilMs) ? Math.ceil(untilMs) : 0
      await answerWithin(REDIS_TIMEOUT_MS, redis.eval(BLOCK, 1, hourKey(entity, resource), until))
    },
  }
}

function reservedOf(priority: CallPriority, parallel: number, perHour: number): { slots: number; calls: number } {
  if (priority <= 3) return { slots: 0, calls: 0 }
  // The only slot is everybody's.
  return { slots: parallel > 1 ? 1 : 0, calls: Math.floor(perHour / (priority === 6 ? 4 : 10)) }
}

/**
 * Hash of a resource's hour: a field for each minute since 1970 with what was taken in it; `blocked` (until); `told` (left)
 * and `told_until`. Times are milliseconds of Redis' own clock. A told time counts for a day at most, a nonsense one must not
 * silence a resource for good. Clocks differ: without the second that a block lasts, one that is ahead would make a loop.
 */
const SHARED = `
local DAY, HOUR, MINUTE, SECOND, GAP = 86400000, 3600000, 60000, 1000, 50
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function keep(key, ms) redis.call('PEXPIRE', key, math.max(math.ceil(ms), redis.call('PTTL', key))) end
`

/** Returns ['granted', minute] or [cause, milliseconds to wait]. */
const TAKE = `${SHARED}
local slots, hour, turns = KEYS[1], KEYS[2], KEYS[3]
local lease, lease_ms, usable_slots = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local cost, per_hour, reserved, priority = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local this_minute = math.floor(now / MINUTE)

redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
if redis.call('ZSCORE', slots, lease) then return {'granted', this_minute} end

local function free_again(minute) return (minute + 1) * MINUTE + HOUR + lease_ms end
local state, minutes, taken, used = {}, {}, {}, 0
local stored = redis.call('HGETALL', hour)
for i = 1, #stored, 2 do
  local field, value = stored[i], tonumber(stored[i + 1])
  local minute = tonumber(field)
  if not minute then
    state[field] = value
  elseif free_again(minute) <= now then
    redis.call('HDEL', hour, field)
  else
    minutes[#minutes + 1], taken[minute], used = minute, value, used + value
  end
end
local is_told = (state.told_until or 0) > now
local fits_told = not is_told or state.told - cost >= reserved
local fits_hour = per_hour - used - cost >= reserved

-- Not the whole way to a time that is far off: it may be lifted, and asking is cheap.
local function turned_away(cause, line, free_at, longest, gap)
  local field = line .. ':' .. priority
  local from = math.min(free_at, now + longest / 2)
  local told = math.max((tonumber(redis.call('HGET', turns, field)) or 0) + gap, from)
  if told > now + longest then told = from end
  redis.call('HSET', turns, field, string.format('%.0f', told))
  keep(turns, longest + SECOND)
  return {cause, math.ceil(told - now)}
end

if (state.blocked or 0) > now then return turned_away('blocked', hour, state.blocked, 5 * MINUTE, GAP) end
if not (fits_told and fits_hour) then
  local free_at = fits_told and now or state.told_until
  table.sort(minutes)
  for _, minute in ipairs(minutes) do
    if per_hour - used - cost >= reserved then break end
    used = used - taken[minute]
    free_at = math.max(free_at, free_again(minute))
  end
  return turned_away('hourly', hour, free_at, 5 * MINUTE, GAP)
end
-- The more places there are, the sooner one is free again.
if redis.call('ZCARD', slots) >= usable_slots then
  return turned_away('parallel', 'slots', now + GAP, 10 * SECOND, math.ceil(GAP / usable_slots))
end

redis.call('ZADD', slots, now + lease_ms, lease)
keep(slots, lease_ms)
redis.call('HINCRBY', hour, this_minute, cost)
if is_told then redis.call('HINCRBY', hour, 'told', -cost) end
keep(hour, free_again(this_minute) - now)
return {'granted', this_minute}
`

const RELEASE = `${SHARED}
local slots, hour = KEYS[1], KEYS[2]
local lease, cost, minute, is_unsent = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local remaining, until_ms = tonumber(ARGV[5]), math.min(tonumber(ARGV[6]), now + DAY)

local was_held = redis.call('ZREM', slots, lease) == 1
local stored = redis.call('HMGET', hour, 'told', 'told_until')
local told, told_until = tonumber(stored[1]) or 0, tonumber(stored[2]) or 0
if is_unsent and was_held and redis.call('HEXISTS', hour, minute) == 1 then
  redis.call('HINCRBY', hour, minute, -cost)
  if told_until > now then redis.call('HINCRBY', hour, 'told', cost) end
end

-- An answer of an earlier window came late; it says nothing about this one.
if until_ms <= now or until_ms < told_until then return end
-- Calls that are still under way may not be in what was told.
for _, other in ipairs(redis.call('ZRANGEBYSCORE', slots, '(' .. now, '+inf')) do
  local other_cost, resource = string.match(other, '^(%d+) %S+ (.*)$')
  if resource == string.match(lease, '^%d+ %S+ (.*)$') then remaining = remaining - other_cost end
end
if until_ms == told_until then remaining = math.min(remaining, told) end
redis.call('HSET', hour, 'told', remaining, 'told_until', until_ms)
keep(hour, until_ms - now)
`

const BLOCK = `${SHARED}
local until_ms = math.max(math.min(tonumber(ARGV[1]), now + DAY), now + SECOND)
if until_ms <= (tonumber(redis.call('HGET', KEYS[1], 'blocked')) or 0) then return end
redis.call('HSET', KEYS[1], 'blocked', until_ms)
keep(KEYS[1], until_ms - now)
`
