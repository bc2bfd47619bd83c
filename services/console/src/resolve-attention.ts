import { createHash } from 'node:crypto'
import type { Ledger } from '@sluice/ledger'
import type { AttentionCode, Order } from '@sluice/orders'

export type AttentionResolution = 'seen' | 'not-open'

/**
 * A person has looked: the alarm is off until something else is found. Recorded as an event of the order, so the time line
 * tells who and when. Clicked twice, or by two people: the event's key is made of the finding and the order's version, so it
 * is recorded once; the same finding may come back, and be resolved again.
 */
export async function resolveAttention(
  ledger: Pick<Ledger, 'record'>,
  order: Order,
  code: string,
  by: string,
  at: Date,
): Promise<AttentionResolution> {
  const finding = order.attention[code as AttentionCode]
  if (finding === undefined) return 'not-open'
  const { marketplace, account, number } = order.ref
  const digest = createHash('sha256').update(finding).digest('hex').slice(0, 16)
  await ledger.record({
    ref: { marketplace, account, number },
    name: 'attention.resolved',
    envelope: {
      event: { type: 'attention.resolved', code, finding, by },
      source: 'operator',
      dedupKey: `attention:${number}:${code}:${digest}:${order.version}`,
      receivedAt: at.toISOString(),
    },
  })
  return 'seen'
}
