import type { EventJob } from '@sluice/contracts'
import { createOwnRedis, type OwnRedis } from '@sluice/testkit'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createBoardQueues } from './create-board-queues.ts'
import { createQueueStatsReader } from './queue-stats.ts'
import { createFailedJobSweeper, type FailedJob } from './sweep-failed.ts'

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

async function failJobs(ids: string[], dataOf = (jobId: string): unknown => ({ effectId: jobId })): Promise<void> {
  await queue.addBulk(ids.map((jobId) => ({ name: 'notify-marketplace', data: dataOf(jobId), opts: { jobId } })))
  const worker = new Worker('notification', () => Promise.reject(new UnrecoverableError('refused 422')), {
    connection: { url: server.url, maxRetriesPerRequest: null },
    prefix: PREFIX,
  })
  await vi.waitFor(async () => expect(await queue.getFailedCount()).toBe(ids.length), { timeout: 5_000, interval: 10 })
  await worker.close()
}

async function sweep(bury: (job: FailedJob) => void): Promise<number> {
  const sweeper = createFailedJobSweeper(server.url)
  try {
    return await sweeper.sweep('notification', async (job) => bury(job))
  } finally {
    await sweeper.close()
  }
}

test('every failed job is handed over once, over several pages, and then gone', async () => {
  const ids = Array.from({ length: 250 }, (_, i) => `fx-order-${i}.1-0`)
  await failJobs(ids)
  const buried: string[] = []
  expect(await sweep(({ jobId }) => void buried.push(jobId))).toBe(250)
  expect(buried.toSorted()).toEqual(ids.toSorted())
  expect(await queue.getFailedCount()).toBe(0)
})

test('a failed job that cannot be buried stays', async () => {
  await failJobs(['fx-order-1.1-0'])
  const away = () => {
    throw new Error('Postgres is away')
  }
  await expect(sweep(away)).rejects.toThrow('Postgres is away')
  expect(await queue.getFailedCount()).toBe(1)
})

test('a failed job is shown with what a dead letter needs', async () => {
  const job: EventJob = {
    ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
    name: 'order.received',
    envelope: {
      event: { type: 'order.taken' },
      source: 'marketplace',
      dedupKey: 'a',
      receivedAt: '2026-05-01T07:00:00.000Z',
    },
  }
  await failJobs(['ev-readable', 'ev-unreadable'], (jobId) => (jobId === 'ev-readable' ? job : { effectId: jobId }))
  const shown: FailedJob[] = []
  await sweep((failed) => void shown.push(failed))
  const common = {
    queue: 'notification',
    kind: 'event',
    error: 'refused 422',
    attempts: 1,
    stalls: 0,
    failedAt: expect.any(Date),
  }
  expect(shown.toSorted((a, b) => a.jobId.localeCompare(b.jobId))).toEqual([
    { ...common, jobId: 'ev-readable', payload: job, event: job },
    { ...common, jobId: 'ev-unreadable', payload: { effectId: 'ev-unreadable' } },
  ])
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
