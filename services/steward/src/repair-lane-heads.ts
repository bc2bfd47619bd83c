import type { Ledger } from '@sluice/ledger'
import type { EventProducer } from '@sluice/queue'

const PAGE = 500

/**
 * Enqueues every due lane head, whether or not it has a job: the job's id is the same, so one that has is left as it is.
 * This is the answer to every crash between a save and its enqueueing, and to a Redis that was lost or emptied.
 * Pages through all of them, so that a long backlog hides nothing behind it. Resolves with how many were looked at.
 */
export async function repairLaneHeads(
  deps: { ledger: Ledger; producer: EventProducer; graceMs: number },
  signal: AbortSignal,
): Promise<number> {
  let looked = 0
  let afterId: string | undefined
  while (!signal.aborted) {
    const heads = await deps.ledger.listDueHeads({
      olderThanMs: deps.graceMs,
      limit: PAGE,
      ...(afterId !== undefined && { afterId }),
    })
    await deps.producer.enqueueEffects(heads)
    looked += heads.length
    if (heads.length < PAGE) break
    afterId = heads.at(-1)?.effectId
  }
  return looked
}
