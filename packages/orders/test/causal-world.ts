import {
  applyEvent,
  defaultPolicy,
  defaultRetryPolicy,
  type EventEnvelope,
  nextStep,
  type Order,
  type OrderEvent,
  type OrderRef,
  type Outcome,
  type PlannedEffect,
  type StorePolicy,
  type Verdict,
} from '../src/index.ts'
import { Kuper, type KuperScenario, report } from './causal-kuper.ts'
import { performAtStore, Store, type StoreScenario, toGoods } from './causal-store.ts'
import { pickupCode, throughDatabase, traits } from './world.ts'

/** Something that may happen next, and its name for the log. */
export type Move = [name: string, happen: () => void]

export interface Scenario {
  policy: Pick<StorePolicy, 'isRestaurant' | 'sendAssembled' | 'onShort'> & { codeSent: 'before-ready' | 'after-ready' }
  kuper: KuperScenario
  store: StoreScenario
  /** So many calls go wrong, in one of the ways of `faults`. */
  faults: number
  /** So often the catch-up looks at the order at Kuper. */
  looks: number
  /** Messages overtake each other, and come twice. */
  isUnordered: boolean
  /** Draws what happens next. */
  seed: number
}

export interface World {
  order: Order | undefined
  kuper: Kuper
  store: Store
  /** Everything that happened, in its order: moves, faults, and what recording an event came to. */
  log: (string | { event: OrderEvent; verdict: Verdict; planned: string[]; dropped: number[] })[]
  /** What must never be, found while it happened or in the end. */
  violations: string[]
}

/** An effect as the ledger keeps it (packages/ledger: fold-group, save-group, claim-effects). */
interface Row {
  effect: PlannedEffect
  status: 'waiting' | 'done' | 'dead' | 'dropped'
  attempts: number
  revivals: number
  wasUnclear: boolean
  isLeased: boolean
}

/** One attempt at an effect: claimed, then performed, then settled; anything may happen in between. */
interface Attempt {
  row: Row
  wasUnclear: boolean
  wasHeld: boolean
  /** We knew of everything that Kuper had said, and still wanted it. */
  isInformed: boolean
  toldByKuper: number
  outcome?: Outcome
}

/** What can become of a call besides its answer. */
const faults = [
  'tried nothing',
  'turned away',
  'lost on the way',
  'answer lost',
  'refused by mistake',
  'worker died',
] as const

/** More than any life takes: an order that still moves then goes round in circles. */
const maxTicks = 800
const maxRevivals = 6

/**
 * Lives through one scenario: Kuper, the store, the ledger's lanes and the core (applyEvent, nextStep), one tick at a time.
 * Each tick one of the things that are possible happens, drawn by the seed: somebody acts, a message arrives, an attempt begins,
 * reaches its destination or is settled. An operator now and then, and when nothing else is possible, revives what has died.
 */
export function liveThrough(scenario: Scenario): World {
  const draw = createDraw(scenario.seed)
  const { codeSent, ...rules } = scenario.policy
  const policy: StorePolicy = {
    ...defaultPolicy,
    ...rules,
    kind: scenario.kuper.kind,
    pickupCode: { madeBy: scenario.store.codeMadeBy, sent: codeSent },
  }
  const ref: OrderRef = { id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
  let tick = 0
  let faultsLeft = scenario.faults
  let revivalsLeft = maxRevivals
  let looksLeft = scenario.looks
  let messages = 0
  const rows = new Map<string, Row>()
  const attempts: Attempt[] = []
  const recorded = new Set<string>()
  /** On their way to us. A webhook carries no time of its own: what counts is when we were called. */
  const webhooks: EventEnvelope[] = []
  const storeEvents: { event: OrderEvent; occurredAt: string; dedupKey: string }[] = []
  const now = () => new Date(Date.UTC(2026, 0, 1, 10, 0, tick)).toISOString()
  const keyOf = (sender: string) => `${sender}${String(++messages).padStart(4, '0')}`

  const kuper = new Kuper(scenario.kuper, (event) =>
    webhooks.push({ event, source: 'marketplace', dedupKey: keyOf('kuper'), receivedAt: now() }),
  )
  const store = new Store(scenario.store, (event) =>
    storeEvents.push({ event, occurredAt: now(), dedupKey: keyOf('store') }),
  )
  const world: World = { order: undefined, kuper, store, log: [], violations: [] }

  for (; tick < maxTicks; tick++) {
    const isHasty = draw(20) === 0
    const moves = [...arrivals(), ...claims(), ...attempts.map(progress), ...acts(), ...(isHasty ? revivals() : [])]
    const move = moves[draw(moves.length)] ?? revivals()[0]
    if (!move) break
    world.log.push(move[0])
    move[1]()
  }
  if (tick === maxTicks) world.violations.push('never comes to rest')
  world.violations.push(...store.violations, ...judge(world, [...rows.values()]))
  return world

  function acts(): Move[] {
    const hasCode = kuper.taken.includes('pickup_code')
    return [
      ...(looksLeft > 0 && kuper.isPlaced && !kuper.isOver ? [['catch-up looks', look] satisfies Move] : []),
      ...kuper.moves(tick, store.isHandedOver),
      ...store.moves(tick, { hasCode, mayCome: kuper.isPickup && kuper.state === 'ready_to_ship' }),
    ]
  }

  function look(): void {
    looksLeft--
    webhooks.push({ event: kuper.show(), source: 'catch-up', dedupKey: keyOf('look'), receivedAt: now() })
  }

  function arrivals(): Move[] {
    const moves: Move[] = []
    if (webhooks.length > 0) moves.push(['webhook', () => record(takeOne(webhooks))])
    // The store knows the order by our number only: what it says of one that is not here yet is sent again later.
    if (storeEvents.length > 0 && world.order) {
      const arrive = () => record({ ...takeOne(storeEvents), source: 'back-office', receivedAt: now() })
      moves.push(['store event', arrive])
    }
    return moves
  }

  /** The next message; where they are unordered any, and it may come again. */
  function takeOne<T>(list: T[]): T {
    const at = scenario.isUnordered ? draw(list.length) : 0
    const isRepeated = scenario.isUnordered && draw(8) === 0
    const [message] = isRepeated ? list.slice(at) : list.splice(at, 1)
    if (message === undefined) throw new Error('no message')
    return message
  }

  function record(envelope: EventEnvelope): void {
    if (recorded.has(envelope.dedupKey)) return
    recorded.add(envelope.dedupKey)
    const applied = applyEvent(world.order, ref, envelope, () => ({ policy, pickupCode, traits }))
    world.order = throughDatabase(applied.order)
    for (const effect of applied.planned) {
      if (rows.has(effect.key)) world.violations.push(`planned twice: ${effect.key}`)
      rows.set(effect.key, {
        effect,
        status: 'waiting',
        attempts: 0,
        revivals: 0,
        wasUnclear: false,
        isLeased: false,
      })
    }
    for (const row of rows.values()) {
      const { seq } = row.effect
      if (applied.dropped.includes(seq) && (row.status === 'dead' || isUntouched(row))) row.status = 'dropped'
      if (applied.revived.includes(seq) && row.status === 'dead')
        Object.assign(row, { status: 'waiting', attempts: 0, revivals: row.revivals + 1 })
    }
    const { verdict, planned, dropped } = applied
    world.log.push({ event: envelope.event, verdict, planned: planned.map(({ key }) => key), dropped })
  }

  /** The first of every lane, unless a dead one blocks it or an attempt is under way. */
  function claims(): Move[] {
    const heads = new Map<string, Row>()
    for (const row of [...rows.values()].sort((a, b) => a.effect.seq - b.effect.seq)) {
      const { lane, isBlocking } = row.effect
      const isOpen = row.status === 'waiting' || (row.status === 'dead' && isBlocking)
      if (isOpen && !heads.has(lane)) heads.set(lane, row)
    }
    // A short delay outlasts what is on its way from the store; timers of minutes never run out.
    const isDue = ({ kind, delayMs }: PlannedEffect) =>
      delayMs === undefined || (kind !== 'watch-deadline' && storeEvents.length === 0)
    return [...heads.values()]
      .filter(({ status, isLeased, effect }) => status === 'waiting' && !isLeased && isDue(effect))
      .map((row): Move => [`claim ${row.effect.key}`, () => claim(row)])
  }

  function claim(row: Row): void {
    const isTakenBack = world.order?.effects[row.effect.key]?.status === 'dropped'
    if (isTakenBack && isUntouched(row)) {
      row.status = 'dropped'
      return
    }
    row.attempts++
    row.isLeased = true
    attempts.push({
      row,
      wasUnclear: row.wasUnclear,
      wasHeld: world.order?.reservation.wasHeld ?? false,
      isInformed: webhooks.length === 0 && !isTakenBack,
      toldByKuper: kuper.told,
    })
  }

  function progress(attempt: Attempt): Move {
    const { key } = attempt.row.effect
    if (!attempt.outcome) return [`perform ${key}`, () => perform(attempt)]
    return [`settle ${key}: ${attempt.outcome.kind}`, () => settle(attempt)]
  }

  function perform(attempt: Attempt): void {
    const fault = faultsLeft > 0 && draw(4) === 0 ? faults[draw(faults.length)] : undefined
    if (fault) {
      faultsLeft--
      world.log.push(fault)
    }
    switch (fault) {
      case undefined:
        attempt.outcome = reach(attempt)
        return
      case 'tried nothing':
        attempt.outcome = { kind: 'not-tried', cause: 'stopping', waitMs: 0 }
        return
      case 'turned away':
        attempt.outcome = { kind: 'unavailable', cause: 'rate-limited', isUnclear: attempt.wasUnclear, detail: '429' }
        return
      case 'lost on the way':
        attempt.outcome = { kind: 'unavailable', cause: 'timeout', isUnclear: true, detail: 'lost' }
        return
      case 'answer lost':
        reach(attempt)
        attempt.outcome = { kind: 'unavailable', cause: 'timeout', isUnclear: true, detail: 'lost' }
        return
      case 'refused by mistake':
        // After an unclear report the state is read before anything is sent again.
        attempt.outcome = attempt.wasUnclear ? reach(attempt) : { kind: 'refused', fault: 'ours', detail: 'by mistake' }
        return
      case 'worker died':
        // Its lease runs out; nobody knows what became of it.
        reach(attempt)
        Object.assign(attempt.row, { isLeased: false, wasUnclear: true })
        attempts.splice(attempts.indexOf(attempt), 1)
    }
  }

  function reach(attempt: Attempt): Outcome {
    const { effect } = attempt.row
    if (effect.kind !== 'notify-marketplace') return performAtStore(store, effect, attempt)
    const { step } = effect.payload
    const isAgain = kuper.taken.includes(step) && !attempt.wasUnclear
    const outcome = report(kuper, effect.payload, attempt.wasUnclear)
    if (isAgain && step !== 'pickup_code' && step !== 'estimated_delivery')
      world.violations.push(`reported twice: ${step}`)
    if (outcome.kind === 'refused' && attempt.isInformed && kuper.told === attempt.toldByKuper)
      world.violations.push(`illegal: ${outcome.detail}`)
    return outcome
  }

  function settle(attempt: Attempt): void {
    const { row, outcome } = attempt
    const { kind, key } = row.effect
    if (!outcome) return
    attempts.splice(attempts.indexOf(attempt), 1)
    row.isLeased = false
    const step = nextStep({ kind, key, attempt: row.attempts, ageMs: 0 }, outcome, defaultRetryPolicy, 0.5)
    switch (step.kind) {
      case 'wait':
        row.attempts--
        return
      case 'again':
        row.wasUnclear ||= outcome.kind === 'unavailable' && outcome.isUnclear
        return
      case 'done':
      case 'dead':
        row.status = step.kind
        record({
          event: step.event,
          source: 'effect',
          dedupKey: `fx:${key}:${row.revivals}:${row.attempts}`,
          occurredAt: now(),
          receivedAt: now(),
        })
        // Nobody wanted it any more when it died: it blocks nothing and calls for nobody.
        if (step.kind === 'dead' && world.order?.effects[key]?.status === 'dropped') row.status = 'dropped'
    }
  }

  function revivals(): Move[] {
    if (revivalsLeft === 0) return []
    return [...rows.values()]
      .filter(({ status }) => status === 'dead')
      .map(({ effect: { key } }): Move => {
        const event = { type: 'effect.revived', key, by: 'operator' } as const
        const revive = () => {
          revivalsLeft--
          record({ event, source: 'operator', dedupKey: keyOf('operator'), receivedAt: now() })
        }
        return [`revive ${key}`, revive]
      })
  }
}

function isUntouched(row: Row): boolean {
  return row.status === 'waiting' && row.attempts === 0 && row.revivals === 0 && !row.wasUnclear
}

/** What must be true once nothing happens any more. */
function judge({ order, kuper, store }: World, rows: Row[]): string[] {
  if (!order) return ['no order']
  const wrong: string[] = []
  const mustBe = (isTrue: boolean, otherwise: string) => {
    if (!isTrue) wrong.push(otherwise)
  }
  const isKnownToPerson = (...codes: (keyof Order['attention'])[]) => codes.some((code) => order.attention[code])
  for (const { effect, status } of rows) {
    mustBe(status !== 'waiting' || effect.kind === 'watch-deadline', `waits for ever: ${effect.key}`)
    mustBe(status !== 'dead' || !effect.isBlocking || isKnownToPerson('effect-dead'), `dead in silence: ${effect.key}`)
    const isAgreed = order.effects[effect.key]?.status === status
    mustBe(isAgreed, `order and ledger disagree on ${effect.key}: ${order.effects[effect.key]?.status}, ${status}`)
  }

  const isCancelled = order.status === 'cancelled'
  mustBe(isCancelled === (kuper.state === 'canceled'), `order ${order.status}, Kuper ${kuper.state}`)
  mustBe(
    kuper.state !== 'shipped' || order.status === 'delivered',
    `order ${order.status}, although the customer has it`,
  )
  mustBe(kuper.isOver || Object.keys(order.attention).length > 0, `nobody knows that it stays ${kuper.state}`)
  if (isCancelled) {
    const isGone = isKnownToPerson('cancelled-after-leaving')
    mustBe(store.reserved === undefined || isGone, 'goods of a cancelled order stay reserved')
    mustBe(
      isSame(store.returned, store.sold) || isGone || isKnownToPerson('back-office-silent', 'effect-dead'),
      'sold goods do not come back',
    )
    mustBe(isGone || !kuper.isWithCourier, 'the courier keeps the goods of a cancelled order, and nobody knows')
    mustBe(!order.reservation.wasHeld || store.told.includes('order.cancelled'), 'the store does not hear of the end')
  } else {
    mustBe(!store.isReleased && !store.returned, 'goods of a living order were given back')
  }

  if (kuper.composition && store.sold && !isCancelled) {
    const charged = toGoods(kuper.composition.lines)
    const given = (kuper.taken.includes('delivered') && store.handedOver) || store.sold
    const isSeen = isKnownToPerson('composition-late', 'composition-refused')
    mustBe(
      isSame(charged, given) || isSeen,
      `charged ${JSON.stringify([...charged])}, given ${JSON.stringify([...given])}`,
    )
  }
  return wrong
}

function isSame(a: Map<string, number> | undefined, b: Map<string, number> | undefined): boolean {
  const skus = [...(a?.keys() ?? []), ...(b?.keys() ?? [])]
  return skus.every((sku) => (a?.get(sku) ?? 0) === (b?.get(sku) ?? 0))
}

/** The same numbers for the same seed (mulberry32): `draw(n)` is one of 0 … n - 1. */
function createDraw(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(1, n)
  }
}
