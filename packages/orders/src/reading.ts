import { withRequest } from './cancellation-request.ts'
import type { EventEnvelope, OrderEvent, PlacedOrder, ReadEvent } from './events.ts'
import { currentBody, fulfilmentOf, isCancelled, isCarriedByMarketplace, isProbablyAway } from './facts.ts'
import type { Milestone, Order, Register, Verdict } from './order.ts'
import { dropWhere, newestEffect, type Plan, want } from './plan.ts'
import type { StorePolicy } from './policy.ts'
import { happenedAt, newest, reach, stampAt, toInstant, toldAt, toSecond, withChanges } from './registers.ts'
import { stableJson } from './stable-json.ts'

/** What the marketplace said of an order when it was read, in our words. */
export interface MarketplaceView {
  /** Its own words, for people: `PROCESSING/STARTED`. Nothing is decided by it. */
  state: string
  /** RFC 3339: its newest change. The newest view counts, at the precision of seconds. */
  updatedAt?: string
  order: PlacedOrder
  /** False while it waits for payment or confirmation: nothing may be done for it yet. */
  isOpen: boolean
  /** It is not open because the merchant has to confirm it first. */
  isDraft?: boolean
  /** It is reported ready, or further, whoever did it. */
  isReady?: boolean
  /** What its state shows to have happened, whoever did it. */
  reached: Milestone[]
  /**
   * `goods`: `told`, where the marketplace says of each unit how far it came: then `reached` is the whole truth. Else
   * `probably-away`, where at least the reason is one of goods that a courier has.
   */
  cancelled?: { reason?: string; goods?: 'told' | 'probably-away' }
  /** The customer asks for a cancellation and waits for the merchant's answer. */
  isCancellationAsked?: boolean
}

/** Of an order whose marketplace only announces that something has changed: what was announced, and what was read. */
export interface Reading {
  storeId?: string
  announced?: Announced
  view?: Register<Omit<MarketplaceView, 'order'> & { readAt: string }>
  /** When it was first seen to be open. */
  openedAt?: string
  /** When it was last seen that nobody waits for an answer about a cancellation, whole seconds. */
  notAskedAt?: string
  /** What announcements said to have happened, and when. `delivering`: whoever carries the goods. */
  reached?: Partial<Record<Milestone, string>>
  /** It was seen reported ready, or has taken our report: before that no courier of the marketplace takes goods. */
  wasReady?: true
  /** Of a cancelled order: its reason says that its goods had left; or it was told of each unit, which counts for more. */
  isProbablyAway?: true
  isPlaceTold?: true
}

/** The newest change that was announced: when it happened (whole seconds), when we heard of it, and what it led to. */
export interface Announced {
  at: string
  receivedAt: string
  /** In the marketplace's words, where it says so. */
  state?: string
}

export function foldAnnouncement(
  order: Order,
  envelope: EventEnvelope,
  event: Extract<
    OrderEvent,
    { type: 'order.announced' | 'order.changed' | 'line-service.changed' | 'cancellation.asked' }
  >,
): { order: Order; verdict: Verdict } {
  const before = order.reading ?? {}
  const storeId = 'storeId' in event ? (event.storeId ?? before.storeId) : before.storeId
  const announced = newestAnnouncement(before.announced, envelope)
  const reading = { ...before, announced, ...(storeId !== undefined && { storeId }) }
  const isNews = isUnread(reading) && !isCancelled(order)
  const reached = event.type === 'order.changed' ? event.reached : undefined
  return {
    order: withAnnounced({ ...order, reading }, reached, happenedAt(envelope)),
    verdict: isNews ? 'applied' : 'late',
  }
}

function withAnnounced(order: Order, reached: readonly Milestone[] = [], at: string): Order {
  if (reached.length === 0) return order
  const known = order.reading?.reached ?? {}
  const said = Object.fromEntries(reached.map((milestone) => [milestone, earlier(known[milestone], at)]))
  return { ...order, reading: { ...order.reading, reached: { ...known, ...said } } }
}

/**
 * What was announced of an order is read there. Once it is cancelled, nobody reads how far it had come before: then the
 * announcements say so, by the way that its goods went.
 */
export function withAnnouncedWay(order: Order, policy: StorePolicy): Order {
  if (!order.placed || !isCancelled(order)) return order
  const flow = fulfilmentOf(order, policy)
  const isTheirs = isCarriedByMarketplace(flow)
  let next = order
  for (const [milestone, at] of Object.entries(order.reading?.reached ?? {}) as [Milestone, string][]) {
    if (milestone === 'delivering' && isTheirs) next = reach(next, 'taken', at)
    // To a pick-up point of the merchant's own, and of keys, only we say that they are on their way.
    if (milestone !== 'delivering' || isTheirs || flow === 'merchant-delivery') next = reach(next, milestone, at)
  }
  return next
}

export function newestAnnouncement(before: Announced | undefined, envelope: EventEnvelope): Announced {
  const { event } = envelope
  const now = {
    at: toSecond(toldAt(envelope)),
    // That there is one is no news about what has been read.
    receivedAt: ['order.announced', 'return.announced'].includes(event.type) ? '' : envelope.receivedAt,
    ...(event.type === 'order.changed' && event.state !== undefined && { state: event.state }),
  }
  if (!before || before.at < now.at) return now
  if (before.at > now.at) return before
  const [first, last] = before.receivedAt < now.receivedAt ? [before, now] : [now, before]
  if (first.receivedAt === '' || first.state === last.state) return last
  // They may have overtaken each other: that a view shows the one does not mean that it has seen the other.
  return { at: last.at, receivedAt: last.receivedAt }
}

/**
 * A view is the whole order: its fields replace those of older ones, and what its state shows to have happened has happened.
 * Of two views the one with the newer change counts, of one second the one that was read later.
 */
export function foldOrderView(
  order: Order,
  envelope: EventEnvelope,
  { view }: Extract<ReadEvent, { type: 'order.read' }>,
): { order: Order; verdict: Verdict } {
  const { order: body, ...said } = view
  const at = view.updatedAt ?? envelope.receivedAt
  const stamp = stampAt(at, envelope)
  const before = order.reading ?? {}
  const isNewest = before.view === undefined || before.view.stamp < stamp
  const openedAt = view.isOpen ? earlier(before.openedAt, at) : before.openedAt
  // On our own clock where the marketplace's is ahead, like the request itself.
  const seenAt = happenedAt({ ...envelope, occurredAt: at })
  const notAskedAt = view.isCancellationAsked ? before.notAskedAt : later(before.notAskedAt, toSecond(seenAt))

  let next: Order = {
    ...(view.isCancellationAsked ? withRequest(order, seenAt) : order),
    ...(!order.placed && { placed: { value: body, stamp } }),
    reading: {
      ...before,
      storeId: body.storeId,
      view: newest(before.view, { ...said, readAt: envelope.receivedAt }, stamp),
      ...(openedAt !== undefined && { openedAt }),
      ...(notAskedAt !== undefined && { notAskedAt }),
      ...(view.isReady && { wasReady: true }),
      ...(view.cancelled?.goods === 'told' && { isPlaceTold: true }),
      ...(view.cancelled?.goods === 'probably-away' && { isProbablyAway: true }),
    },
  }
  const { lines, ...fields } = body
  const known = currentBody(order)?.lines
  next = withChanges(next, fields, stamp, envelope.receivedAt)
  // The same goods seen again are no change of the goods, nor are those of an older view.
  const isChange = isNewest && known !== undefined && stableJson(known) !== stableJson(lines)
  if (isChange) next = withChanges(next, { lines }, stamp, envelope.receivedAt)
  for (const milestone of view.reached) next = reach(next, milestone, at)
  if (view.cancelled) {
    const known = order.cancellation.byMarketplace
    const { reason } = view.cancelled
    const byMarketplace = { ...(reason !== undefined && { reason }), ...known, at: earlier(known?.at, at) }
    next = { ...next, cancellation: { ...next.cancellation, byMarketplace } }
  }
  return { order: next, verdict: isNewest ? 'applied' : 'late' }
}

/** Nothing may be done yet: it has only been announced, or waits for payment or confirmation. */
export function isOnHold({ reading }: Order): boolean {
  return reading?.view !== undefined && reading.openedAt === undefined
}

/**
 * What was announced is read once; several announcements share the next reading. An order of which goods come back is read
 * even when nobody has announced it: whose they are, only the order says. So is one that is cancelled after it was put
 * together: where its goods are, the marketplace knows of each unit.
 */
export function readOrder(plan: Plan): void {
  const { reading = {}, placed, returns } = plan.order
  const { storeId, announced } = reading
  const isNews = isUnread(reading) && !isCancelled(plan.order)
  const isUnseen = isCancelledUnseen(plan.order)
  if (!isNews && !isUnseen && (placed || !returns)) {
    dropWhere(plan, (_, { kind }) => kind === 'fetch-order')
    return
  }
  want(
    plan,
    'fetch-order',
    { kind: 'fetch-order', lane: 'reading', payload: storeId === undefined ? {} : { storeId } },
    {
      // Told once more after a reading that has died or shown nothing of it, it is read once more.
      fingerprint: isUnseen
        ? `${OF_A_CANCELLATION} ${plan.order.cancellation.toldAt ?? ''}`
        : announced
          ? stableJson(announced)
          : 'of a return',
      isBlocking: false,
    },
  )
}

const OF_A_CANCELLATION = 'of a cancellation'

/**
 * Where the goods of a cancelled order are is about to be read. A reading that has died does not come, and what the store has in
 * its hands nobody need look for.
 */
export function awaitsPlaceOfGoods(order: Order): boolean {
  const isOver = Object.values(order.effects).some(
    ({ kind, status, fingerprint }) =>
      kind === 'fetch-order' && (status === 'done' || status === 'dead') && fingerprint?.startsWith(OF_A_CANCELLATION),
  )
  return isCancelledUnseen(order) && !isOver && order.milestones.goodsReturned === undefined
}

/**
 * The marketplace has told its cancellation, and nothing that was read shows it. Our own we sent while we had the goods, unless
 * something was announced that we had not read by then.
 */
function isCancelledUnseen(order: Order): boolean {
  const { reading, placed, composition, reservation } = order
  const { byMarketplace, confirmedAt } = order.cancellation
  if (!reading || !placed || reservation.state === 'released') return false
  // Never put together here, it is in the store, unless the reason of its cancellation says otherwise.
  if (!composition && !isProbablyAway(order)) return false
  const isInDoubt = confirmedAt === undefined ? byMarketplace !== undefined : isUnread(reading)
  return isInDoubt && reading.view?.value.cancelled === undefined
}

/** A change was announced and its reading is still to come; one that has died does not come. */
export function awaitsReading(order: Order): boolean {
  return isUnread(order.reading ?? {}) && newestEffect(order, 'fetch-order')?.status !== 'dead'
}

/** Something was announced that no view shows. */
export function isUnread({ announced, view }: { announced?: Announced; view?: Register<Seen> }): boolean {
  if (!announced) return false
  return !view || isNewer(announced, view.value)
}

/** What of a view tells how new it is. */
interface Seen {
  updatedAt?: string
  readAt: string
  state?: string
}

/** Whether an announcement says more than a view: it happened later, or in the same second and names another state. */
function isNewer(announced: Announced, view: Seen): boolean {
  const known = toSecond(view.updatedAt ?? view.readAt)
  if (announced.at < known) return false
  const isHeardLater = announced.receivedAt > view.readAt
  // Without a state it goes by a clock of its own (a request, a service): a later reading shows it whatever it says.
  if (announced.state === undefined) return isHeardLater
  return announced.at > known || (isHeardLater && announced.state !== view.state)
}

function earlier(known: string | undefined, at: string): string {
  return known !== undefined && toInstant(known) <= toInstant(at) ? known : at
}

/** Of two times that compare as text. */
export function later(known: string | undefined, at: string): string {
  return known !== undefined && known > at ? known : at
}
