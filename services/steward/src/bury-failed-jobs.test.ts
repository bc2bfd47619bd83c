import type { EventJob } from '@sluice/contracts'
import type { FailedJob } from '@sluice/queue'
import { expect, test, vi } from 'vitest'
import { buryFailedJobs } from './bury-failed-jobs.ts'

const event: EventJob = {
  ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
  name: 'order.received',
  envelope: {
    event: { type: 'order.taken' },
    source: 'marketplace',
    dedupKey: 'a',
    receivedAt: '2026-05-01T07:00:00.000Z',
  },
}
const failed: FailedJob = {
  queue: 'assembly',
  jobId: 'ev-a',
  kind: 'event',
  payload: event,
  event,
  error: 'job stalled more than allowable limit',
  attempts: 1,
  stalls: 4,
  failedAt: new Date('2026-05-01T07:05:00.000Z'),
}

async function bury(job: FailedJob) {
  const writeDeadLetter = vi.fn(async () => '1')
  const sweeper = {
    async sweep(queue: string, handOver: (job: FailedJob) => Promise<void>) {
      if (queue !== job.queue) return 0
      await handOver(job)
      return 1
    },
  }
  expect(await buryFailedJobs({ ledger: { writeDeadLetter }, sweeper })).toBe(1)
  return writeDeadLetter
}

test('the letter of an event that killed its workers hangs on its order and says what happened', async () => {
  expect(await bury(failed)).toHaveBeenCalledExactlyOnceWith({
    queue: 'assembly',
    job: 'ev-a',
    payload: event,
    fault: 'ours',
    error: 'job stalled more than allowable limit (its worker died 4 times)',
    attempts: 1,
    firstFailedAt: '2026-05-01T07:05:00.000Z',
    orderNumber: 'KU-H1',
  })
})

test('an event that cannot be read gets a letter without an order', async () => {
  const { event: _, ...unreadable } = failed
  expect(await bury({ ...unreadable, payload: {} })).toHaveBeenCalledExactlyOnceWith(
    expect.not.objectContaining({ orderNumber: expect.anything() }),
  )
})

test('an effect gets no letter from the steward: the ledger has it', async () => {
  expect(await bury({ ...failed, jobId: 'fx-1.1-0', kind: 'effect' })).not.toHaveBeenCalled()
})
