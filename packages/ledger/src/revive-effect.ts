import type { Grouper } from './create-grouper.ts'
import type { Pool } from './create-pool.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import type { EffectHead, WriteRequest, WriteResult } from './write-request.ts'

export type RevivalResult =
  | { kind: 'revived'; heads: EffectHead[] }
  /** The letter is closed: revived before (then with the heads, which may not have been enqueued), or discarded. */
  | { kind: 'already-resolved'; heads: EffectHead[] }
  /** No letter of an effect. */
  | { kind: 'unknown' }

/**
 * A dead effect waits again, with all its tries; its letter is closed as replayed. The event `effect.revived` is recorded
 * under a key of the letter, so a second click changes nothing. Enqueue the heads it answers.
 */
export async function reviveEffect(
  pool: Pool,
  writer: Grouper<WriteRequest, WriteResult>,
  letterId: string,
  by: string,
): Promise<RevivalResult> {
  const [letter] = await pool.run((sql) => listDeadLetters(sql, { id: letterId, limit: 1 }))
  if (!letter?.effect || letter.orderNumber === null) return { kind: 'unknown' }
  if (letter.status === 'discarded') return { kind: 'already-resolved', heads: [] }
  const { orderNumber } = letter
  const [order] = await pool.run(
    (sql) => sql<[{ marketplace: string; account: string }]>`
      select marketplace, account from orders where number = ${orderNumber}`,
  )
  const result = await writer.ask({
    kind: 'event',
    ref: { ...order, number: orderNumber },
    envelope: {
      event: { type: 'effect.revived', key: letter.effect.key, by },
      source: 'operator',
      dedupKey: `revive:${letterId}`,
      receivedAt: new Date().toISOString(),
    },
    name: 'effect.revived',
  })
  switch (result.kind) {
    case 'recorded':
      return { kind: 'revived', heads: result.heads }
    case 'duplicate':
      return { kind: 'already-resolved', heads: result.heads }
    case 'unknown-order':
    case 'noted':
      return { kind: 'unknown' }
  }
}
