import type { EventJob } from '@sluice/contracts'
import { expect, test, vi } from 'vitest'
import { createBurial } from './bury-job.ts'

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
const job = { jobId: 'ev-a', payload: event, fault: 'data', error: 'not possible', attempts: 8 } as const

test.each([
  ['an event that names its order hangs on that order', { ...job, event }, { orderNumber: 'KU-H1' }],
  ['a job that cannot be read hangs on none', job, {}],
])('the dead letter of %s', async (_, dead, tied) => {
  const writeDeadLetter = vi.fn(async () => '1')
  const error = vi.fn()
  await createBurial({ ledger: { writeDeadLetter }, queue: 'assembly', log: { error } })(dead)
  const { jobId, ...letter } = job
  expect(writeDeadLetter).toHaveBeenCalledExactlyOnceWith({ ...letter, queue: 'assembly', job: jobId, ...tied })
  expect(error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ event: 'job.dead', jobId, ...tied }))
})
