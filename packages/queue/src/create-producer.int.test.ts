import type { EventJob } from '@sluice/contracts'
import { createOwnRedis, type OwnRedis } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createProducer, type EventProducer, type ProducerOptions } from './create-producer.ts'
import { effectJobId, eventJobId } from './job-ids.ts'
import { QueueOverloaded, QueueUnavailable } from './queue-errors.ts'

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
let server: OwnRedis
let redis: Redis
let producer: EventProducer | undefined

beforeAll(async () => {
  server = await createOwnRedis()
  redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
})
beforeEach(() => redis.flushall())
afterEach(async () => {
  await producer?.close(100)
  producer = undefined
})
afterAll(async () => {
  redis.disconnect()
  await server.remove()
})

async function open(options: Partial<ProducerOptions> = {}): Promise<EventProducer> {
  producer = createProducer({ redisUrl: server.url, log, ...options })
  await vi.waitFor(() => producer!.assertReady(), { timeout: 5_000, interval: 5 })
  return producer
}

function event(type: 'order.taken' | 'order.delivered', key: string): EventJob {
  return {
    ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
    name: type,
    envelope: { event: { type }, source: 'marketplace', dedupKey: key, receivedAt: '2026-05-01T07:00:00.000Z' },
  }
}
const cancelled = (key: string): EventJob => {
  const job = event('order.taken', key)
  return { ...job, envelope: { ...job.envelope, event: { type: 'order.cancelled' } } }
}
const waitingIn = (queue: string) => redis.lrange(`{sluice:0}:${queue}:wait`, 0, -1)

test('jobs of several queues in one turn go to their queues, under names without personal data', async () => {
  const { enqueueEvent, enqueueEffects } = await open()
  const [taken, cancel, effects] = await Promise.all([
    enqueueEvent(event('order.taken', 'a')),
    enqueueEvent(cancelled('b')),
    enqueueEffects([
      { effectId: 'order-1.1', kind: 'reserve-stock', revivals: 0 },
      { effectId: 'order-1.2', kind: 'watch-deadline', revivals: 0, delayMs: 60_000 },
    ]),
  ])
  expect(effects).toEqual([effectJobId('order-1.1', 0), effectJobId('order-1.2', 0)])
  expect(await waitingIn('assembly')).toEqual([taken])
  expect(await waitingIn('cancellation')).toEqual([cancel])
  expect(await waitingIn('reservation')).toEqual(['fx-order-1.1-0'])
  expect(await redis.zrange('{sluice:0}:assembly:delayed', '0', '-1')).toEqual(['fx-order-1.2-0'])
  expect(await redis.hget(`{sluice:0}:assembly:${taken}`, 'name')).toBe('order.taken')
})

test('equal events in parallel become one job', async () => {
  const { enqueueEvent } = await open()
  const ids = await Promise.all(Array.from({ length: 50 }, () => enqueueEvent(event('order.taken', 'same'))))
  expect(new Set(ids)).toEqual(new Set([eventJobId('same')]))
  expect(await waitingIn('assembly')).toEqual([eventJobId('same')])
})

test('calls of one turn share a batch, and no call waits for more than one round trip', async () => {
  const { enqueueEvent } = await open()
  await enqueueEvent(event('order.taken', 'first'))
  const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))![1])
  const before = await reads()
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => enqueueEvent(i % 2 ? event('order.taken', `${i}`) : cancelled(`${i}`))),
  )
  // One pipeline for each of the two queues (large ones arrive in a few reads), and our own question.
  expect((await reads()) - before).toBeLessThan(40)
  expect(await waitingIn('assembly')).toHaveLength(101)
  expect(await waitingIn('cancellation')).toHaveLength(100)
})

test('a replay is a new job that names its dead letter, once however often it is asked for', async () => {
  const { enqueueEvent, replayEvent } = await open()
  const job = event('order.taken', 'dead')
  await enqueueEvent(job)
  const [first, second] = await Promise.all([replayEvent({ id: '7', job }), replayEvent({ id: '7', job })])
  expect(second).toBe(first)
  expect(await waitingIn('assembly')).toHaveLength(2)
  const data = await redis.hget(`{sluice:0}:assembly:${first}`, 'data')
  expect(JSON.parse(data!)).toEqual({ ...job, replayOf: '7' })
})

test('Redis killed: refused at once; Redis back: taken without a restart', async () => {
  const { enqueueEvent } = await open()
  await enqueueEvent(event('order.taken', 'before'))
  await server.kill()
  const startedAt = performance.now()
  const refused = await enqueueEvent(event('order.taken', 'during')).catch((err: unknown) => err)
  expect(refused).toBeInstanceOf(QueueUnavailable)
  expect(refused).toMatchObject({ code: 'queue-unavailable' })
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  await server.start()
  await vi.waitFor(() => enqueueEvent(event('order.taken', 'after')), { timeout: 5_000, interval: 10 })
  expect(await waitingIn('assembly')).toEqual([eventJobId('after'), eventJobId('before')])
})

test('Redis away when the process starts: refused at once; taken as soon as it is there', async () => {
  await server.kill()
  producer = createProducer({ redisUrl: server.url, log })
  await expect(producer.enqueueEvent(event('order.taken', 'early'))).rejects.toMatchObject({ reason: 'away' })
  await server.start()
  await vi.waitFor(() => producer!.enqueueEvent(event('order.taken', 'now')), { timeout: 5_000, interval: 10 })
  expect(await waitingIn('assembly')).toContain(eventJobId('now'))
})

test('Redis frozen: refused within a second with no job left waiting in memory, and taken again when it thaws', async () => {
  const { enqueueEvent } = await open({ maxPending: 100 })
  server.freeze()
  try {
    const startedAt = performance.now()
    const calls = Array.from({ length: 100 }, (_, i) => enqueueEvent(event('order.taken', `frozen-${i}`)))
    const late = await Promise.allSettled(calls)
    expect(late.every((call) => call.status === 'rejected' && call.reason instanceof QueueUnavailable)).toBe(true)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  } finally {
    server.thaw()
  }
  await vi.waitFor(() => enqueueEvent(event('order.taken', 'thawed')), { timeout: 10_000, interval: 20 })
  expect(await waitingIn('assembly')).toContain(eventJobId('thawed'))
})

test('more than may wait is refused at once', async () => {
  const { enqueueEvent, enqueueEvents } = await open({ maxPending: 10 })
  const calls = Array.from({ length: 12 }, (_, i) => enqueueEvent(event('order.taken', `${i}`)))
  const settled = await Promise.allSettled(calls)
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  expect(settled.slice(10).every((call) => call.status === 'rejected' && call.reason instanceof QueueOverloaded)).toBe(
    true,
  )
  await expect(enqueueEvents([])).resolves.toEqual([])
  await expect(enqueueEvent(event('order.taken', 'room again'))).resolves.toBeDefined()
})

test('a Redis full to the brim refuses the job, and the call with it', async () => {
  const { enqueueEvent } = await open()
  await redis.config('SET', 'maxmemory', '1mb')
  try {
    await expect(enqueueEvent(event('order.taken', 'full'))).rejects.toMatchObject({ reason: 'refused' })
  } finally {
    await redis.config('SET', 'maxmemory', '0')
  }
  await expect(enqueueEvent(event('order.taken', 'room'))).resolves.toBeDefined()
})

test('a Redis that evicts keys is refused', async () => {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  try {
    const onUnfit = vi.fn()
    producer = createProducer({ redisUrl: server.url, log, onUnfit })
    await vi.waitFor(() => expect(onUnfit).toHaveBeenCalledOnce(), { timeout: 5_000, interval: 5 })
    await expect(producer.enqueueEvent(event('order.taken', 'x'))).rejects.toMatchObject({ reason: 'unfit' })
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
  }
})

test('what was taken before closing is written; what comes after is refused', async () => {
  const opened = await open()
  const call = opened.enqueueEvent(event('order.taken', 'last'))
  const closing = opened.close()
  await expect(opened.enqueueEvent(event('order.taken', 'too late'))).rejects.toMatchObject({ reason: 'closing' })
  await call
  await closing
  expect(await waitingIn('assembly')).toEqual([eventJobId('last')])
})
