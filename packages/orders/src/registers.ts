import type { EventEnvelope, PlacedOrder } from './events.ts'
import type { Milestone, Order, Register } from './order.ts'
import { stableJson } from './stable-json.ts'

/** Milestones keep the earliest time, so that repeats and permutations agree. */
export function reach(order: Order, milestone: Milestone, at: string): Order {
  const known = order.milestones[milestone]
  if (known !== undefined && toInstant(known) <= toInstant(at)) return order
  return { ...order, milestones: { ...order.milestones, [milestone]: at } }
}

export function newest<T>(register: Register<T> | undefined, value: T, stamp: string): Register<T> {
  return register && register.stamp >= stamp ? register : { value, stamp }
}

export function withEffect(order: Order, key: string, status: 'waiting' | 'done' | 'dead', settledAt?: string): Order {
  const effect = order.effects[key]
  if (!effect) return order
  return {
    ...order,
    effects: { ...order.effects, [key]: { ...effect, status, ...(settledAt !== undefined && { settledAt }) } },
  }
}

/** Sorts as text: when it happened, then when it reached us, then its dedup key. */
export function stampOf(envelope: EventEnvelope): string {
  return `${toInstant(happenedAt(envelope))}|${toInstant(envelope.receivedAt)}|${envelope.dedupKey}`
}

/** What the sender says, unless its clock is ahead of ours: a date in the future would be the newest for ever. */
export function happenedAt({ occurredAt, receivedAt }: Pick<EventEnvelope, 'occurredAt' | 'receivedAt'>): string {
  return occurredAt === undefined || toInstant(occurredAt) > toInstant(receivedAt) ? receivedAt : occurredAt
}

/** Comparable as text whatever offset the sender wrote. Unreadable times sort last but stay deterministic. */
export function toInstant(text: string): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? `~${text}` : new Date(ms).toISOString()
}

/** A day: a clock may be wrong, but not by more, or nothing it says later would be news. */
const MAX_AHEAD_MS = 86_400_000

/** On the sender's own clock, so that its times can be compared with each other. */
export function toldAt({ occurredAt, receivedAt }: EventEnvelope): string {
  const isCredible = occurredAt !== undefined && Date.parse(occurredAt) < Date.parse(receivedAt) + MAX_AHEAD_MS
  return isCredible ? occurredAt : receivedAt
}

/** Sorts as text: by the sender's own clock, then when it reached us, then the dedup key. */
export function toldStamp(envelope: EventEnvelope): string {
  return `${toInstant(toldAt(envelope))}|${toInstant(envelope.receivedAt)}|${envelope.dedupKey}`
}

/** Sorts as text: whole second of the sender's clock, then when it reached us. */
export function stampAt(at: string, { receivedAt, dedupKey }: EventEnvelope): string {
  return `${toSecond(at)}|${receivedAt}|${dedupKey}`
}

/** Whole seconds: marketplaces tell their times in seconds here and in finer fractions there. */
export function toSecond(text: string): string {
  return toInstant(text).replace(/\.\d+Z$/, 'Z')
}

/** A merge: what is absent keeps its value, also inside of these; a present list replaces the whole list. */
const MERGED_INSIDE = new Set(['deliveryWindow', 'customer', 'total'])

export function withChanges(order: Order, said: Partial<PlacedOrder>, stamp: string, receivedAt: string): Order {
  const changes = mergeChanges(order.changes, said, stamp)
  if (!said.lines) return { ...order, changes }
  const lineHistory = [...order.lineHistory, { lines: said.lines, stamp, receivedAt }]
  return { ...order, changes, lineHistory: lineHistory.sort(byArrival) }
}

export function mergeChanges(before: Order['changes'], said: Partial<PlacedOrder>, stamp: string): Order['changes'] {
  const merged = { ...before }
  for (const [field, value] of Object.entries(said)) {
    const parts: [string, unknown][] = MERGED_INSIDE.has(field)
      ? Object.entries(value as object).map(([part, inner]) => [`${field}.${part}`, inner])
      : [[field, value]]
    for (const [path, part] of parts) if (part !== undefined) merged[path] = newest(merged[path], part, stamp)
  }
  return merged
}

export interface Sighting {
  body: PlacedOrder
  stamp: string
  receivedAt: string
}

/**
 * Also sees to it that none is kept that does not count: once the store has put the goods together, the marketplace may hold
 * what we reported, and that is no wish of anybody's.
 */
export function withSightings(order: Order, added: Sighting[] = []): Order {
  if (!order.sightings && added.length === 0) return order
  const until = composedAtOf(order)
  const all = [...sightingsOf(order), ...added].filter(({ receivedAt }) => until === undefined || receivedAt <= until)
  const first = new Map<string, string>()
  const sightings = all.sort(byArrival).map(({ body, stamp, receivedAt }) => {
    const text = stableJson(body)
    const sameAs = first.get(text)
    if (sameAs !== undefined) return { sameAs, stamp, receivedAt }
    first.set(text, stamp)
    return { body, stamp, receivedAt }
  })
  return { ...order, sightings }
}

export function sightingsOf({ sightings = [] }: Order): Sighting[] {
  const bodies = new Map(sightings.flatMap((one) => ('body' in one ? [[one.stamp, one.body] as const] : [])))
  return sightings.map((one) => ({ ...one, body: 'body' in one ? one.body : bodies.get(one.sameAs)! }))
}

/** When the first document of the store reached us. */
export function composedAtOf({ composedAt, composition }: Order): string | undefined {
  return composedAt ?? composition?.value.receivedAt
}

function byArrival(a: { receivedAt: string; stamp: string }, b: { receivedAt: string; stamp: string }): number {
  return a.receivedAt < b.receivedAt || (a.receivedAt === b.receivedAt && a.stamp < b.stamp) ? -1 : 1
}

/** Milliseconds from an event's arrival until a moment; 0 when it has passed or cannot be read. */
export function dueIn(at: number, receivedAt: string): number {
  return Math.max(0, at - Date.parse(receivedAt) || 0)
}
