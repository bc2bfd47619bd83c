import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { createSharedToken, type SharedTokenOptions } from './shared-token.ts'

type Failure = { kind: 'failed'; status: number }
type Fetch = SharedTokenOptions<Failure>['fetchToken']

const url = process.env.SLUICE_TEST_REDIS_URL
if (!url) throw new Error('SLUICE_TEST_REDIS_URL is not set: run through infra/local/with-servers.ts')
const connections = [new Redis(url), new Redis(url), new Redis(url)] as const
let key: string
let issued: number
beforeEach(() => {
  key = `test-${randomUUID()}`
  issued = 0
})
afterAll(() => {
  for (const redis of connections) redis.disconnect()
})

/** Issues t1, t2, ... */
const issue: Fetch = async () => ({ kind: 'token', token: `t${++issued}`, expiresInMs: 300_000 })

/** One per process: own memory, own connection. */
function processToken(n: 0 | 1 | 2, fetchToken: Fetch, options: Partial<SharedTokenOptions<Failure>> = {}) {
  return createSharedToken<Failure>({ redis: connections[n], key, fetchToken, pollMs: 5, ...options })
}

test('all workers of all processes share one fetch', async () => {
  const gate = Promise.withResolvers<void>()
  const fetchToken = vi.fn<Fetch>(async () => {
    await gate.promise
    return issue()
  })
  const processes = [processToken(0, fetchToken), processToken(1, fetchToken), processToken(2, fetchToken)]
  const waiting = Promise.all(processes.flatMap((token) => [token.get(), token.get(), token.get()]))
  await vi.waitFor(() => expect(fetchToken).toHaveBeenCalled())
  gate.resolve()
  expect(new Set((await waiting).map((got) => got.kind === 'token' && got.token))).toEqual(new Set(['t1']))
  expect(fetchToken).toHaveBeenCalledTimes(1)
})

test('a token is kept in Redis no longer than until the margin before its end', async () => {
  await processToken(0, issue, { refreshBeforeMs: 30_000 }).get()
  const pttl = await connections[0].pttl(`{sluice}:token:${key}`)
  expect(pttl).toBeGreaterThan(260_000)
  expect(pttl).toBeLessThanOrEqual(270_000)
})

test('a token that lives shorter than the margin is used for half its life', async () => {
  await processToken(0, async () => ({ kind: 'token', token: 't', expiresInMs: 10_000 })).get()
  const pttl = await connections[0].pttl(`{sluice}:token:${key}`)
  expect(pttl).toBeGreaterThan(4_000)
  expect(pttl).toBeLessThanOrEqual(5_000)
})

test('an ended token is fetched anew', async () => {
  const token = processToken(0, async () => ({ kind: 'token', token: `t${++issued}`, expiresInMs: 60 }))
  await token.get()
  await vi.waitFor(async () => expect(await token.get()).toMatchObject({ token: 't2' }), { interval: 5 })
})

test('a refused token is dropped for all, a newer one stays', async () => {
  const [a, b] = [processToken(0, issue), processToken(1, issue)]
  expect([await a.get(), await b.get()]).toMatchObject([{ token: 't1' }, { token: 't1' }])
  await a.invalidate('t1')
  expect(await a.get()).toMatchObject({ token: 't2' })
  // The other process learns of the refusal later: t2 must survive that.
  await b.invalidate('t1')
  expect(await b.get()).toMatchObject({ token: 't2' })
  expect(issued).toBe(2)
})

test('when the process that fetches dies, another takes over once its lease has ended', async () => {
  await connections[0].set(`{sluice}:token-lock:${key}`, 'dead-process', 'PX', 100)
  expect(await processToken(1, issue).get()).toEqual({ kind: 'token', token: 't1' })
  expect(await connections[0].pttl(`{sluice}:token-lock:${key}`)).toBe(-2)
})

test('a holder that outlived its lease does not unlock the next one', async () => {
  const lockKey = `{sluice}:token-lock:${key}`
  const token = processToken(0, async () => {
    await connections[1].set(lockKey, 'next-holder', 'PX', 10_000)
    return issue()
  })
  await token.get()
  expect(await connections[0].get(lockKey)).toBe('next-holder')
})

test('a destination that gives no token says why, and the next call asks again', async () => {
  const fetchToken = vi.fn<Fetch>(issue).mockResolvedValueOnce({ kind: 'failed', status: 401 })
  const token = processToken(0, fetchToken)
  expect(await token.get()).toEqual({ kind: 'failed', status: 401 })
  expect(await token.get()).toEqual({ kind: 'token', token: 't1' })
})

test('a throw while fetching frees the lock', async () => {
  const token = processToken(0, async () => Promise.reject(new Error('bug')))
  await expect(token.get()).rejects.toThrow('bug')
  expect(await processToken(1, issue).get()).toMatchObject({ token: 't1' })
})

test('without Redis a process fetches its own token once and keeps it', async () => {
  const away = new Redis({ host: '127.0.0.1', port: 1, retryStrategy: () => 1_000 })
  away.on('error', () => {})
  const token = createSharedToken<Failure>({ redis: away, key, fetchToken: issue })
  expect([await token.get(), await token.get()]).toMatchObject([{ token: 't1' }, { token: 't1' }])
  away.disconnect()
})
