import type { EffectKind, Lane } from './effects.ts'
import type { EffectRecord, Order } from './order.ts'

export interface LaneHead {
  key: string
  seq: number
  kind: EffectKind
  lane: Lane
  delayMs?: number
}

/**
 * The first waiting effect of each lane, unless a dead one blocks the lane. A hint for enqueueing: the ledger's claim has
 * the last word, because it also knows about attempts in flight.
 */
export function laneHeads(order: Order): LaneHead[] {
  const firstOpen = new Map<string, [string, EffectRecord]>()
  const bySeq = Object.entries(order.effects).sort(([, a], [, b]) => a.seq - b.seq)
  for (const [key, effect] of bySeq) {
    const isOpen = effect.status === 'waiting' || (effect.status === 'dead' && effect.isBlocking)
    // Each deadline has its own time: none waits for another.
    const lane = effect.lane === 'deadline' ? key : effect.lane
    if (isOpen && !firstOpen.has(lane)) firstOpen.set(lane, [key, effect])
  }
  return [...firstOpen.values()]
    .filter(([, effect]) => effect.status === 'waiting')
    .map(([key, { seq, kind, lane, delayMs }]) => ({ key, seq, kind, lane, ...(delayMs !== undefined && { delayMs }) }))
}
