import type { Ledger } from '@sluice/ledger'
import type { DeadJob, QueueName } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'

export interface BurialDeps {
  ledger: Pick<Ledger, 'writeDeadLetter'>
  queue: QueueName
  log: Pick<Logger, 'error'>
}

/**
 * Keeps the dead letter of a job, with its order where the event names one. Not when it failed first: BullMQ does not remember.
 */
export function createBurial({ ledger, queue, log }: BurialDeps): (job: DeadJob) => Promise<void> {
  return async ({ jobId, payload, fault, error, attempts, event, effect }) => {
    const orderNumber = event?.ref.number
    const letter = { queue, job: jobId, payload, fault, error, attempts }
    await ledger.writeDeadLetter({ ...letter, ...(orderNumber !== undefined && { orderNumber }) })
    log.error({ event: 'job.dead', queue, jobId, fault, error, orderNumber, effectId: effect?.effectId })
  }
}
