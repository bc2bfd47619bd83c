import type { Effect, PlannedEffect } from './effects.ts'
import type { EffectRecord, Order } from './order.ts'

export interface WantOptions {
  /** What the effect says, where it may have to be said again: another fingerprint leads to another generation. */
  fingerprint?: string
  /** Default true. A dead effect that does not block lets its lane go on. */
  isBlocking?: boolean
  delayMs?: number
}

/** Collects what an order owes the world: each thing once, unless what it says has changed or it was dropped unsent. */
export interface Plan {
  order: Order
  planned: PlannedEffect[]
  /** Positions of effects to drop, should they never have been attempted. */
  dropped: number[]
}

export function createPlan(order: Order): Plan {
  return { order: { ...order, effects: { ...order.effects } }, planned: [], dropped: [] }
}

/** Plans an effect under `base` (`<kind>/<step>`), unless it is planned already. Returns the key of its newest generation. */
export function want(plan: Plan, base: string, effect: Effect, options: WantOptions = {}): string {
  const { fingerprint, isBlocking = true, delayMs } = options
  const newest = newestGeneration(plan.order, base)
  if (newest && newest.record.status !== 'dropped' && newest.record.fingerprint === fingerprint) return newest.key
  if (newest) dropWhere(plan, (key) => key === newest.key)

  const key = newest ? `${base}#${newest.generation + 1}` : base
  const seq = plan.order.nextSeq
  const timing = delayMs === undefined ? {} : { delayMs }
  plan.planned.push({ ...effect, key, seq, isBlocking, ...timing })
  const said = fingerprint === undefined ? {} : { fingerprint }
  plan.order.effects[key] = {
    seq,
    kind: effect.kind,
    lane: effect.lane,
    status: 'waiting',
    isBlocking,
    ...timing,
    ...said,
  }
  plan.order.nextSeq = seq + 1
  return key
}

/** Takes back what still waits. An attempt in flight is not taken back: its result comes as an event all the same. */
export function dropWhere(plan: Plan, isMeant: (key: string, record: EffectRecord) => boolean): void {
  for (const [key, record] of Object.entries(plan.order.effects)) {
    if (record.status !== 'waiting' || !isMeant(key, record)) continue
    plan.order.effects[key] = { ...record, status: 'dropped' }
    const fresh = plan.planned.findIndex((effect) => effect.key === key)
    if (fresh >= 0) plan.planned.splice(fresh, 1)
    else plan.dropped.push(record.seq)
  }
}

/** Whether something is owed or done under `base`. */
export function isPlanned(order: Order, base: string): boolean {
  const newest = newestGeneration(order, base)
  return newest !== undefined && newest.record.status !== 'dropped'
}

/** The newest effect under `base`, as far as the order knows. */
export function newestEffect(order: Order, base: string): EffectRecord | undefined {
  return newestGeneration(order, base)?.record
}

export function newestGeneration(
  order: Order,
  base: string,
): { key: string; generation: number; record: EffectRecord } | undefined {
  let found: { key: string; generation: number; record: EffectRecord } | undefined
  for (let generation = 1; ; generation++) {
    const key = generation === 1 ? base : `${base}#${generation}`
    const record = order.effects[key]
    if (!record) return found
    found = { key, generation, record }
  }
}
