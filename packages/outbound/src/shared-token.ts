import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { answerWithin } from './answer-within.ts'

/** An access token that all processes of one account use together. The token is a secret: never logged, never in an error. */
export interface SharedToken<Failure> {
  /** A token with some life left, fetched when there is none; otherwise whatever `fetchToken` said instead. */
  get(): Promise<{ kind: 'token'; token: string } | Failure>
  /** Call after 401 or 403. Drops this token only: one that another worker has fetched meanwhile stays. */
  invalidate(token: string): Promise<void>
}

export interface SharedTokenOptions<Failure> {
  redis: Redis
  /** Names the account. */
  key: string
  /** Asks the destination. Must end within `lockMs`; a throw goes through to the callers of `get`. */
  fetchToken: () => Promise<{ kind: 'token'; token: string; expiresInMs: number } | Failure>
  /** A token is used no longer than until so long before its end. Default 30 s. */
  refreshBeforeMs?: number
  /** How long one process may take to fetch; others wait no longer. Default 15 s. */
  lockMs?: number
  /** How often those who wait look for the token. Default 100 ms. */
  pollMs?: number
}

interface StoredToken {
  token: string
  /** Epoch milliseconds. */
  freshUntil: number
}

const REDIS_TIMEOUT_MS = 300

/**
 * One flight per process (one promise) and across processes (a lock in Redis with a lease).
 *
 * - The holder dies with the lock: the lease ends after `lockMs`, the next one to look takes over.
 * - The holder outlives its lease: a second token is fetched; both are good, the later write stays, and the lock of the
 *   new holder is not touched (compare and delete).
 * - Crash after fetching, before storing: that token is lost, the next holder fetches another.
 * - Redis away, slow or emptied: every process fetches its own token and keeps it in memory until it ends. The waiting for
 *   Redis is bounded, so a token is always obtained when the destination gives one.
 */
export function createSharedToken<Failure extends { kind: string }>(
  options: SharedTokenOptions<Failure>,
): SharedToken<Failure> {
  const { redis, fetchToken } = options
  const refreshBeforeMs = options.refreshBeforeMs ?? 30_000
  const lockMs = options.lockMs ?? 15_000
  const pollMs = options.pollMs ?? 100
  const tokenKey = `{sluice}:token:${options.key}`
  const lockKey = `{sluice}:token-lock:${options.key}`
  let known: StoredToken | undefined
  let flight: Promise<{ kind: 'token'; token: string } | Failure> | undefined

  return {
    async get() {
      if (known && known.freshUntil > Date.now()) return { kind: 'token', token: known.token }
      flight ??= obtain().finally(() => {
        flight = undefined
      })
      return flight
    },
    async invalidate(token) {
      if (known?.token === token) known = undefined
      await answerWithin(REDIS_TIMEOUT_MS, redis.eval(DROP_TOKEN, 1, tokenKey, token))
    },
  }

  async function obtain(): Promise<{ kind: 'token'; token: string } | Failure> {
    const owner = randomUUID()
    const giveUpAt = Date.now() + lockMs + pollMs
    while (Date.now() < giveUpAt) {
      const look = await answerWithin(REDIS_TIMEOUT_MS, lookOrLock(owner))
      if (look === undefined) break
      if (look.kind === 'token') {
        known = look.stored
        return { kind: 'token', token: look.stored.token }
      }
      if (look.kind === 'locked') {
        try {
          return await fetchAndStore()
        } finally {
          await answerWithin(REDIS_TIMEOUT_MS, redis.eval(UNLOCK, 1, lockKey, owner))
        }
      }
      await wait(pollMs)
    }
    return fetchAndStore()
  }

  async function lookOrLock(
    owner: string,
  ): Promise<{ kind: 'token'; stored: StoredToken } | { kind: 'locked' } | { kind: 'busy' }> {
    const [found, isLocked] = (await redis.eval(LOOK_OR_LOCK, 2, tokenKey, lockKey, owner, lockMs)) as [string, number]
    if (isLocked) return { kind: 'locked' }
    const stored = found ? (JSON.parse(found) as StoredToken) : undefined
    return stored && stored.freshUntil > Date.now() ? { kind: 'token', stored } : { kind: 'busy' }
  }

  async function fetchAndStore(): Promise<{ kind: 'token'; token: string } | Failure> {
    const fetched = await fetchToken()
    if (!isToken(fetched)) return fetched
    const { token, expiresInMs } = fetched
    // Tokens that live shorter than the margin are used for half their life.
    const freshForMs = Math.max(1, Math.floor(Math.max(expiresInMs - refreshBeforeMs, expiresInMs / 2)))
    known = { token, freshUntil: Date.now() + freshForMs }
    await answerWithin(REDIS_TIMEOUT_MS, redis.set(tokenKey, JSON.stringify(known), 'PX', freshForMs))
    return { kind: 'token', token }
  }
}

function isToken<F extends { kind: string }>(
  fetched: { kind: 'token'; token: string; expiresInMs: number } | F,
): fetched is { kind: 'token'; token: string; expiresInMs: number } {
  return fetched.kind === 'token'
}

/** Token and lock in one look, so that no token can appear between the two questions. Returns [token or '', 1 if locked]. */
const LOOK_OR_LOCK = `
local token = redis.call('GET', KEYS[1])
if token then return {token, 0} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'', 1} end
return {'', 0}
`

const UNLOCK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

const DROP_TOKEN = `
local stored = redis.call('GET', KEYS[1])
if stored and cjson.decode(stored).token == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`
