import { createOwnRedis, type OwnRedis } from '@sluice/testkit'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createBoardQueues } from './create-board-queues.ts'
import { createQueueStatsReader } from './queue-stats.ts'
import { createFailedJobSweeper, type FailedJob, type FailedJobFate } from './sweep-failed.ts'

const PREFIX = '{sluice:0}'
let server: OwnRedis
let redis: Redis
let queue: Queue

beforeAll(async () => {
  server = await createOwnRedis()
  redis = new Redis(server.url, { maxRetriesPerRequest: null })
  queue = new Queue('notification', { connection: redis, prefix: PREFIX })
})
beforeEach(() => redis.flushall())
afterAll(async () => {
  await queue.close()
  redis.disconnect()
  await server.remove()
})

async function failJobs(ids: string[]): Promise<void> {
  await queue.addBulk(ids.map((jobId) => ({ name: 'notify-marketplace', data: { effectId: jobId }, opts: { jobId } })))
  const worker = new Worker('notification', () => Promise.reject(new UnrecoverableError('refused 422')), {
    connection: { url: server.url, maxRetriesPerRequest: null },
    prefix: PREFIX,
  })
  await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(ids.length), { timeout: 5_000, interval: 10 })
  await worker.close()
}

async function sweep(decide: (job: FailedJob) => FailedJobFate): Promise<number> {
  const sweeper = createFailedJobSweeper(server.url)
  try {
    return await sweeper.sweep('notification', async (job) => decide(job))
  } finally {
    await sweeper.close()
  }
}

test('every failed job is asked for once, over several pages', async () => {
  const ids = Array.from({ length: 250 }, (_, i) => `fx-order-${i}.1-0`)
  await failJobs(ids)
  const asked: string[] = []
  const cleared = await sweep(({ jobId }) => {
    asked.push(jobId)
    return asked.length % 3 === 0 ? 'keep' : 'remove'
  })
  expect(asked.toSorted()).toEqual(ids.toSorted())
  expect(cleared).toBe(167)
  expect(await queue.getFailedCount()).toBe(83)
})

test('a failed job is shown with what a dead letter needs', async () => {
  await failJobs(['fx-order-1.1-0'])
  const shown: FailedJob[] = []
  await sweep((job) => {
    shown.push(job)
    return 'keep'
  })
  expect(shown).toEqual([
    {
      queue: 'notification',
      jobId: 'fx-order-1.1-0',
      name: 'notify-marketplace',
      kind: 'effect',
      payload: { effectId: 'fx-order-1.1-0' },
      error: 'refused 422',
      attempts: 1,
      stalls: 0,
      enqueuedAt: expect.any(Date),
      failedAt: expect.any(Date),
    },
  ])
})

test('a requeued effect keeps its id, a requeued event gets a new one, both with fresh tries', async () => {
  await failJobs(['fx-order-1.1-0', 'ev-abc'])
  expect(await sweep(() => 'requeue')).toBe(2)
  expect(await queue.getFailedCount()).toBe(0)
  const waiting = await queue.getWaiting()
  expect(waiting.map(({ id }) => id)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^ev-abc-again-\d+$/), 'fx-order-1.1-0']),
  )
  expect(waiting.map(({ attemptsMade }) => attemptsMade)).toEqual([0, 0])
})

test('the depth of every queue and the age of its oldest job are told', async () => {
  await failJobs(['fx-order-1.1-0'])
  const hourAgo = Date.now() - 3_600_000
  await queue.add('tell-back-office', {}, { jobId: 'fx-old', timestamp: hourAgo })
  await queue.add('tell-back-office', {}, { jobId: 'fx-new' })
  await queue.add('tell-back-office', {}, { jobId: 'fx-later', delay: 60_000 })
  const reader = createQueueStatsReader(server.url)
  const stats = await reader.read()
  reader.close()
  expect(stats.map((entry) => entry.queue)).toEqual(['reservation', 'assembly', 'cancellation', 'notification'])
  expect(stats[0]).toEqual({
    queue: 'reservation',
    waiting: 0,
    active: 0,
    delayed: 0,
    failed: 0,
    completed: 0,
    oldestWaitingMs: 0,
  })
  expect(stats[3]).toMatchObject({ waiting: 2, active: 0, delayed: 1, failed: 1, completed: 0 })
  expect(stats[3]!.oldestWaitingMs).toBeGreaterThanOrEqual(3_600_000)
  expect(stats[3]!.oldestWaitingMs).toBeLessThan(3_660_000)
})

test('the board sees the same queues', async () => {
  await queue.add('tell-back-office', {}, { jobId: 'fx-1' })
  const board = createBoardQueues(server.url)
  expect(board.queues.map(({ name }) => name)).toEqual(['reservation', 'assembly', 'cancellation', 'notification'])
  expect(await board.queues[3]!.getWaitingCount()).toBe(1)
  await board.close()
})
