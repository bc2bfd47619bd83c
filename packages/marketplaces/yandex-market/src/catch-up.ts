import type { EventJob } from '@sluice/contracts'
import { type CatchUp, type CatchUpResult, orderNumber } from '@sluice/marketplace-port'
import type { OrderEvent, ReadEvent } from '@sluice/orders'
import type { Account } from './client/attempt.ts'
import { type Failure, toFailure } from './client/classify-answer.ts'
import type { YandexMarketClient } from './client/create-yandex-market-client.ts'
import { getBusinessOrders, getReturns, isInt64, type MarketCall, type OrdersFilter } from './client/market-calls.ts'
import { toUtc } from './times.ts'
import { toOrderView } from './to-order-view.ts'
import { toReturnView } from './to-return-view.ts'
import {
  ordersAnswerSchema,
  returnsAnswerSchema,
  type UnreadableEntry,
  type WireOrder,
  type WireReturn,
} from './wire-schema.ts'

/** The Market asks for no more than 30 days at a time; clocks differ. */
const MAX_SPAN_MS = 30 * 24 * 3_600_000 - 3_600_000
const DAY_MS = 24 * 3_600_000
const MINUTE_MS = 60_000
/** Low priority gives way, so a page waits rather than begins again from the first one. */
const PAGE_PATIENCE_MS = 60_000
/** Stores that can be named in one question. */
const MAX_CAMPAIGNS = 50

/**
 * What the Market would have told us: notifications that are lost are not sent again (specification 2.6, 6.7). Findings are
 * keyed by what they say, so a page that is read again after a crash or a break changes nothing.
 */
export function listCatchUps(account: Account, { caller }: YandexMarketClient): readonly CatchUp[] {
  const { businessId, stores, catchUp } = account
  const overlapMs = catchUp.overlapMinutes * MINUTE_MS
  const base = { overlapMs, maxSpanMs: MAX_SPAN_MS }
  // A store that is no number is none of the Market's.
  const campaigns = stores.map(({ id }) => id).filter(isInt64)
  const groups = chunk(campaigns, MAX_CAMPAIGNS)

  return [
    {
      ...base,
      subject: 'orders',
      // Which stores are Express only their orders tell, so every store counts as one.
      everyMs: catchUp.expressMinutes * MINUTE_MS,
      run: (span, found, signal) =>
        inTurn(
          groups.flatMap((campaignIds) => [
            { campaignIds, updatedFrom: span.from, updatedTo: span.to },
            { campaignIds, updatedFrom: span.from, updatedTo: span.to, isTest: true },
          ]),
          (filter) => readOrders(filter, found, signal),
        ),
    },
    {
      ...base,
      subject: 'cancellation-requests',
      everyMs: catchUp.otherMinutes * MINUTE_MS,
      run: (_span, found, signal) =>
        inTurn(
          groups.map((campaignIds) => ({ campaignIds, isWaitingForCancellation: true })),
          (filter) => readOrders(filter, found, signal),
        ),
    },
    {
      ...base,
      subject: 'returns',
      everyMs: catchUp.otherMinutes * MINUTE_MS,
      run: (span, found, signal) => inTurn(campaigns, (campaignId) => readReturns(campaignId, span, found, signal)),
    },
  ]

  function readOrders(
    filter: OrdersFilter,
    found: (jobs: EventJob[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<CatchUpResult> {
    return throughPages(
      (pageToken) => getBusinessOrders(businessId, filter, pageToken),
      async (body) => {
        const { data } = ordersAnswerSchema.safeParse(body)
        if (!data) return undefined
        const { read, unreadable } = data.orders
        const at = new Date()
        await handOver(
          [
            ...read.map((order) => toOrderJob(order, account, at)),
            ...unreadable.flatMap((entry) => toUnreadableJob(entry, account, at) ?? []),
          ],
          found,
        )
        return { nextPageToken: data.paging?.nextPageToken }
      },
      signal,
    )
  }

  /** The list knows days only; both ends a day wider, since whose day it is and whether the last one counts is not said. */
  function readReturns(
    campaignId: string,
    span: { from: Date; to: Date },
    found: (jobs: EventJob[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<CatchUpResult> {
    const days = { fromDate: toDay(span.from.getTime() - DAY_MS), toDate: toDay(span.to.getTime() + DAY_MS) }
    return throughPages(
      (pageToken) => getReturns(campaignId, days, pageToken),
      async (body) => {
        const { data } = returnsAnswerSchema.safeParse(body)
        if (!data) return undefined
        const { returns, paging } = data.result
        const inSpan = returns.read.filter(
          ({ updateDate }) => !updateDate || Date.parse(updateDate) >= span.from.getTime(),
        )
        const at = new Date()
        await handOver(
          [
            ...inSpan.map((wire) => toReturnJob(wire, campaignId, account, at)),
            ...returns.unreadable.flatMap((entry) => toUnreadableReturnJob(entry, campaignId, account, at) ?? []),
          ],
          found,
        )
        return { nextPageToken: paging?.nextPageToken }
      },
      signal,
    )
  }

  async function throughPages(
    toCall: (pageToken?: string) => MarketCall,
    read: (body: unknown) => Promise<{ nextPageToken?: string | undefined } | undefined>,
    signal: AbortSignal,
  ): Promise<CatchUpResult> {
    const seenTokens = new Set<string>()
    let pageToken: string | undefined
    for (;;) {
      const { answer } = await caller.send(toCall(pageToken), { priority: 6, patienceMs: PAGE_PATIENCE_MS, signal })
      const seen = answer.kind === 'ok' ? await read(answer.body) : undefined
      if (!seen) return broken(toFailure(answer))
      pageToken = seen.nextPageToken
      if (pageToken === undefined) return { kind: 'complete' }
      if (seenTokens.has(pageToken)) return { kind: 'broken', detail: 'the list has no end: its pages repeat' }
      seenTokens.add(pageToken)
    }
  }
}

/** The whole order as it is now. A request to cancel it may come without a change of its date, so it is part of the key. */
export function toOrderJob(order: WireOrder, account: Account, at: Date): EventJob {
  const view = toOrderView(order, account)
  const asked = view.isCancellationAsked ? 'cancellation-asked' : ''
  const event: ReadEvent = { type: 'order.read', view }
  return toJob(account, order.orderId, event, order.updateDate ?? order.creationDate, [view.state, asked], at)
}

/** Something changed that we cannot read: reading it alone makes a dead letter, where a person sees it. */
function toUnreadableJob({ id, fault }: UnreadableEntry, account: Account, at: Date): EventJob | undefined {
  return id === undefined ? undefined : toJob(account, id, { type: 'order.changed' }, undefined, [fault], at)
}

/** The same for a return. */
function toUnreadableReturnJob(
  { id, orderId, fault }: UnreadableEntry,
  storeId: string,
  account: Account,
  at: Date,
): EventJob | undefined {
  if (id === undefined || orderId === undefined) return undefined
  return toJob(account, orderId, { type: 'return.changed', returnId: id, storeId }, undefined, [id, fault], at)
}

/** `storeId`: whose list it stands in. */
export function toReturnJob(wire: WireReturn, storeId: string, account: Account, at: Date): EventJob {
  const event: ReadEvent = { type: 'return.read', returnId: wire.id, storeId, view: toReturnView(wire) }
  const state = `${wire.refundStatus ?? ''}/${wire.shipmentStatus ?? ''}`
  return toJob(account, wire.orderId, event, wire.updateDate ?? wire.creationDate, [wire.id, state], at)
}

function toJob(
  { id: account, numberPrefix }: Account,
  orderId: string,
  event: ReadEvent | Extract<OrderEvent, { type: 'order.changed' | 'return.changed' }>,
  changedAt: string | undefined,
  said: readonly string[],
  at: Date,
): EventJob {
  const occurredAt = toUtc(changedAt)
  const key = ['yandex-market', account, orderId, 'catch-up', event.type, occurredAt ?? 'undated', ...said]
  return {
    ref: { marketplace: 'yandex-market', account, externalId: orderId, number: orderNumber(numberPrefix, orderId) },
    name: event.type,
    envelope: {
      event,
      source: 'catch-up',
      dedupKey: key.filter(Boolean).join(':'),
      ...(occurredAt !== undefined && { occurredAt }),
      receivedAt: at.toISOString(),
    },
  }
}

async function handOver(jobs: EventJob[], found: (jobs: EventJob[]) => Promise<void>): Promise<void> {
  if (jobs.length > 0) await found(jobs)
}

async function inTurn<T>(items: readonly T[], run: (item: T) => Promise<CatchUpResult>): Promise<CatchUpResult> {
  for (const item of items) {
    const result = await run(item)
    if (result.kind === 'broken') return result
  }
  return { kind: 'complete' }
}

function broken(failure: Failure): CatchUpResult {
  if (failure.kind === 'not-tried') return { kind: 'broken', detail: failure.cause, waitMs: failure.waitMs }
  const waitMs = failure.kind === 'unavailable' ? failure.retryAfterMs : undefined
  return { kind: 'broken', detail: failure.detail, ...(waitMs !== undefined && { waitMs }) }
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))
}

/** YYYY-MM-DD, UTC. */
function toDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
