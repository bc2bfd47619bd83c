import type { Deadline, Effect, News, PlannedEffect } from './effects.ts'
import type { EffectRecord, Order } from './order.ts'

export interface WantOptions {
  /** What the effect says, where it may have to be said again: another fingerprint leads to another generation. */
  fingerprint?: string
  /** Default true. A dead effect that does not block lets its lane go on. */
  isBlocking?: boolean
  delayMs?: number
  /** Said once for good: after it is done, nothing is said again, whatever has changed. */
  isFinal?: boolean
  /** Doing it again is harmless, and its answer tells where things stand: what was done before a change does not count. */
  isRepeatable?: boolean
}

/** Collects what an order owes the world: each thing once, unless what it says has changed or it was dropped unsent. */
export interface Plan {
  order: Order
  /** Keys of what this decision has wanted so far. */
  wanted: Set<string>
  planned: PlannedEffect[]
  /** Positions of effects to drop, should they never have been attempted. */
  dropped: number[]
}

export function createPlan(order: Order): Plan {
  return { order: { ...order, effects: { ...order.effects } }, wanted: new Set(), planned: [], dropped: [] }
}

/**
 * Plans an effect under `base` (`<kind>/<step>`), unless it is planned already; one that says something else takes the place
 * of what still waits. Returns the key of the generation that counts.
 */
export function want(plan: Plan, base: string, effect: Effect, options: WantOptions = {}): string {
  const key = wantGeneration(plan, base, effect, options)
  plan.wanted.add(key)
  return key
}

function wantGeneration(plan: Plan, base: string, effect: Effect, options: WantOptions): string {
  const { fingerprint, isBlocking = true, delayMs } = options
  const generations = listGenerations(plan.order, base)
  const newest = generations.at(-1)
  const done = generations.findLast(({ record }) => record.status === 'done')
  const isSaid = done && (options.isFinal || done.record.fingerprint === fingerprint)
  if (isSaid && (done === newest || !options.isRepeatable)) {
    // Taken back while it was under way, it succeeded all the same: what was planned in its place is not needed.
    if (done !== newest) dropWhere(plan, (key) => key === newest?.key)
    return done.key
  }
  if (newest && newest.record.status !== 'dropped' && newest.record.fingerprint === fingerprint) return newest.key
  // Reports that follow it in its lane are wanted again behind it, later in this decision.
  if (newest && newest.record.status !== 'dropped') {
    const { seq, lane } = newest.record
    dropWhere(
      plan,
      (key, record) =>
        key === newest.key ||
        (lane === 'marketplace' && record.lane === lane && record.seq > seq && !plan.wanted.has(key)),
    )
  }

  const key = newest ? `${base}#${generations.length + 1}` : base
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

/** News to the store. It never blocks: a store that cannot be told still gets the next news. */
export function tellBackOffice(plan: Plan, step: string, payload: News, options: WantOptions = {}): void {
  const effect = { kind: 'tell-back-office', lane: 'news', payload } as const
  want(plan, `tell-back-office/${step}`, effect, { ...options, isBlocking: false })
}

/** A timer that outlives every process. Another fingerprint (what the time is counted from) sets it anew. */
export function watch(
  plan: Plan,
  timer: string,
  deadline: Deadline,
  options: Required<Pick<WantOptions, 'delayMs'>> & WantOptions,
): void {
  const effect = { kind: 'watch-deadline', lane: 'deadline', payload: { deadline } } as const
  want(plan, timer, effect, { ...options, isBlocking: false })
}

/**
 * Takes back what still waits, or has died and would block its lane for nothing. An attempt in flight is not taken back: its
 * result comes as an event all the same.
 */
export function dropWhere(plan: Plan, isMeant: (key: string, record: EffectRecord) => boolean): void {
  for (const [key, record] of Object.entries(plan.order.effects)) {
    const isOpen = record.status === 'waiting' || record.status === 'dead'
    if (!isOpen || !isMeant(key, record)) continue
    plan.order.effects[key] = { ...record, status: 'dropped' }
    const fresh = plan.planned.findIndex((effect) => effect.key === key)
    if (fresh >= 0) plan.planned.splice(fresh, 1)
    else plan.dropped.push(record.seq)
  }
}

/** Whether the destination has taken the effect of that key, and not merely understood it. */
export function isTaken(order: Order, key: string): boolean {
  return order.effects[key]?.status === 'done' && order.declined?.[key] === undefined
}

/** Whether the destination has taken anything of what was planned under `base`. */
export function isTakenUnder(order: Order, base: string): boolean {
  return listGenerations(order, base).some(({ key }) => isTaken(order, key))
}

/** Why the destination would not take what was planned under `base`, for people; undefined when it never said so. */
export function whyDeclined({ effects, declined = {} }: Order, base: string, fingerprint?: string): string | undefined {
  return listGenerations({ effects }, base)
    .filter(({ record }) => fingerprint === undefined || record.fingerprint === fingerprint)
    .map(({ key }) => declined[key])
    .findLast((why) => why !== undefined)
}

/** Whether the timer under `base` has rung for this very deadline. */
export function hasPassed(order: Order, base: string, fingerprint: string | undefined): boolean {
  return listGenerations(order, base).some(
    ({ record }) => record.status === 'done' && record.fingerprint === fingerprint,
  )
}

/** Whether something is owed or done under `base`. */
export function isPlanned(order: Order, base: string): boolean {
  return listGenerations(order, base).some(({ record }) => record.status !== 'dropped')
}

/** The effect under `base` that counts, as far as the order knows: the one that is done, else the newest. */
export function newestEffect(order: Order, base: string): EffectRecord | undefined {
  const generations = listGenerations(order, base)
  return (generations.findLast(({ record }) => record.status === 'done') ?? generations.at(-1))?.record
}

/** The key of what was planned last under `base`. */
export function newestKey(order: Order, base: string): string | undefined {
  return listGenerations(order, base).at(-1)?.key
}

/** `base`, `base#2`, `base#3` ..., oldest first. */
function listGenerations(order: Pick<Order, 'effects'>, base: string): { key: string; record: EffectRecord }[] {
  const found: { key: string; record: EffectRecord }[] = []
  for (let key = base; ; key = `${base}#${found.length + 1}`) {
    const record = order.effects[key]
    if (!record) return found
    found.push({ key, record })
  }
}
