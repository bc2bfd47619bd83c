import {
  applyEvent,
  defaultPolicy,
  defaultRetryPolicy,
  type EventEnvelope,
  type Fulfilment,
  laneHeads,
  type MarketplaceTraits,
  nextStep,
  type Order,
  type OrderEvent,
  type OrderRef,
  type Outcome,
  type PlannedEffect,
  type ReportStep,
  type StorePolicy,
  type Verdict,
} from '../src/index.ts'
import { stableJson } from '../src/stable-json.ts'

/** A model of everything around one order: it delivers events, performs effects in lane order and checks what they meet. */
export interface World {
  order: Order | undefined
  verdicts: Verdict[]
  /** Reports the marketplace took, in their order. */
  reports: ReportStep[]
  news: string[]
  marketplace: { state: 'ready' | 'collecting' | 'ready_to_ship' | 'shipping' | 'shipped' | 'canceled' }
  stock: { state: 'free' | 'held' | 'returned'; lines: string; wasEverHeld: boolean }
  /** Whatever a strict counterpart would have found illegal. */
  violations: string[]
  effects: Map<string, PlannedEffect>
}

export interface WorldOptions {
  flow?: Fulfilment
  policy?: Partial<StorePolicy>
  /** What the store has; by default plenty. */
  available?: number
}

export const pickupCode = '4821'

const common = ['accepted', 'in_work', 'assembled', 'ready', 'canceled'] as const
/** A marketplace that sends whole orders and is told every step. */
export const traits: MarketplaceTraits = {
  reports: {
    'marketplace-delivery': common,
    pickup: [...common, 'pickup_code', 'delivered'],
    'merchant-delivery': [...common, 'estimated_delivery', 'delivering', 'delivered'],
    digital: ['canceled'],
    'by-marketplace': ['canceled'],
  },
  announcesReturns: false,
}

export function createWorld(options: WorldOptions = {}) {
  const flow = options.flow ?? 'marketplace-delivery'
  const policy: StorePolicy = {
    ...defaultPolicy,
    kind: flow === 'merchant-delivery' ? flow : 'marketplace-delivery',
    ...options.policy,
  }
  const settings = { policy, pickupCode, traits }
  const ref: OrderRef = { id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
  const world: World = {
    order: undefined,
    verdicts: [],
    reports: [],
    news: [],
    marketplace: { state: 'ready' },
    stock: { state: 'free', lines: '', wasEverHeld: false },
    violations: [],
    effects: new Map(),
  }
  const seen = new Set<string>()

  function deliver(envelope: EventEnvelope): void {
    if (seen.has(envelope.dedupKey)) return
    seen.add(envelope.dedupKey)
    const applied = applyEvent(world.order, ref, envelope, () => settings)
    world.order = throughDatabase(applied.order)
    world.verdicts.push(applied.verdict)
    rest(envelope)
    for (const effect of applied.planned) {
      if (world.effects.has(effect.key)) world.violations.push(`${effect.key} planned twice`)
      world.effects.set(effect.key, effect)
    }
  }

  /** What is owed follows from the facts: an event that brings none plans nothing, drops nothing and calls nobody. */
  function rest({ receivedAt, event: { type } }: EventEnvelope): void {
    const before = world.order!
    const event: OrderEvent = { type: 'marketplace.noted', name: 'x' }
    const { order, dropped } = applyEvent(
      before,
      ref,
      { event, source: 'marketplace', dedupKey: 'x', receivedAt },
      () => settings,
    )
    const isSame = order.nextSeq === before.nextSeq && dropped.length === 0
    const isQuiet = stableJson(order.attention) === stableJson(before.attention)
    if (!isSame || !isQuiet) world.violations.push(`decided anew for nothing after ${type}`)
  }

  /** Performs one lane head; durable timers only when asked for. Returns false when nothing waits. */
  function perform(choose: (n: number) => number = () => 0): boolean {
    const heads = world.order ? laneHeads(world.order).filter((head) => head.kind !== 'watch-deadline') : []
    const head = heads[choose(heads.length)]
    const effect = head && world.effects.get(head.key)
    if (!effect) return false
    settle(effect.key, attempt(world, effect, policy, options.available ?? 1_000))
    return true
  }

  function settle(key: string, outcome: Outcome): void {
    const effect = world.effects.get(key)
    if (!effect) throw new Error(`no effect ${key}`)
    const step = nextStep({ kind: effect.kind, key, attempt: 1, ageMs: 0 }, outcome, defaultRetryPolicy, 0.5)
    if (step.kind === 'done' || step.kind === 'dead')
      deliver(envelopeOf(step.event, `fx:${key}:${seen.size}`, 'effect'))
  }

  function performAll(): void {
    while (perform());
  }

  return { world, deliver, perform, performAll, settle }
}

/** jsonb keeps no order of keys. */
export function throughDatabase(order: Order): Order {
  const turned = (_: string, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).reverse())
      : part
  return JSON.parse(JSON.stringify(order, turned)) as Order
}

/** The n-th minute of the order's life. */
export function envelopeOf(
  event: OrderEvent,
  dedupKey: string,
  source: EventEnvelope['source'],
  minute = 0,
): EventEnvelope {
  const receivedAt = new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString()
  return { event, dedupKey, source, receivedAt }
}

/** What a strict destination answers, and how it changes by it. */
function attempt(world: World, effect: PlannedEffect, policy: StorePolicy, available: number): Outcome {
  switch (effect.kind) {
    case 'reserve-stock': {
      const { lines, onShort } = effect.payload
      const short = lines.filter((line) => line.quantity > available)
      if (short.length > 0 && (onShort === 'cancel' || available === 0))
        return { kind: 'short', lines: short.map(({ sku, quantity }) => ({ sku, requested: quantity, available })) }
      world.stock = { state: 'held', lines: JSON.stringify(lines), wasEverHeld: true }
      return {
        kind: 'reserved',
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity: Math.min(quantity, available) })),
      }
    }
    case 'release-stock':
      world.stock.state = 'free'
      return { kind: 'done' }
    case 'take-back-goods':
      if (world.stock.state === 'returned') world.violations.push('goods taken back twice')
      world.stock.state = 'returned'
      return { kind: 'done' }
    case 'notify-marketplace':
      return takeReport(world, effect.payload.step, policy)
    case 'tell-back-office':
      world.news.push(effect.payload.type)
      return { kind: 'done' }
    case 'fetch-order':
    case 'fetch-return':
    case 'fetch-conversation':
    case 'answer-cancellation-request':
    case 'decide-return':
    case 'reply-to-customer':
      throw new Error(`${effect.kind} is not of this marketplace`)
    case 'watch-deadline':
      return { kind: 'done' }
  }
}

/** Kuper's table of states and reports (specification 6.6); lenient about the pickup code after ready. */
function takeReport(world: World, step: ReportStep, policy: StorePolicy): Outcome {
  const state: World['marketplace']['state'] = world.marketplace.state
  if (state === 'canceled') return step === 'canceled' ? { kind: 'already-done' } : { kind: 'cancelled-there' }
  if (world.reports.includes(step) && step !== 'pickup_code' && step !== 'estimated_delivery')
    world.violations.push(`${step} reported twice`)
  const allowed: Partial<Record<ReportStep, World['marketplace']['state'][]>> = {
    accepted: ['ready'],
    in_work: ['ready'],
    assembled: ['collecting'],
    pickup_code: ['ready', 'collecting', 'ready_to_ship'],
    ready: ['collecting'],
    estimated_delivery: ['ready_to_ship', 'shipping'],
    delivering: ['ready_to_ship'],
    delivered: ['ready_to_ship', 'shipping'],
    canceled:
      policy.kind === 'merchant-delivery'
        ? ['ready', 'collecting', 'ready_to_ship', 'shipping']
        : ['ready', 'collecting', 'ready_to_ship'],
  }
  const next: Partial<Record<ReportStep, World['marketplace']['state']>> = {
    in_work: 'collecting',
    ready: 'ready_to_ship',
    delivering: 'shipping',
    delivered: 'shipped',
    canceled: 'canceled',
  }
  if (!allowed[step]?.includes(state)) {
    if (step === 'canceled') return { kind: 'declined', state }
    world.violations.push(`${step} in state ${state}`)
    return { kind: 'refused', fault: 'data', detail: `${step} in state ${state}` }
  }
  world.reports.push(step)
  world.marketplace.state = next[step] ?? state
  return { kind: 'done' }
}
