import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventJob } from '@sluice/contracts'
import { createOwnRedis, type OwnRedis } from '@sluice/testkit'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createProducer, type EventProducer } from './create-producer.ts'
import { eventJobId } from './job-ids.ts'
import type { JobResult } from './job-result.ts'
import { QueueUnavailable } from './queue-errors.ts'
import { type DeadJob, type JobReport, startWorker, type WorkerHost, type WorkerOptions } from './start-worker.ts'

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const PREFIX = '{sluice:0}'
let server: OwnRedis
let redis: Redis
let producer: EventProducer
let queue: Queue
const hosts: WorkerHost[] = []
let letters: DeadJob[]
let reports: JobReport[]

beforeAll(async () => {
  server = await createOwnRedis()
  redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  queue = new Queue('assembly', { connection: redis, prefix: PREFIX })
  queue.on('error', () => {})
})
beforeEach(async () => {
  await redis.flushall()
  letters = []
  reports = []
  producer = createProducer({ redisUrl: server.url, log })
  await vi.waitFor(() => producer.assertReady(), { timeout: 5_000, interval: 5 })
})
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close(100)))
  await producer.close(100)
})
afterAll(async () => {
  await queue.close()
  redis.disconnect()
  await server.remove()
})

async function start(options: Partial<WorkerOptions> = {}): Promise<WorkerHost> {
  const host = await startWorker({
    redisUrl: server.url,
    queue: 'assembly',
    log,
    concurrency: 10,
    handleEvent: async () => ({ kind: 'done' }),
    handleEffect: async () => ({ kind: 'done' }),
    onDead: async (letter) => void letters.push(letter),
    onJob: (report) => void reports.push(report),
    retryDelayMs: () => 1,
    ...options,
  })
  hosts.push(host)
  return host
}

function event(key: string): EventJob {
  return {
    ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
    name: 'order.received',
    envelope: {
      event: { type: 'order.taken' },
      source: 'marketplace',
      dedupKey: key,
      receivedAt: '2026-05-01T07:00:00.000Z',
    },
  }
}
const stateOf = async (jobId: string) => (await queue.getJob(jobId))?.getState()
const until = <T>(look: () => T | Promise<T>) => vi.waitFor(look, { timeout: 10_000, interval: 10 })
const reported = (count: number) => until(() => expect(reports).toHaveLength(count))

test('events and effects reach their handlers as they were enqueued', async () => {
  const handleEvent = vi.fn(async (): Promise<JobResult> => ({ kind: 'done' }))
  const handleEffect = vi.fn(async (): Promise<JobResult> => ({ kind: 'done' }))
  await start({ handleEvent, handleEffect })
  await producer.enqueueEvent(event('a'))
  await producer.enqueueEffects([{ effectId: 'order-1.4', kind: 'watch-deadline', revivals: 0, delayMs: 5 }])
  await reported(2)
  expect(handleEvent).toHaveBeenCalledExactlyOnceWith(event('a'), expect.any(AbortSignal))
  expect(handleEffect).toHaveBeenCalledExactlyOnceWith({ effectId: 'order-1.4' }, expect.any(AbortSignal))
  expect(reports).toContainEqual({ queue: 'assembly', outcome: 'done', durationMs: expect.any(Number) })
  // A finished effect is forgotten at once, so that its id can be enqueued again; a finished event stops repeats for a while.
  await until(async () => expect(await queue.getJob('fx-order-1.4-0')).toBeUndefined())
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('completed'))
})

test('waiting costs no try', async () => {
  let calls = 0
  await start({
    async handleEvent() {
      calls += 1
      return calls < 10
        ? { kind: 'wait', delayMs: 1, reason: 'rate budget' }
        : { kind: 'dead', fault: 'data', error: 'x' }
    },
  })
  await producer.enqueueEvent(event('a'))
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('failed'))
  expect(reports.map(({ outcome }) => outcome)).toEqual([...Array(9).fill('wait'), 'dead'])
  expect(letters).toMatchObject([{ attempts: 1 }])
})

test('an error is tried again eight times, then the dead letter says so', async () => {
  const handleEvent = vi.fn(async (): Promise<JobResult> => {
    throw new TypeError('no such column')
  })
  await start({ handleEvent })
  await producer.enqueueEvent(event('a'))
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('failed'))
  expect(handleEvent).toHaveBeenCalledTimes(8)
  expect(letters).toEqual([
    {
      jobId: eventJobId('a'),
      payload: event('a'),
      event: event('a'),
      fault: 'ours',
      error: 'failed 8 times, last: TypeError: no such column',
      attempts: 8,
    },
  ])
})

test('an error that passes costs nothing but tries', async () => {
  let calls = 0
  await start({
    async handleEvent() {
      calls += 1
      if (calls < 4) throw new Error('connection lost')
      return { kind: 'done' }
    },
  })
  await producer.enqueueEvent(event('a'))
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('completed'))
  expect(reports.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'retry', 'done'])
  expect(letters).toEqual([])
})

test('a handler that cannot enqueue what comes next waits, without a try', async () => {
  let calls = 0
  await start({
    async handleEvent() {
      calls += 1
      if (calls === 1) throw new QueueUnavailable('timeout', 'Redis did not answer')
      return { kind: 'done' }
    },
  })
  await producer.enqueueEvent(event('a'))
  await reported(2)
  expect(reports).toMatchObject([{ outcome: 'wait' }, { outcome: 'done' }])
})

test('the dead letter is written before BullMQ knows that the job has failed', async () => {
  let stateAtBurial: string | undefined
  await start({
    handleEvent: async () => ({ kind: 'dead', fault: 'theirs', error: 'refused 422' }),
    async onDead(letter) {
      stateAtBurial = await stateOf(letter.jobId)
    },
  })
  await producer.enqueueEvent(event('a'))
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('failed'))
  expect(stateAtBurial).toBe('active')
})

test('a job whose dead letter cannot be written is kept alive until it can', async () => {
  let isPostgresAway = true
  await start({
    handleEvent: async () => ({ kind: 'dead', fault: 'data', error: 'not possible' }),
    async onDead(letter) {
      if (isPostgresAway) throw new Error('connection refused')
      letters.push(letter)
    },
  })
  await producer.enqueueEvent(event('a'))
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('delayed'))
  isPostgresAway = false
  const job = await queue.getJob(eventJobId('a'))
  await job!.promote()
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('failed'))
  expect(letters).toMatchObject([{ attempts: 1, fault: 'data', error: 'not possible' }])
})

test.each([
  ['ev-unreadable', { ref: 'nonsense' }, 'malformed event job: ref: '],
  ['fx-unreadable', { effectId: 17 }, 'malformed effect job: effectId: '],
  ['something-else', {}, 'the job id begins with neither'],
])('a job that cannot be read (%s) is a dead letter with what lay in Redis', async (jobId, data, error) => {
  await start()
  await queue.add('order.taken', data, { jobId, attempts: 8 })
  await until(async () => expect(await stateOf(jobId)).toBe('failed'))
  expect(letters).toMatchObject([{ jobId, fault: 'data', attempts: 1, payload: data }])
  expect(letters[0]!.error).toContain(error)
})

test('a job that has waited for too long is dead', async () => {
  await start({
    maxAgeMs: { event: 0, effect: 0 },
    async handleEvent() {
      await sleep(2)
      return { kind: 'wait', delayMs: 1, reason: 'the order is not known yet' }
    },
  })
  await producer.enqueueEvent(event('a'))
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('failed'))
  expect(letters).toMatchObject([{ error: expect.stringContaining('the order is not known yet') }])
})

test('closing waits for the job that runs, and takes no other', async () => {
  const { handle, started, finish } = heldJob()
  const host = await start({ concurrency: 1, handleEvent: handle })
  await producer.enqueueEvents([event('a'), event('b')])
  await started
  const closing = host.close(10_000)
  finish()
  await closing
  expect(reports).toMatchObject([{ outcome: 'done' }])
  expect(await stateOf(eventJobId('a'))).toBe('completed')
  expect(await stateOf(eventJobId('b'))).toBe('waiting')
})

test('a job that outlasts the deadline is aborted and given back at once, without a try', async () => {
  const { handle, started } = heldJob()
  const host = await start({ handleEvent: handle })
  await producer.enqueueEvent(event('a'))
  await started
  await host.close(20)
  expect(await stateOf(eventJobId('a'))).toBe('delayed')
  await start()
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('completed'))
  expect(reports).toMatchObject([{ outcome: 'wait' }, { outcome: 'done' }])
})

test('a job that another worker has taken over is let go of', async () => {
  const { handle, started } = heldJob()
  await start({ handleEvent: handle, lockMs: 400 })
  await producer.enqueueEvent(event('a'))
  await started
  await redis.set(`${PREFIX}:assembly:${eventJobId('a')}:lock`, 'another worker')
  await reported(1)
  expect(reports).toMatchObject([{ outcome: 'let-go' }])
  expect(letters).toEqual([])
  expect(await stateOf(eventJobId('a'))).toBe('active')
})

test('the job of a worker process killed with SIGKILL is run by another', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HANGING_WORKER], {
    env: { ...process.env, MODULE: new URL('./start-worker.ts', import.meta.url).href, REDIS_URL: server.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await producer.enqueueEvent(event('a'))
    await once(child.stdout, 'data')
    expect(await stateOf(eventJobId('a'))).toBe('active')
  } finally {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  await start({ lockMs: 500 })
  await until(async () => expect(await stateOf(eventJobId('a'))).toBe('completed'))
  expect(reports).toMatchObject([{ outcome: 'done' }])
})

test('an idle worker works again after Redis was killed and started again', async () => {
  await start()
  await producer.enqueueEvent(event('before'))
  await reported(1)
  await server.kill()
  await server.start()
  await until(() => producer.enqueueEvent(event('after')))
  await reported(2)
})

test('a worker that starts before Redis waits for it', async () => {
  await server.kill()
  const starting = start()
  await server.start()
  await until(() => producer.enqueueEvent(event('a')))
  const host = await starting
  await reported(1)
  await host.assertReady()
})

test('a worker refuses a Redis that evicts keys', async () => {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  try {
    await expect(start()).rejects.toThrow('maxmemory-policy is allkeys-lru')
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
  }
})

test('a worker that fetches nothing although jobs wait says so', async () => {
  const onStuck = vi.fn()
  await start({ stuckMs: 100, onStuck })
  // Not through BullMQ: without its marker no worker is woken.
  await redis.lpush(`${PREFIX}:assembly:wait`, 'ev-nobody-is-told')
  await until(() => expect(onStuck).toHaveBeenCalledExactlyOnceWith('assembly'))
})

/** A job that runs until the test lets it finish or it is aborted. */
function heldJob() {
  const { promise: started, resolve: markStarted } = Promise.withResolvers<void>()
  const { promise: released, resolve: finish } = Promise.withResolvers<void>()
  const handle = async (_job: EventJob, signal: AbortSignal): Promise<JobResult> => {
    markStarted()
    await Promise.race([released, once(signal, 'abort').then(() => Promise.reject(new Error('aborted')))])
    return { kind: 'done' }
  }
  return { handle, started, finish }
}

const HANGING_WORKER = `
const { startWorker } = await import(process.env.MODULE)
const log = { info() {}, warn() {}, error() {} }
await startWorker({
  redisUrl: process.env.REDIS_URL, queue: 'assembly', log, lockMs: 500,
  handleEvent: () => { process.stdout.write('running'); return new Promise(() => {}) },
  handleEffect: async () => ({ kind: 'done' }),
  onDead: async () => {},
})
`
