import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { type CallAsk, type CallBudgetOptions, type CallGrant, createCallBudget } from './call-budget.ts'

const url = process.env.SLUICE_TEST_REDIS_URL
if (!url) throw new Error('SLUICE_TEST_REDIS_URL is not set: run through infra/local/with-servers.ts')
const connections = [new Redis(url), new Redis(url)] as const
const [redis] = connections
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
let key: string
beforeEach(() => {
  key = `test-${randomUUID()}`
})
afterAll(() => {
  for (const connection of connections) connection.disconnect()
})

/** One per process: own connection. */
function processBudget(n: 0 | 1, options: Partial<CallBudgetOptions> = {}) {
  return createCallBudget(connections[n], { key, parallel: 100, leaseMs: MINUTE_MS, ...options })
}

const call: CallAsk = { entity: 'business:1', resource: 'getBusinessOrders', perHour: 10_000, priority: 1 }

type Granted = Extract<CallGrant, { kind: 'granted' }>
function granted(grant: CallGrant): Granted {
  if (grant.kind !== 'granted') throw new Error(`not granted: ${grant.cause}`)
  return grant
}

/** How many of so many calls in a row are granted, each released at once, and what the others are told. */
async function takeMany(count: number, ask: Partial<CallAsk> = {}, budgets = [processBudget(0), processBudget(1)]) {
  const refusals: Exclude<CallGrant, Granted>[] = []
  for (let i = 0; i < count; i++) {
    const grant = await budgets[i % budgets.length]!.take({ ...call, ...ask })
    if (grant.kind === 'granted') await grant.release()
    else refusals.push(grant)
  }
  return { granted: count - refusals.length, causes: [...new Set(refusals.map(({ cause }) => cause))], refusals }
}

const keys = () => redis.keys(`{sluice}:calls:${key}:*`)
const hourKey = () => `{sluice}:calls:${key}:hour:${call.entity}:${call.resource}`

/** Shares Redis with the others; its clock stands where the test sets it. */
function withClock(at: { ms: number }): Redis {
  const evaluate = (script: string, keyCount: number, ...rest: (string | number)[]) => {
    const time = `{${Math.floor(at.ms / 1000)}, ${(at.ms % 1000) * 1000}}`
    return redis.eval(script.replace("redis.call('TIME')", time), keyCount, ...rest)
  }
  return { eval: evaluate } as unknown as Redis
}

test('processes together never have more calls under way than slots, and all get through', async () => {
  const budgets = [processBudget(0, { parallel: 4 }), processBudget(1, { parallel: 4 })]
  let underWay = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      for (;;) {
        const grant = await budgets[i % 2]!.take(call)
        if (grant.kind === 'wait') continue
        most = Math.max(most, ++underWay)
        await redis.ping()
        underWay--
        return grant.release()
      }
    }),
  )
  expect(most).toBe(4)
})

test('each entity has its own slots, whatever the resource', async () => {
  const budget = processBudget(0, { parallel: 1 })
  granted(await budget.take(call))
  expect(await processBudget(1, { parallel: 1 }).take({ ...call, resource: 'getChats' })).toMatchObject({
    cause: 'parallel',
  })
  granted(await budget.take({ ...call, entity: 'campaign:1' }))
})

test.each([
  ['calls', 1, 25],
  ['elements', 4, 6],
])('processes together never use more %s in an hour than allowed', async (_name, cost, allowed) => {
  const asks = Array.from({ length: 40 }, (_, i) =>
    processBudget((i % 2) as 0 | 1).take({ ...call, perHour: 25, cost }),
  )
  const grants = await Promise.all(asks)
  expect(grants.filter(({ kind }) => kind === 'granted')).toHaveLength(allowed)
  expect(await takeMany(2, { perHour: 25, cost })).toMatchObject({ granted: 0, causes: ['hourly'] })
  // Another method and another entity are not concerned.
  expect(await takeMany(2, { resource: 'getChats' })).toMatchObject({ granted: 2 })
  expect(await takeMany(2, { entity: 'business:2' })).toMatchObject({ granted: 2 })
})

test('whichever hour the destination looks at, and however long calls are on their way, it sees no more than allowed', async () => {
  const perHour = 6
  const leaseMs = MINUTE_MS
  const step = fc.record({
    pauseMs: fc.constantFrom(0, 0, 0, 100, MINUTE_MS, 9 * MINUTE_MS),
    cost: fc.integer({ min: 1, max: 3 }),
    onItsWayMs: fc.constantFrom(0, leaseMs),
  })
  const schedule = fc.record({ startMs: fc.nat(MINUTE_MS), steps: fc.array(step, { minLength: 20, maxLength: 30 }) })
  await fc.assert(
    fc.asyncProperty(schedule, async ({ startMs, steps }) => {
      const at = { ms: 1_800_000_000_000 + startMs }
      const budget = createCallBudget(withClock(at), { key: `${key}-${randomUUID()}`, parallel: 4, leaseMs })
      const arrivals: { atMs: number; cost: number }[] = []
      for (const { pauseMs, cost, onItsWayMs } of steps) {
        at.ms += pauseMs
        let grant = await budget.take({ ...call, perHour, cost })
        for (; grant.kind === 'wait'; grant = await budget.take({ ...call, perHour, cost })) at.ms += grant.waitMs
        await grant.release()
        arrivals.push({ atMs: at.ms + onItsWayMs, cost })
      }
      for (const { atMs: from } of arrivals) {
        const seen = arrivals.filter(({ atMs }) => atMs >= from && atMs <= from + HOUR_MS)
        expect(seen.reduce((sum, one) => sum + one.cost, 0)).toBeLessThanOrEqual(perHour)
      }
    }),
    { numRuns: 30 },
  )
})

test('who waits as told is granted as soon as the hour allows, without asking all the time', async () => {
  const at = { ms: 1_800_000_000_123 }
  const budget = createCallBudget(withClock(at), { key, parallel: 4, leaseMs: MINUTE_MS })
  const ask = { ...call, perHour: 10 }
  const startMs = at.ms
  await takeMany(4, ask, [budget])
  at.ms += 20 * MINUTE_MS
  await takeMany(6, ask, [budget])
  for (const [cost, minutes] of [
    [4, 60],
    [5, 80],
  ] as const) {
    let asked = 0
    for (;;) {
      const grant = await budget.take({ ...ask, cost })
      if (grant.kind === 'granted') break
      asked++
      at.ms += grant.waitMs
    }
    expect(asked).toBeLessThan(20)
    expect(at.ms - startMs).toBeGreaterThan(minutes * MINUTE_MS)
    expect(at.ms - startMs).toBeLessThan((minutes + 3) * MINUTE_MS)
  }
})

test('a killed holder gives its slot back when its lease ends', async () => {
  const options = { key, parallel: 1, leaseMs: 300 }
  const killed = new Redis(url!)
  granted(await createCallBudget(killed, options).take(call))
  killed.disconnect()
  const other = createCallBudget(redis, { ...options, leaseMs: MINUTE_MS })
  expect(await other.take(call)).toMatchObject({ kind: 'wait', cause: 'parallel' })
  await vi.waitFor(async () => granted(await other.take(call)), { interval: 20, timeout: 5_000 })
})

test("a call that outlives its lease frees nobody else's slot", async () => {
  const late = granted(await processBudget(0, { parallel: 1, leaseMs: 50 }).take(call))
  const other = processBudget(1, { parallel: 1 })
  await vi.waitFor(async () => granted(await other.take(call)), { interval: 20, timeout: 5_000 })
  await late.release()
  expect(await other.take(call)).toMatchObject({ kind: 'wait', cause: 'parallel' })
})

test('a block is seen by every process, for its resource only, and ends by itself', async () => {
  const [a, b] = [processBudget(0), processBudget(1)]
  await a.block(call.entity, call.resource, Date.now() + 20_000)
  const refused = await b.take(call)
  expect(refused).toMatchObject({ kind: 'wait', cause: 'blocked' })
  if (refused.kind === 'wait') expect(Math.abs(refused.waitMs - 20_000)).toBeLessThan(2_000)
  expect(await takeMany(1, { resource: 'getChats' })).toMatchObject({ granted: 1 })
  expect(await takeMany(1, { entity: 'business:2' })).toMatchObject({ granted: 1 })
  // A shorter one, told late, does not lift it.
  await b.block(call.entity, call.resource, Date.now() + 10)
  const still = await a.take({ ...call, priority: 2 })
  expect(still.kind === 'wait' && still.waitMs).toBeGreaterThan(15_000)
})

test.each([
  ['a past time', Date.now() - HOUR_MS],
  ['no time', Number.NaN],
])('a block until %s holds for a second, so that clocks that differ make no loop', async (_name, untilMs) => {
  const budget = processBudget(0)
  await budget.block(call.entity, call.resource, untilMs)
  expect(await budget.take(call)).toMatchObject({ cause: 'blocked' })
  await vi.waitFor(async () => granted(await budget.take(call)), { interval: 50, timeout: 5_000 })
})

test('a block is never for good', async () => {
  await processBudget(0).block(call.entity, call.resource, Date.parse('9999-12-31'))
  expect(await redis.pttl(hourKey())).toBeLessThanOrEqual(24 * HOUR_MS)
})

test('the less urgent leave one slot to the urgent', async () => {
  const [a, b] = [processBudget(0, { parallel: 4 }), processBudget(1, { parallel: 4 })]
  for (let i = 0; i < 3; i++) granted(await a.take({ ...call, priority: i === 0 ? 4 : 6 }))
  for (const priority of [4, 5, 6] as const) {
    expect(await b.take({ ...call, priority })).toMatchObject({ kind: 'wait', cause: 'parallel' })
  }
  granted(await b.take({ ...call, priority: 3 }))
  expect(await b.take({ ...call, priority: 1 })).toMatchObject({ kind: 'wait', cause: 'parallel' })
})

test('the only slot is left to nobody', async () => {
  granted(await processBudget(0, { parallel: 1 }).take({ ...call, priority: 6 }))
})

test('the less urgent leave a part of the hour to the urgent', async () => {
  const taken = async (priority: CallAsk['priority']) => (await takeMany(40, { perHour: 40, priority })).granted
  expect([await taken(6), await taken(5), await taken(4), await taken(3), await taken(1)]).toEqual([30, 6, 0, 4, 0])
})

test.each([
  ['more than the hour', { perHour: 10, cost: 11 }],
  ['more than its priority may use', { perHour: 10, cost: 10, priority: 4 }],
  ['a fraction', { cost: 0.5 }],
  ['less than nothing', { cost: -1 }],
] as const)('a call that costs %s is a bug and throws', async (_name, ask) => {
  await expect(processBudget(0).take({ ...call, ...ask })).rejects.toThrow(RangeError)
})

test('what an answer tells lowers what is left, for all, and never raises it', async () => {
  const untilMs = Date.now() + HOUR_MS
  const [a, b] = [processBudget(0), processBudget(1)]
  await granted(await a.take(call)).release({ remaining: 5, untilMs })
  await granted(await b.take(call)).release({ remaining: 9_000, untilMs })
  // Told late, of a window that is over.
  await granted(await b.take(call)).release({ remaining: 9_000, untilMs: untilMs - MINUTE_MS })
  await granted(await b.take(call)).release({ remaining: Number.NaN, untilMs })
  expect(await takeMany(5)).toMatchObject({ granted: 2, causes: ['hourly'] })
  expect(await takeMany(1, { resource: 'getChats' })).toMatchObject({ granted: 1 })
})

test('calls under way may not be in what was told: they are taken off', async () => {
  const budget = processBudget(0)
  const [first] = [granted(await budget.take(call)), await budget.take(call), await budget.take({ ...call, cost: 2 })]
  await budget.take({ ...call, resource: 'getChats', cost: 50 })
  await first.release({ remaining: 5, untilMs: Date.now() + HOUR_MS })
  expect(await takeMany(5)).toMatchObject({ granted: 2, causes: ['hourly'] })
})

test('what was told ends at its time', async () => {
  const budget = processBudget(0)
  await granted(await budget.take(call)).release({ remaining: 0, untilMs: Date.now() + 500 })
  const refused = await budget.take(call)
  expect(refused).toMatchObject({ kind: 'wait', cause: 'hourly' })
  if (refused.kind === 'wait') expect(refused.waitMs).toBeLessThanOrEqual(500)
  await vi.waitFor(async () => granted(await budget.take(call)), { interval: 20, timeout: 5_000 })
})

test('a call that was never sent is not counted, however often and late this is said', async () => {
  const budget = processBudget(0)
  await granted(await budget.take(call)).release({ remaining: 3, untilMs: Date.now() + HOUR_MS })
  for (let i = 0; i < 10; i++) {
    const unsent = granted(await budget.take(call))
    await unsent.release({ isUnsent: true })
    await unsent.release({ isUnsent: true })
  }
  expect(await takeMany(5)).toMatchObject({ granted: 3 })
  const fresh = { ...call, resource: 'getChats', perHour: 2 }
  for (let i = 0; i < 10; i++) await granted(await budget.take(fresh)).release({ isUnsent: true })
  expect(await takeMany(5, fresh)).toMatchObject({ granted: 2 })
})

test.each([
  ['a slot', { parallel: 1 }, 10_000],
  ['the hour', {}, 5 * MINUTE_MS],
])('those who wait for %s are told different times, the urgent their own', async (_name, options, longestMs) => {
  const budget = processBudget(0, options)
  const grant = granted(await budget.take({ ...call, perHour: 10 }))
  if (longestMs > 10_000) await grant.release({ remaining: 0, untilMs: Date.now() + HOUR_MS })
  const times: number[] = []
  let told: CallGrant | undefined
  for (let i = 0; i < 100; i++) {
    told = await budget.take({ ...call, perHour: 10, priority: 6 })
    if (told.kind === 'wait') times.push(Date.now() + told.waitMs)
  }
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  expect(gaps).toHaveLength(99)
  expect(Math.min(...gaps)).toBeGreaterThan(30)
  expect(told?.kind === 'wait' && told.waitMs).toBeLessThanOrEqual(longestMs)
  const urgent = await budget.take({ ...call, perHour: 10 })
  expect(urgent.kind === 'wait' && told?.kind === 'wait' && told.waitMs - urgent.waitMs).toBeGreaterThan(3_000)
})

test('the line of those who wait begins anew when it has grown too long', async () => {
  const budget = processBudget(0, { parallel: 1 })
  granted(await budget.take(call))
  const waits = await Promise.all(Array.from({ length: 500 }, () => budget.take(call)))
  const times = waits.map((wait) => (wait.kind === 'wait' ? wait.waitMs : 0))
  expect(Math.max(...times)).toBeLessThanOrEqual(10_000)
  expect(times.filter((waitMs) => waitMs <= 50).length).toBeGreaterThanOrEqual(2)
})

test('nothing is kept for good', async () => {
  await granted(await processBudget(0, { parallel: 1 }).take(call)).release({
    remaining: 5,
    untilMs: Date.now() + HOUR_MS,
  })
  await processBudget(0, { parallel: 1 }).take(call)
  await processBudget(1, { parallel: 1 }).take(call)
  await processBudget(0).block(call.entity, call.resource, Date.now() + 1_000)
  expect(new Set((await keys()).map((name) => name.split(':')[3]))).toEqual(new Set(['hour', 'slots', 'turns']))
  for (const name of await keys()) expect(await redis.pttl(name)).toBeGreaterThan(0)
  // A short block does not shorten the memory of what was taken.
  expect(await redis.pttl(hourKey())).toBeGreaterThan(HOUR_MS)
})

test('Redis emptied: calls go on, old ones end without harm, the next answer tells what is left', async () => {
  const budget = processBudget(0, { parallel: 2 })
  const old = [granted(await budget.take({ ...call, perHour: 4 })), granted(await budget.take({ ...call, perHour: 4 }))]
  await redis.del(...(await keys()))
  const next = granted(await processBudget(1, { parallel: 2 }).take({ ...call, perHour: 4 }))
  for (const grant of old) await grant.release({ isUnsent: true })
  await next.release({ remaining: 1, untilMs: Date.now() + HOUR_MS })
  expect(await takeMany(3, { perHour: 4 })).toMatchObject({ granted: 1, causes: ['hourly'] })
})

test('without Redis calls are let through and this is told', async () => {
  const away = new Redis({ host: '127.0.0.1', port: 1, retryStrategy: () => 1_000 })
  away.on('error', () => {})
  const onUnavailable = vi.fn()
  const budget = createCallBudget(away, { key, parallel: 1, leaseMs: 1_000, onUnavailable })
  await budget.block(call.entity, call.resource, Date.now() + HOUR_MS)
  const grants = await Promise.all([budget.take(call), budget.take(call)])
  expect(onUnavailable).toHaveBeenCalledTimes(2)
  await Promise.all(grants.map((grant) => granted(grant).release({ remaining: 1, untilMs: Date.now() + HOUR_MS })))
  away.disconnect()
})

test('an answer lost with its connection takes no second slot and is counted once', async () => {
  const proxy = await cutOnce()
  const cut = new Redis(proxy.url, { retryStrategy: () => 1 })
  cut.on('error', () => {})
  await cut.ping()
  proxy.arm()
  const onUnavailable = vi.fn()
  const budget = createCallBudget(cut, { key, parallel: 1, leaseMs: MINUTE_MS, onUnavailable })
  const grant = granted(await budget.take(call))
  expect(proxy.cuts()).toBe(1)
  expect(onUnavailable).not.toHaveBeenCalled()
  expect(Object.values(await redis.hgetall(hourKey()))).toEqual(['1'])
  await grant.release()
  expect(await redis.exists(`{sluice}:calls:${key}:slots:${call.entity}`)).toBe(0)
  cut.disconnect()
  await proxy.close()
})

/** Between a client and Redis; once armed it swallows the next answer and cuts the connection. */
async function cutOnce() {
  let isArmed = false
  let cuts = 0
  const server = createServer((client) => {
    const { hostname, port } = new URL(url!)
    const target = connect(Number(port), hostname)
    client.pipe(target)
    target.on('data', (data) => {
      if (!isArmed) return client.write(data)
      isArmed = false
      cuts++
      client.destroy()
      return target.destroy()
    })
    for (const socket of [client, target]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        target.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const front = new URL(url!)
  front.port = `${(server.address() as AddressInfo).port}`
  return {
    url: front.href,
    arm() {
      isArmed = true
    },
    cuts: () => cuts,
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}
