import {
  applyEvent,
  type ComposedLine,
  defaultPolicy,
  defaultRetryPolicy,
  type Effect,
  type EventEnvelope,
  laneHeads,
  type MarketplaceTraits,
  type MarketplaceView,
  type Milestone,
  type News,
  nextStep,
  type Order,
  type OrderEvent,
  type OrderLine,
  type OrderRef,
  type Outcome,
  type PlannedEffect,
  type Report,
  type ReturnView,
  type StorePolicy,
} from '../src/index.ts'
import { pickupCode, throughDatabase } from './world.ts'

/** A marketplace that announces changes and is read; it is told less than the other, and strict about the order of it. */
export const traits: MarketplaceTraits = {
  reports: {
    'marketplace-delivery': ['registered', 'packed', 'ready', 'courier_code', 'canceled'],
    'merchant-delivery': ['registered', 'packed', 'tracked', 'rescheduled', 'delivering', 'delivered', 'canceled'],
    pickup: ['registered', 'packed', 'delivering', 'at_pickup', 'storage_extended', 'delivered', 'canceled'],
    digital: ['digital_codes', 'delivered', 'canceled'],
    'by-marketplace': ['accepted', 'canceled'],
  },
  announcesReturns: true,
}

export type Model = 'marketplace-delivery' | 'merchant-delivery' | 'pickup' | 'digital' | 'by-marketplace'
export type MarketState =
  | 'RESERVED'
  | 'UNPAID'
  | 'STARTED'
  | 'READY_TO_SHIP'
  | 'SHIPPED'
  | 'DELIVERY'
  | 'PICKUP'
  | 'DELIVERED'
  | 'CANCELLED'

/** What an announced state shows, whoever carries the goods. */
const reachedBy: Partial<Record<MarketState, Milestone[]>> = {
  SHIPPED: ['taken'],
  DELIVERY: ['delivering'],
  PICKUP: ['delivering', 'atPickup'],
  DELIVERED: ['delivering', 'delivered'],
}

/** One order as the marketplace sees it, with what it has announced of it. */
export class Market {
  state: MarketState
  lines: OrderLine[] = [
    { sku: 'a', quantity: 2, lineId: '1' },
    { sku: 'b', quantity: 1, lineId: '2' },
  ]
  isAsked = false
  wasAsked = false
  wasShipped = false
  isRegistered = false
  /** Somebody moves the order in the cabinet: what we report after that finds it done. */
  isMovedByHand = false
  returns = new Map<string, ReturnView>()
  announcements: { event: OrderEvent; at: string }[] = []
  calls: string[] = []
  violations: string[] = []
  packed: ComposedLine[] | undefined
  /** A removal like this is not possible: the only article. */
  refusesRemoval = false
  /** Of a cancelled order it says of each unit where it is. */
  tellsUnits = true
  /** Why it is cancelled: the reason is one of goods that a courier has. */
  speaksOfCourier = false
  /** Cancellations for this reason are refused. */
  refusedReason: string | undefined
  clock = 0
  readonly model: Model

  constructor(model: Model, state: MarketState) {
    this.model = model
    this.state = state
    this.announce({ type: 'order.announced', storeId: 's' })
  }

  now(): string {
    return new Date(Date.UTC(2026, 0, 1, 10, 0, this.clock)).toISOString()
  }

  tick(): void {
    this.clock += 1
  }

  move(state: MarketState): void {
    this.state = state
    if (state === 'SHIPPED' || state === 'DELIVERY') this.wasShipped = true
    // Whoever ended it: nobody waits for an answer any more.
    if (state === 'CANCELLED') this.isAsked = false
    this.tick()
    if (state === 'CANCELLED') {
      const isProbablyAway = this.speaksOfCourier && ({ isProbablyAway: true } as const)
      this.announce({ type: 'order.cancelled', reason: 'USER_CHANGED_MIND', ...isProbablyAway })
    } else {
      const said = reachedBy[state]
      this.announce({ type: 'order.changed', storeId: 's', state, ...(said && { reached: said }) })
    }
  }

  announce(event: OrderEvent): void {
    this.announcements.push({ event, at: this.now() })
  }

  ask(): void {
    this.isAsked = true
    this.wasAsked = true
    this.tick()
    this.announce({ type: 'cancellation.asked', storeId: 's' })
  }

  openReturn(id: string, view: ReturnView): void {
    this.tick()
    this.returns.set(id, { ...view, createdAt: this.now(), updatedAt: this.now() })
    const lines = view.lines.map(({ sku, quantity }) => ({ sku, quantity }))
    this.announce({ type: 'return.announced', returnId: id, kind: view.kind, storeId: 's', lines })
  }

  changeReturn(id: string, change: Pick<ReturnView, 'refund' | 'shipment'>): void {
    this.tick()
    this.returns.set(id, { ...this.returns.get(id)!, ...change, updatedAt: this.now() })
    this.announce({ type: 'return.changed', returnId: id, storeId: 's', ...change })
  }

  view(): MarketplaceView {
    const { state, model } = this
    // Of a cancelled order its units show whether they were handed over.
    const isCarried = state === 'CANCELLED' && this.wasShipped && this.tellsUnits
    const isOnTheWay = ['DELIVERY', 'PICKUP', 'DELIVERED'].includes(state) || isCarried
    const goods = this.tellsUnits ? 'told' : this.speaksOfCourier ? 'probably-away' : undefined
    const isTheirs = model === 'marketplace-delivery'
    return {
      state,
      updatedAt: this.now(),
      order: { storeId: 's', lines: this.lines, fulfilment: model, ...(model === 'digital' && { digital: 'keys' }) },
      isOpen: !['RESERVED', 'UNPAID', 'CANCELLED'].includes(state),
      ...(state === 'RESERVED' && { isDraft: true }),
      ...((state === 'READY_TO_SHIP' || state === 'SHIPPED' || isOnTheWay) &&
        state !== 'CANCELLED' && { isReady: true }),
      reached: [
        ...(isTheirs && (isOnTheWay || state === 'SHIPPED') ? (['taken'] as const) : []),
        ...(isOnTheWay && model !== 'pickup' && model !== 'digital' ? (['delivering'] as const) : []),
        ...(state === 'DELIVERED' ? (['delivered'] as const) : []),
      ],
      ...(state === 'CANCELLED' && { cancelled: { reason: 'USER_CHANGED_MIND', ...(goods && { goods }) } }),
      ...(this.isAsked && { isCancellationAsked: true }),
    }
  }

  take(report: Report): Outcome {
    this.calls.push(report.step)
    const { state } = this
    if (state === 'CANCELLED') return { kind: 'cancelled-there' }
    const inState = (...states: MarketState[]): boolean => {
      if (states.includes(state)) return true
      if (this.isMovedByHand) return false
      this.violations.push(`${report.step} in ${state}`)
      return false
    }
    switch (report.step) {
      case 'accepted':
        if (inState('RESERVED')) this.move('STARTED')
        return { kind: 'done' }
      case 'registered':
        if (state !== 'STARTED') return { kind: 'skipped', detail: `too late: ${state}` }
        if (this.isRegistered) this.violations.push('registered twice')
        this.isRegistered = true
        return { kind: 'done' }
      case 'packed': {
        if (!inState('STARTED')) return { kind: 'already-done' }
        const isShort = report.composition.lines.some(({ quantity, originalQuantity }) => quantity < originalQuantity)
        if (isShort && this.refusesRemoval) return { kind: 'declined', state: 'the only article' }
        this.packed = report.composition.lines
        if (isShort) {
          const left = new Map(report.composition.lines.map(({ sku, quantity }) => [sku, quantity]))
          this.lines = this.lines
            .map((line) => ({ ...line, quantity: left.get(line.sku) ?? 0 }))
            .filter(({ quantity }) => quantity > 0)
          this.tick()
          this.announce({ type: 'order.changed', storeId: 's', state })
        }
        return { kind: 'done' }
      }
      case 'ready':
        if (!this.packed && !this.isMovedByHand) this.violations.push('ready before packed')
        if (inState('STARTED')) this.move('READY_TO_SHIP')
        return { kind: 'done' }
      case 'delivering':
        if (inState('STARTED')) this.move('DELIVERY')
        return { kind: 'done' }
      case 'at_pickup':
        if (inState('DELIVERY')) this.move('PICKUP')
        return { kind: 'done' }
      case 'delivered':
        if (state === 'DELIVERED') return { kind: 'already-done' }
        if (inState(this.model === 'pickup' ? 'PICKUP' : 'DELIVERY')) this.move('DELIVERED')
        return { kind: 'done' }
      case 'digital_codes':
        if (inState('STARTED')) this.move('DELIVERED')
        return { kind: 'done' }
      case 'canceled':
        if (['SHIPPED', 'DELIVERED'].includes(state)) return { kind: 'declined', state }
        if (this.model === 'marketplace-delivery' && state === 'DELIVERY') return { kind: 'declined', state }
        if (report.reason === this.refusedReason) return { kind: 'declined', state: 'not for this reason' }
        this.move('CANCELLED')
        return { kind: 'done' }
      case 'courier_code':
        return report.code === '1111' ? { kind: 'done' } : { kind: 'declined', state: 'REJECTED, 2 attempts left' }
      case 'tracked':
      case 'rescheduled':
      case 'storage_extended':
        return { kind: 'done' }
      case 'in_work':
      case 'assembled':
      case 'pickup_code':
      case 'estimated_delivery':
        this.violations.push(`${report.step} is unknown here`)
        return { kind: 'refused', fault: 'ours', detail: 'unknown' }
    }
  }
}

export interface MarketWorldOptions {
  model?: Model
  state?: MarketState
  policy?: Partial<StorePolicy>
  /** What the store has of each article. */
  available?: number
  traits?: MarketplaceTraits
}

/** The order's own side: events in, effects out, at a market and a store that remember. */
export function createMarketWorld(options: MarketWorldOptions = {}) {
  const policy: StorePolicy = { ...defaultPolicy, startAlarmMinutes: 0, ...options.policy }
  const market = new Market(options.model ?? 'marketplace-delivery', options.state ?? 'STARTED')
  const settings = { policy, pickupCode, traits: options.traits ?? traits }
  const ref: OrderRef = { id: 'o', marketplace: 'market', account: 'main', externalId: '1', number: 'YM-1' }
  const stock = { isHeld: false, isUsed: false, takenBack: [] as string[] }
  const news: News[] = []
  const effects = new Map<string, PlannedEffect>()
  const seen = new Set<string>()
  const world = { market, stock, news, effects, order: undefined as Order | undefined, reads: 0 }
  const envelopes: EventEnvelope[] = []
  /** What each effect has come to at its destination, which knows it by its key. */
  const done = new Map<string, Outcome>()
  /** Under way: their results are still to come, or were lost, and they are tried again. */
  const underWay: { effect: PlannedEffect; outcome: Outcome; startedAt: string }[] = []
  let arrivals = 0

  /** Everything reaches us a moment after it happened, and later things later. */
  function ownClock(): string {
    arrivals += 1
    return new Date(Date.parse(market.now()) + 500 + arrivals).toISOString()
  }

  function deliver(
    event: OrderEvent,
    at: string | undefined,
    dedupKey: string,
    receivedAt: string = ownClock(),
    source: EventEnvelope['source'] = 'marketplace',
  ): void {
    if (seen.has(dedupKey)) return
    seen.add(dedupKey)
    const envelope = { event, source, dedupKey, receivedAt, ...(at !== undefined && { occurredAt: at }) }
    envelopes.push(envelope)
    for (const effect of apply(envelope)) {
      if (effects.has(effect.key)) market.violations.push(`${effect.key} planned twice`)
      effects.set(effect.key, effect)
    }
  }

  /** Records it, even if it has been recorded before. */
  function apply(envelope: EventEnvelope): PlannedEffect[] {
    const applied = applyEvent(world.order, ref, envelope, () => settings)
    world.order = throughDatabase(applied.order)
    // What is owed follows from the facts: an event that brings none, at whatever time, plans and drops nothing.
    const later = new Date(Date.parse(envelope.receivedAt) + 90_000_000).toISOString()
    const event: OrderEvent = { type: 'marketplace.noted', name: 'x' }
    const idle = { event, source: 'marketplace', dedupKey: `idle ${envelope.dedupKey}`, receivedAt: later } as const
    const after = applyEvent(world.order, ref, idle, () => settings)
    const { nextSeq } = after.order
    if (nextSeq !== world.order.nextSeq || after.dropped.length > 0) {
      market.violations.push(`planned or dropped for nothing after ${envelope.event.type}`)
    }
    return applied.planned
  }

  /** The n-th announcement, as often as one likes. */
  function announce(n: number): void {
    const announcement = market.announcements[n]
    if (announcement) deliver(announcement.event, announcement.at, `announcement ${n}`)
  }

  /** What the store or the back office says. */
  function say(event: OrderEvent, key: string = event.type): void {
    if (event.type === 'composition.finalised') stock.isUsed = stock.isHeld
    deliver(event, undefined, key, ownClock(), 'back-office')
  }

  /** Starts the head of a lane in which nothing is under way. Its destination acts at once, its result is still to come. */
  function start(choose: (n: number) => number = () => 0, fate?: 'dies'): boolean {
    const isFree = (lane: Effect['lane']): boolean => underWay.every(({ effect }) => effect.lane !== lane)
    const heads = world.order
      ? laneHeads(world.order).filter(({ kind, lane }) => kind !== 'watch-deadline' && isFree(lane))
      : []
    const head = heads[choose(heads.length)]
    const effect = head && effects.get(head.key)
    if (!effect) return false
    const startedAt = ownClock()
    const outcome = fate ? ({ kind: 'refused', fault: 'ours', detail: 'broken' } as const) : attempt(effect)
    underWay.push({ effect, outcome, startedAt })
    return true
  }

  /** A result comes in; a lost one is found out by trying again. */
  function finish(choose: (n: number) => number = () => 0, isLost = false): boolean {
    const [one] = underWay.splice(choose(underWay.length), 1)
    if (!one) return false
    const { effect, startedAt } = one
    if (isLost) {
      underWay.push({ effect, outcome: attempt(effect), startedAt: ownClock() })
      return true
    }
    const attempted = { kind: effect.kind, key: effect.key, attempt: 1, ageMs: 0 }
    const step = nextStep(attempted, one.outcome, defaultRetryPolicy, 0.5)
    if (step.kind === 'done' || step.kind === 'dead') {
      deliver(step.event, startedAt, `fx:${effect.key}:${seen.size}`, startedAt, 'effect')
    }
    return true
  }

  function perform(choose?: (n: number) => number): boolean {
    const isStarted = start(choose)
    return finish() || isStarted
  }

  /** What has died waits again. */
  function reviveAll(): void {
    for (const [key, { status }] of Object.entries(world.order?.effects ?? {})) {
      if (status === 'dead')
        deliver(
          { type: 'effect.revived', key, by: 'x' },
          undefined,
          `revived ${key} ${seen.size}`,
          ownClock(),
          'operator',
        )
    }
  }

  function performAll(): void {
    while (perform());
  }

  /** Tells everything that was not told yet, until nobody has anything to do. */
  function settle(): void {
    for (let told = -1; told < market.announcements.length; ) {
      told = market.announcements.length
      for (let n = 0; n < told; n++) announce(n)
      performAll()
      if (told === market.announcements.length) break
    }
  }

  function catchUp(): void {
    look()()
    performAll()
  }

  /** Reads everything now; what was seen may be recorded later. */
  function look(): () => void {
    const receivedAt = ownClock()
    const view = market.view()
    const returns = [...market.returns].map(([returnId, seen]) => ({ returnId, view: { ...seen } }))
    return () => {
      const asked = view.isCancellationAsked ? 'asked' : ''
      const key = `catch-up ${view.updatedAt} ${view.state} ${asked}`
      deliver({ type: 'order.read', view }, view.updatedAt, key, receivedAt, 'catch-up')
      for (const { returnId, view } of returns) {
        const key = `catch-up ${returnId} ${view.updatedAt} ${view.refund} ${view.shipment}`
        deliver({ type: 'return.read', returnId, view }, view.updatedAt, key, receivedAt, 'catch-up')
      }
    }
  }

  function attempt(effect: PlannedEffect): Outcome {
    const before = done.get(effect.key)
    const isReading = effect.kind === 'fetch-order' || effect.kind === 'fetch-return'
    if (before && !isReading) {
      if (effect.kind === 'notify-marketplace' && market.state === 'CANCELLED') return { kind: 'cancelled-there' }
      return before.kind === 'done' ? { kind: 'already-done' } : before
    }
    const outcome = performAt(effect)
    done.set(effect.key, outcome)
    return outcome
  }

  function performAt(effect: PlannedEffect): Outcome {
    switch (effect.kind) {
      case 'fetch-order':
        world.reads += 1
        return { kind: 'read', found: { type: 'order.read', view: market.view() } }
      case 'fetch-return': {
        const { returnId } = effect.payload
        const view = market.returns.get(returnId)
        if (!view) return { kind: 'refused', fault: 'data', detail: 'no such return' }
        return { kind: 'read', found: { type: 'return.read', returnId, view } }
      }
      case 'fetch-conversation':
      case 'reply-to-customer':
        throw new Error('orders do not talk')
      case 'answer-cancellation-request':
        market.calls.push(effect.payload.isAccepted ? 'accept' : `decline: ${effect.payload.reason}`)
        if (!market.wasAsked) market.violations.push('answered without being asked')
        if (effect.payload.isAccepted && market.state === 'CANCELLED') return { kind: 'cancelled-there' }
        if (!market.isAsked) return { kind: 'declined', state: 'nobody asks any more' }
        market.isAsked = false
        if (effect.payload.isAccepted) market.move('CANCELLED')
        return { kind: 'done' }
      case 'decide-return': {
        const { returnId, decision } = effect.payload
        market.calls.push(`decide ${returnId} ${decision.kind}`)
        if (market.returns.get(returnId)?.refund !== 'decision-needed') return { kind: 'already-done' }
        if (decision.kind === 'repair') return { kind: 'declined', state: 'possible: refund' }
        market.changeReturn(returnId, { refund: 'decided' })
        return { kind: 'done' }
      }
      case 'notify-marketplace':
        return market.take(effect.payload)
      case 'tell-back-office':
        news.push(effect.payload)
        return { kind: 'done' }
      case 'reserve-stock': {
        const { lines, onShort } = effect.payload
        const available = options.available ?? 1_000
        const short = lines.filter(({ quantity }) => quantity > available)
        if (short.length > 0 && (onShort === 'cancel' || available === 0)) {
          const missing = short.map(({ sku, quantity }) => ({ sku, requested: quantity, available }))
          return { kind: 'short', lines: missing }
        }
        stock.isHeld = true
        return {
          kind: 'reserved',
          lines: lines.map(({ sku, quantity }) => ({ sku, quantity: Math.min(quantity, available) })),
        }
      }
      case 'release-stock':
        if (stock.isUsed) return { kind: 'already-used' }
        if (stock.isHeld) stock.takenBack.push('released')
        stock.isHeld = false
        return { kind: 'done' }
      case 'take-back-goods':
        stock.takenBack.push(effect.payload.returnId ?? 'order')
        return { kind: 'done' }
      case 'watch-deadline':
        return { kind: 'done' }
    }
  }

  return {
    world,
    envelopes,
    apply,
    announce,
    say,
    start,
    finish,
    perform,
    performAll,
    reviveAll,
    settle,
    look,
    catchUp,
    deliver,
  }
}
