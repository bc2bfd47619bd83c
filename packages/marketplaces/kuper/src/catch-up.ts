import { hash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { EventJob } from '@sluice/contracts'
import { type AccountBase, type CatchUp, type CatchUpResult, orderNumber } from '@sluice/marketplace-port'
import type { MarketplaceEvent, PlacedOrder, StorePolicy } from '@sluice/orders'
import { canonicalJson } from './canonical-json.ts'
import type { ReadFailure } from './classify.ts'
import type { KuperClient } from './create-kuper-client.ts'
import { isAtOrPast } from './order-state.ts'
import type { Shipment, ShipmentQuery } from './shipment.ts'

const MINUTE_MS = 60_000
const OVERLAP_MS = 10 * MINUTE_MS

/** A list waits so long for its share of the rate budget; notifications come first. */
const PATIENCE_MS = MINUTE_MS

/**
 * Shipments by the time of their change, every few minutes (specification 7). The overlap makes up for clocks that differ
 * and for changes that show late.
 */
export function listCatchUps(
  account: AccountBase,
  client: Pick<KuperClient, 'listShipments'>,
  policyOf: (storeId: string | undefined) => StorePolicy,
): readonly CatchUp[] {
  return [
    {
      subject: 'orders',
      everyMs: 5 * MINUTE_MS,
      overlapMs: OVERLAP_MS,
      maxSpanMs: 6 * 60 * MINUTE_MS,
      run: (span, found, signal) =>
        listChanged(client, span, signal, (shipments, askedAt) =>
          found(shipments.flatMap((shipment) => toJobs(account, shipment, policyOf, askedAt))),
        ),
    },
  ]
}

async function listChanged(
  client: Pick<KuperClient, 'listShipments'>,
  { from, to }: { from: Date; to: Date },
  signal: AbortSignal,
  found: (shipments: Shipment[], askedAt: Date) => Promise<void>,
): Promise<CatchUpResult> {
  const seen = new Set<string>()
  let page: ShipmentQuery = { updatedFrom: from, updatedTo: to }
  for (;;) {
    const { askedAt, ...listed } = await listPage(client, page, signal)
    if (listed.kind === 'unreadable') return toBroken(listed.outcome)
    if (listed.shipments.length > 0) await found(listed.shipments, askedAt)
    const pageToken = listed.nextPageToken
    if (pageToken === undefined) return { kind: 'complete' }
    if (seen.has(pageToken)) return { kind: 'broken', detail: 'the list of shipments has no end: its pages repeat' }
    seen.add(pageToken)
    page = { pageToken }
  }
}

async function listPage(
  client: Pick<KuperClient, 'listShipments'>,
  page: ShipmentQuery,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<KuperClient['listShipments']>> & { askedAt: Date }> {
  for (let patienceMs = PATIENCE_MS; ; ) {
    const askedAt = new Date()
    const listed = await client.listShipments(page, signal)
    const failure = listed.kind === 'unreadable' ? listed.outcome : undefined
    if (failure?.kind !== 'not-tried' || failure.cause !== 'rate-budget' || failure.waitMs > patienceMs) {
      return { ...listed, askedAt }
    }
    patienceMs -= Math.max(1, failure.waitMs)
    // Ends early when stopping; the next call then says so.
    await wait(failure.waitMs, undefined, { signal }).catch(() => {})
  }
}

function toBroken(outcome: ReadFailure): CatchUpResult {
  const detail = outcome.kind === 'not-tried' ? `not asked: ${outcome.cause}` : outcome.detail
  const waitMs = outcome.kind === 'not-tried' ? outcome.waitMs : outcome.kind === 'unavailable' && outcome.retryAfterMs
  return { kind: 'broken', detail, ...(typeof waitMs === 'number' && { waitMs }) }
}

/**
 * What a shipment shows to have happened, as the webhooks would have told it. Each fact has one key for good, so that it is
 * recorded once however often the list shows it; a fact that a webhook told before changes nothing in the order.
 *
 * A webhook's own key cannot be had: it is made from the body as it was sent. So an order that is known is placed once more.
 * While its body is still what the customer wants, that puts right what an update said whose webhook was lost
 * (packages/orders/src/evolve.ts); else it only shows in the time line.
 *
 * It is as new as the question: a webhook that comes in before the answer does says something newer.
 */
function toJobs(
  account: AccountBase,
  shipment: Shipment,
  policyOf: (storeId: string | undefined) => StorePolicy,
  askedAt: Date,
): EventJob[] {
  const { ref, state = 'unknown' } = shipment
  const number = orderNumber(account.numberPrefix, ref.externalId)
  return factsOf(shipment, policyOf).map((event) => ({
    ref: { marketplace: 'kuper', account: account.id, ...ref, number },
    name: `shipment.${state}`,
    envelope: {
      event,
      source: 'catch-up',
      dedupKey: `kuper:${account.id}:${ref.externalId}:shipment:${event.type}${versionOf(event, askedAt)}`,
      receivedAt: askedAt.toISOString(),
    },
  }))
}

/**
 * Tells one body from another, as long as it can be the customer's: once our composition is taken, `ready_to_ship`, the body
 * shows that one.
 *
 * A body may come back (pickup, courier, pickup), and a shipment does not say when it changed: so the ten minutes count in
 * which it was found. Every change is listed until they are over, because the overlap is as long; what did not change is then
 * recorded once more, and changes nothing.
 */
function versionOf(event: Fact, askedAt: Date): string {
  if (event.type !== 'order.placed' || event.isComposed) return ''
  const foundIn = new Date(Math.floor(askedAt.getTime() / OVERLAP_MS) * OVERLAP_MS)
  return `:${hash('sha256', canonicalJson(event.order))}:${foundIn.toISOString()}`
}

type Fact = Extract<
  MarketplaceEvent,
  {
    type: 'order.placed' | 'order.paid' | 'order.taken' | 'order.delivering' | 'order.delivered' | 'order.cancelled'
  }
>

/** In the order in which they happen. Of a state that nobody knows, or one before the order was announced: nothing. */
function factsOf(shipment: Shipment, policyOf: (storeId: string | undefined) => StorePolicy): Fact[] {
  const { state, paymentState, order, cancellation } = shipment
  const facts: Fact[] = []
  const isKnown = state !== undefined && (state === 'canceled' || isAtOrPast(state, 'ready'))
  if (!isKnown) return facts
  // A cancelled one that we never heard of needs no reservation any more.
  if (state !== 'canceled' && isPlaced(order)) {
    facts.push({ type: 'order.placed', order, ...(isAtOrPast(state, 'ready_to_ship') && { isComposed: true }) })
  }
  if (paymentState === 'paid') facts.push({ type: 'order.paid' })
  if (state === 'canceled') return [...facts, { type: 'order.cancelled', ...cancellation }]
  // At the counter and with a courier of the merchant's, these states only repeat what we reported.
  const isBroughtByKuper = order.shipmentMethod !== 'pickup' && policyOf(order.storeId).kind === 'marketplace-delivery'
  if (isBroughtByKuper && isAtOrPast(state, 'shipping')) facts.push({ type: 'order.taken' })
  if (isBroughtByKuper && isAtOrPast(state, 'shipped')) {
    facts.push({ type: 'order.delivering' }, { type: 'order.delivered' })
  }
  return facts
}

function isPlaced(order: Partial<PlacedOrder>): order is PlacedOrder {
  return order.storeId !== undefined && order.lines !== undefined && order.lines.length > 0
}
