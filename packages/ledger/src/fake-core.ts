import {
  createOrder,
  defaultPolicy,
  type EffectRecord,
  type EffectStatus,
  type EventEnvelope,
  type Order,
  type OrderEvent,
  type OrderSettings,
  type PlannedEffect,
} from '@sluice/orders'
import type { FoldDeps } from './fold-group.ts'
import type { EventRef } from './write-request.ts'

/** Of a marketplace that is told little. */
export function settingsFor(): OrderSettings {
  const steps = ['in_work', 'ready', 'delivered', 'canceled'] as const
  return {
    policy: defaultPolicy,
    pickupCode: '0000',
    traits: {
      reports: {
        'marketplace-delivery': steps,
        pickup: steps,
        'merchant-delivery': steps,
        digital: steps,
        'by-marketplace': steps,
      },
      announcesReturns: false,
    },
  }
}

const kinds = { stock: 'release-stock', news: 'tell-back-office', deadline: 'watch-deadline' } as const

/** What an event of the fake core does; written as JSON into the name of a `marketplace.noted`. */
export interface Script {
  plan?: { key: string; lane?: keyof typeof kinds; isBlocking?: boolean; delayMs?: number; note?: string }[]
  drop?: number[]
  attention?: string
  /** It is no order. */
  conversation?: 'open' | 'answered'
  throws?: string
  verdict?: string
}

/** A core without rules, for tests of the ledger alone: events say what is to be decided. */
export const fakeApply: FoldDeps['apply'] = (before, ref, { event }) => {
  const known = before ?? createOrder(ref)
  const order: Order = { ...known, version: known.version + 1, effects: { ...known.effects } }
  if ('key' in event && event.key !== undefined) {
    const effect = order.effects[event.key]
    const status: EffectStatus =
      event.type === 'effect.died' ? 'dead' : event.type === 'effect.revived' ? 'waiting' : 'done'
    // As the real core: what was taken back while it was under way is not dead.
    const isMoot = effect?.status === 'dropped' && event.type === 'effect.died'
    if (effect && !isMoot) order.effects[event.key] = { ...effect, status }
    return {
      order,
      verdict: 'applied',
      planned: [],
      dropped: [],
      revived: event.type === 'effect.revived' ? [effect!.seq] : [],
    }
  }
  const script: Script = event.type === 'marketplace.noted' ? JSON.parse(event.name) : {}
  if (script.throws) throw new Error(script.throws)
  if (script.conversation) {
    order.conversation = { topic: 'chat', announcedMessages: {}, messages: {}, replies: {} }
    order.status = script.conversation
  }
  if (script.attention) order.attention = { 'effect-dead': script.attention }
  const planned = (script.plan ?? []).map(
    ({ key, lane = 'stock', isBlocking = true, delayMs, note }): PlannedEffect => {
      const seq = order.nextSeq++
      const kind = kinds[lane]
      const timing = delayMs === undefined ? {} : { delayMs }
      order.effects[key] = { seq, kind, lane, status: 'waiting', isBlocking, ...timing } as EffectRecord
      return {
        kind,
        lane,
        payload: { reason: note ?? key },
        key,
        seq,
        isBlocking,
        ...timing,
      } as unknown as PlannedEffect
    },
  )
  for (const seq of script.drop ?? []) {
    const key = Object.keys(order.effects).find((name) => order.effects[name]?.seq === seq)
    if (key) order.effects[key] = { ...order.effects[key]!, status: 'dropped' }
  }
  const verdict = (script.verdict ?? 'applied') as 'applied'
  return { order, verdict, planned, dropped: script.drop ?? [], revived: [] }
}

export function noted(script: Script = {}): OrderEvent {
  return { type: 'marketplace.noted', name: JSON.stringify(script) }
}

export function fullRef(externalId: string, more: Partial<EventRef> = {}): EventRef {
  return { marketplace: 'kuper', account: 'main', externalId, number: `KU-${externalId}`, ...more }
}

export function requestOf(ref: EventRef, dedupKey: string, event: OrderEvent = noted()) {
  const envelope: EventEnvelope = {
    event,
    source: 'marketplace',
    dedupKey,
    occurredAt: '2025-03-01T10:00:00Z',
    receivedAt: '2025-03-01T10:00:01.250Z',
  }
  return { ref, envelope, name: `test.${event.type}` }
}
