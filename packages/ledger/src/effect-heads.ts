import type { LaneHead, Order } from '@sluice/orders'
import { effectIdOf } from './order-id.ts'
import type { EffectHead } from './write-request.ts'

/** Of an effect that was revived, or waits and is not yet due. */
export interface EffectDetail {
  seq: number
  revivals: number
  /** Until it is due. */
  waitMs: number
}

/** What to enqueue for an order: the heads of its lanes, with what only the database knows of them. */
export function effectHeads(
  order: Order,
  details: Map<number, EffectDetail>,
  laneHeads: (order: Order) => LaneHead[],
): EffectHead[] {
  return laneHeads(order).map(({ seq, kind }) => {
    const { revivals = 0, waitMs = 0 } = details.get(seq) ?? {}
    return { effectId: effectIdOf(order.ref.id, seq), kind, revivals, ...(waitMs > 0 && { delayMs: waitMs }) }
  })
}

export function bySeq(details: EffectDetail[]): Map<number, EffectDetail> {
  return new Map(details.map((detail) => [detail.seq, detail]))
}
