import { createHash } from 'node:crypto'
import type { JobEvent } from '@sluice/contracts'
import type { EffectKind } from '@sluice/orders'

export const QUEUES = ['reservation', 'assembly', 'cancellation', 'notification'] as const
export type QueueName = (typeof QUEUES)[number]

/** Where an event is recorded. Results of effects are recorded by the worker that performed them, never as jobs. */
export function queueForEvent(type: JobEvent['type']): QueueName {
  return EVENT_QUEUES[type]
}

/** Where an effect is performed. */
export function queueForEffect(kind: EffectKind): QueueName {
  return EFFECT_QUEUES[kind]
}

const EVENT_QUEUES: Record<JobEvent['type'], QueueName> = {
  'order.placed': 'reservation',
  'order.updated': 'reservation',
  'order.announced': 'reservation',
  'order.read': 'reservation',
  'order.changed': 'assembly',
  'line-service.changed': 'assembly',
  'order.paid': 'assembly',
  'courier.assigned': 'assembly',
  'courier.arrived': 'assembly',
  'order.taken': 'assembly',
  'order.delivering': 'assembly',
  'order.delivered': 'assembly',
  'marketplace.noted': 'assembly',
  'assembly.started': 'assembly',
  'line.picked': 'assembly',
  'assembly.finished': 'assembly',
  'composition.finalised': 'assembly',
  'pickup-code.created': 'assembly',
  'order.issued': 'assembly',
  'delivery.estimated': 'assembly',
  'delivery.started': 'assembly',
  'delivery.arrived': 'assembly',
  'delivery.finished': 'assembly',
  'courier-code.entered': 'assembly',
  'delivery.tracked': 'assembly',
  'delivery.rescheduled': 'assembly',
  'pickup.extended': 'assembly',
  'digital.issued': 'assembly',
  'effect.revived': 'assembly',
  'attention.resolved': 'assembly',
  'order.cancelled': 'cancellation',
  'cancellation.requested': 'cancellation',
  'cancellation.asked': 'cancellation',
  'cancellation.answered': 'cancellation',
  'return.announced': 'cancellation',
  'return.changed': 'cancellation',
  'return.read': 'cancellation',
  'return.decided': 'cancellation',
  'return.received': 'cancellation',
  'goods.returned': 'cancellation',
  'conversation.announced': 'notification',
  'conversation.disputed': 'notification',
  'conversation.read': 'notification',
  'conversation.replied': 'notification',
}

const EFFECT_QUEUES: Record<EffectKind, QueueName> = {
  'fetch-order': 'reservation',
  'reserve-stock': 'reservation',
  'fetch-return': 'cancellation',
  'answer-cancellation-request': 'cancellation',
  'decide-return': 'cancellation',
  'release-stock': 'cancellation',
  'take-back-goods': 'cancellation',
  'notify-marketplace': 'notification',
  'fetch-conversation': 'notification',
  'reply-to-customer': 'notification',
  'tell-back-office': 'notification',
  'watch-deadline': 'assembly',
}

/** How the queues lie in Redis. Every process of an installation must use the same. */
export interface QueueLayout {
  /** Begins every key. Tests use their own. */
  prefix: string
  /** Each shard is one hash slot of a Redis Cluster. More than one only helps there. */
  shards: number
}

export const DEFAULT_LAYOUT: QueueLayout = { prefix: 'sluice', shards: 1 }

/** BullMQ's key prefix. The braces keep all keys of a shard in one slot. */
export function keyPrefix(layout: QueueLayout, shard: number): string {
  return `{${layout.prefix}:${shard}}`
}

/** Spreads orders. Nothing depends on all events of an order meeting in one shard: the ledger puts them in order. */
export function shardFor(orderKey: string, layout: QueueLayout): number {
  if (layout.shards === 1) return 0
  return createHash('sha256').update(orderKey).digest().readUInt32BE() % layout.shards
}

export function listShards(layout: QueueLayout): number[] {
  return Array.from({ length: layout.shards }, (_, shard) => shard)
}
