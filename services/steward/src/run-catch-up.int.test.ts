import type { EventJob } from '@sluice/contracts'
import { createLedger, type Ledger, migrate } from '@sluice/ledger'
import type { CatchUp, CatchUpResult } from '@sluice/marketplace-port'
import { createProducer, createQueueStatsReader, QueueUnavailable } from '@sluice/queue'
import { createOwnRedis, createTestDatabase, eventually, runStatement, type TestDatabase } from '@sluice/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type CatchUpDeps, runCatchUp } from './run-catch-up.ts'

const minute = 60_000
const running = new AbortController().signal
let database: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  ledger = createLedger({
    databaseUrl: database.url,
    settingsFor: () => {
      throw new Error('the steward decides nothing')
    },
  })
})

afterAll(async () => {
  await ledger.close()
  await database.drop()
})

function jobOf(externalId: string): EventJob {
  return {
    ref: { marketplace: 'kuper', account: 'main', externalId, number: `KU-${externalId}` },
    name: 'shipment.ready',
    envelope: {
      event: { type: 'order.paid' },
      source: 'catch-up',
      dedupKey: `kuper:main:${externalId}:shipment:order.paid`,
      receivedAt: '2026-03-01T10:00:00.000Z',
    },
  }
}

function createSteward(replaced: Partial<CatchUpDeps> = {}) {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  const enqueueEvents = vi.fn(async (jobs: readonly EventJob[]) => jobs.map(({ ref }) => `ev-${ref.externalId}`))
  const deps: CatchUpDeps = { ledger, producer: { enqueueEvents }, log, ...replaced }
  return {
    log,
    enqueueEvents,
    run: (list: CatchUp, dueAfterMs = list.everyMs, signal = running) =>
      runCatchUp(deps, { account: 'main', catchUp: list }, dueAfterMs, signal),
  }
}

function listOf(
  subject: string,
  run: CatchUp['run'] = async () => ({ kind: 'complete' }),
  more: Partial<CatchUp> = {},
): CatchUp & { run: ReturnType<typeof vi.fn<CatchUp['run']>> } {
  return { subject, everyMs: 5 * minute, overlapMs: minute, maxSpanMs: 60 * minute, ...more, run: vi.fn(run) }
}

const through = async (subject: string) =>
  (await ledger.listCatchUps()).find((state) => state.subject === subject)!.through.getTime()

const spansOf = (list: ReturnType<typeof listOf>) => list.run.mock.calls.map(([span]) => span)

/** As if nobody had looked for so long. */
const neglect = (subject: string, ms: number) =>
  runStatement(
    database.url,
    `update catch_ups set through = through - ${ms} * interval '1 millisecond',
       retry_at = retry_at - ${ms} * interval '1 millisecond' where subject = '${subject}'`,
  )

test('a first run asks for the overlap before now, then the list rests until it is due', async () => {
  const steward = createSteward()
  const list = listOf('first')
  expect(await steward.run(list)).toBe('complete')
  const [span] = spansOf(list)
  expect(span!.to.getTime() - span!.from.getTime()).toBe(minute)
  expect(Math.abs(span!.to.getTime() - Date.now())).toBeLessThan(minute)
  expect(await steward.run(list)).toBe('not-due')
  await neglect('first', 5 * minute)
  expect(await steward.run(list)).toBe('complete')
  expect(spansOf(list)).toHaveLength(2)
})

test('a long gap is gone through in steps that meet, beginning with the overlap', async () => {
  const steward = createSteward()
  const list = listOf('gap')
  await steward.run(list)
  const before = await through('gap')
  await neglect('gap', 150 * minute)
  await steward.run(list)
  const spans = spansOf(list).slice(1)
  expect(spans).toHaveLength(3)
  expect(spans[0]!.from.getTime()).toBe(before - 151 * minute)
  for (const [at, { from, to }] of spans.entries()) {
    expect(to.getTime() - from.getTime()).toBeLessThanOrEqual(60 * minute)
    if (at > 0) expect(from).toEqual(spans[at - 1]!.to)
  }
  expect(await through('gap')).toBeGreaterThanOrEqual(before)
})

test('the cursor follows only what Redis has taken', async () => {
  const list = listOf('redis-away', async (_, found) => {
    await found([jobOf('H1')])
    return { kind: 'complete' }
  })
  const steward = createSteward()
  steward.enqueueEvents.mockRejectedValueOnce(new QueueUnavailable('away', 'Redis is not reachable'))
  expect(await steward.run(list)).toBe('broken')
  const [state] = (await ledger.listCatchUps()).filter(({ subject }) => subject === 'redis-away')
  expect(state).toMatchObject({ isRunning: false, lastError: expect.stringContaining('Redis is not reachable') })
  expect(await steward.run(list, 0)).toBe('not-due')
  await neglect('redis-away', minute)
  expect(await steward.run(list)).toBe('complete')
  expect(spansOf(list)[1]!.from.getTime()).toBe(spansOf(list)[0]!.from.getTime() - minute)
  expect(steward.enqueueEvents).toHaveBeenCalledTimes(2)
})

test('a list that breaks keeps what its earlier steps reached, and a warning says what to do', async () => {
  const answers: CatchUpResult[] = [
    { kind: 'complete' },
    { kind: 'complete' },
    { kind: 'broken', detail: '401 no such client', waitMs: 7_000 },
  ]
  const list = listOf('broken', async () => answers.shift()!)
  const steward = createSteward()
  await steward.run(list)
  await neglect('broken', 120 * minute)
  expect(await steward.run(list)).toBe('broken')
  expect(await through('broken')).toBe(spansOf(list)[1]!.to.getTime())
  expect(steward.log.warn).toHaveBeenCalledWith(
    expect.objectContaining({
      event: 'steward.catch-up-broken',
      account: 'main',
      subject: 'broken',
      through: spansOf(list)[1]!.to.toISOString(),
      detail: '401 no such client',
      retryInMs: 7_000,
      advice: expect.stringContaining('nothing is skipped'),
    }),
  )
})

test('two stewards never go through one list at the same time', async () => {
  const { promise: reading, resolve: finish } = Promise.withResolvers<CatchUpResult>()
  const list = listOf('shared', () => reading)
  const [one, other] = [createSteward(), createSteward()]
  const first = one.run(list)
  await eventually(() => expect(list.run).toHaveBeenCalledTimes(1))
  expect(await other.run(list, 0)).toBe('not-due')
  finish({ kind: 'complete' })
  expect(await first).toBe('complete')
  expect(list.run).toHaveBeenCalledTimes(1)
})

test('a run that takes longer than its lease keeps the list', async () => {
  const { promise: reading, resolve: finish } = Promise.withResolvers<CatchUpResult>()
  const list = listOf('slow', () => reading)
  const advance = vi.fn(ledger.advanceCatchUp)
  const steward = createSteward({ ledger: { ...ledger, advanceCatchUp: advance }, leaseMs: 1_000 })
  const run = steward.run(list)
  await eventually(() => expect(advance.mock.calls.length).toBeGreaterThan(4))
  expect(await createSteward().run(list, 0)).toBe('not-due')
  finish({ kind: 'complete' })
  expect(await run).toBe('complete')
})

test('a steward that lost its list stops, and moves nothing any more', async () => {
  const list = listOf('lost', async (_, __, signal) => {
    await runStatement(database.url, `update catch_ups set run = run + 1 where subject = 'lost'`)
    await eventually(() => expect(signal.aborted).toBe(true))
    return { kind: 'complete' }
  })
  expect(await createSteward({ leaseMs: 100 }).run(list)).toBe('stopped')
  const [state] = (await ledger.listCatchUps()).filter(({ subject }) => subject === 'lost')
  expect(state!.lastError).toBeNull()
})

test('a steward that is told to stop leaves its list to another, as far as it has come', async () => {
  const stopping = new AbortController()
  const list = listOf('stopping', async (_, __, signal) => {
    stopping.abort()
    signal.throwIfAborted()
    return { kind: 'complete' }
  })
  const steward = createSteward()
  expect(await steward.run(list, 0, stopping.signal)).toBe('stopped')
  expect(await steward.run(listOf('stopping'))).toBe('complete')
  expect(steward.log.warn).not.toHaveBeenCalled()
})

test('a steward that dies after enqueueing leads to the same jobs again, which Redis has once', async () => {
  const redis = await createOwnRedis()
  const log = { info() {}, warn() {}, error() {} }
  const producer = createProducer({ redisUrl: redis.url, log })
  const stats = createQueueStatsReader(redis.url)
  try {
    await eventually(() => producer.assertReady())
    const list = listOf('dies', async (_, found) => {
      await found([jobOf('H1'), jobOf('H2')])
      return { kind: 'complete' }
    })
    const dead = { takeCatchUp: ledger.takeCatchUp, advanceCatchUp: () => new Promise<never>(() => {}) }
    void createSteward({ producer, ledger: { ...ledger, ...dead } }).run(list)
    const waiting = async () => (await stats.read()).find(({ queue }) => queue === 'assembly')?.waiting
    await eventually(async () => expect(await waiting()).toBe(2))
    await runStatement(database.url, `update catch_ups set leased_until = now() where subject = 'dies'`)
    expect(await createSteward({ producer }).run(list)).toBe('complete')
    expect(list.run).toHaveBeenCalledTimes(2)
    expect(await waiting()).toBe(2)
  } finally {
    await producer.close()
    stats.close()
    await redis.remove()
  }
})
