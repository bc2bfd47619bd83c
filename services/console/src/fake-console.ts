import type { DeadLetter, OrderSummary } from '@sluice/ledger'
import { createOrder, defaultPolicy } from '@sluice/orders'
import { Hono } from 'hono'
import { vi } from 'vitest'
import { type ConsoleDeps, createApp } from './create-app.ts'

/** For tests: the console with a ledger and queues that hold nothing; what a test needs otherwise it replaces. */
export function createFakeConsole(
  replaced: { ledger?: Partial<ConsoleDeps['ledger']>; rest?: Partial<ConsoleDeps> } = {},
) {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  const ledger = {
    countOpenDeadLetters: vi.fn(async () => 0),
    laneStats: vi.fn(async () => []),
    listCatchUps: vi.fn(async () => []),
    listDeadLetters: vi.fn(async (): Promise<DeadLetter[]> => []),
    listOrdersNeedingAttention: vi.fn(async (): Promise<OrderSummary[]> => []),
    markDiscarded: vi.fn(async () => true),
    markReplayed: vi.fn(async () => true),
    orderTimeline: vi.fn(async () => undefined),
    record: vi.fn(async () => ({ kind: 'unknown-order' as const })),
    reviveEffect: vi.fn(async () => ({ kind: 'unknown' as const })),
    searchOrders: vi.fn(async (): Promise<OrderSummary[]> => []),
    ...replaced.ledger,
  }
  const producer = { enqueueEffects: vi.fn(async () => ['fx-1']), replayEvent: vi.fn(async () => 'ev-1') }
  const queueStats = {
    read: async () => [
      {
        queue: 'reservation' as const,
        waiting: 7,
        active: 1,
        delayed: 2,
        failed: 3,
        completed: 4,
        oldestWaitingMs: 90_000,
      },
    ],
  }
  const app = createApp({
    ledger,
    producer,
    queueStats,
    policyOf: () => defaultPolicy,
    board: new Hono(),
    ownHosts: [],
    log,
    now: () => new Date('2026-03-01T10:00:00Z'),
    ...replaced.rest,
  })
  return {
    log,
    ledger,
    producer,
    get: (path: string, headers: Record<string, string> = {}) =>
      app.request(path, { headers: { host: '127.0.0.1:8090', ...headers } }),
    post: (path: string, form: Record<string, string> = {}, headers: Record<string, string> = OWN_PAGE) =>
      app.request(path, {
        method: 'POST',
        headers: { host: '127.0.0.1:8090', ...headers },
        body: new URLSearchParams(form),
      }),
  }
}

const OWN_PAGE = { origin: 'http://127.0.0.1:8090', 'sec-fetch-site': 'same-origin' }

export const SCRIPT = '<script>alert("1")</script>'

export const eventJob = {
  ref: { marketplace: 'kuper', account: 'main', number: 'KU-H1' },
  name: 'order.paid',
  envelope: {
    event: { type: 'order.paid' as const },
    source: 'marketplace' as const,
    dedupKey: 'kuper:1',
    receivedAt: '2026-03-01T09:00:00Z',
  },
}

export function letterOf(changes: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: '12',
    queue: 'assembly',
    job: 'ev-1',
    orderNumber: 'KU-H1',
    effect: null,
    payload: eventJob,
    fingerprint: 'f',
    fault: 'ours',
    error: 'record event: broken',
    attempts: 8,
    firstFailedAt: new Date('2026-03-01T09:00:00Z'),
    status: 'open',
    resolvedAt: null,
    resolvedBy: null,
    resolvedWhy: null,
    createdAt: new Date('2026-03-01T09:30:00Z'),
    ...changes,
  }
}

export const deadEffect: Partial<DeadLetter> = {
  queue: null,
  job: null,
  effect: {
    id: 'o.3',
    kind: 'notify-marketplace',
    lane: 'marketplace',
    key: 'notify-marketplace/ready',
    isBlocking: true,
  },
  payload: { step: 'ready' },
}

export function orderOf(number: string) {
  return createOrder({ id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number })
}

export function summaryOf(changes: Partial<OrderSummary> = {}): OrderSummary {
  return {
    id: 'o',
    marketplace: 'kuper',
    account: 'main',
    externalId: 'H1',
    number: 'KU-H1',
    subject: 'order',
    status: 'placed',
    payment: 'paid',
    version: 1,
    attention: [],
    createdAt: new Date('2026-03-01T09:59:00Z'),
    updatedAt: new Date('2026-03-01T09:59:00Z'),
    ...changes,
  }
}
