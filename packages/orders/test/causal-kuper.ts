import type {
  Composition,
  MarketplaceEvent,
  OrderLine,
  Outcome,
  PlacedOrder,
  Report,
  ReportStep,
} from '../src/index.ts'
import type { Move } from './causal-world.ts'

/** What the customer still changes. */
export type Wish = Pick<Partial<PlacedOrder>, 'lines' | 'shipmentMethod' | 'deliveryWindow'>

export interface KuperScenario {
  kind: 'marketplace-delivery' | 'merchant-delivery'
  isPickup: boolean
  lines: OrderLine[]
  wishes: Wish[]
  /** From this tick on Kuper may cancel. */
  cancelsAt?: number
  /** A repeated report is answered 422, else 202. */
  repeatsAre422: boolean
}

export type KuperState = 'ready' | 'collecting' | 'ready_to_ship' | 'shipping' | 'shipped' | 'canceled'

/**
 * Kuper and one order of it, as strict as the specification (6.5 to 6.7, 8): states, 405 by flow, a `ready_to_ship` that comes
 * some time after the report, repeats. It says by webhook what happens on its side; whatever happens has a cause.
 */
export class Kuper {
  state: KuperState = 'ready'
  isPlaced = false
  isPickup: boolean
  /** It has taken `ready`, but not yet moved on. */
  isSettling = false
  isPaid = false
  isWithCourier = false
  /** Reports that took effect, in their order. */
  readonly taken: ReportStep[] = []
  /** What the customer is charged for. */
  composition?: Composition
  /** Webhooks sent so far. */
  told = 0
  private readonly wishes: Wish[]
  private body: PlacedOrder
  private courier = 0
  private readonly scenario: KuperScenario
  private readonly send: (event: MarketplaceEvent) => void

  constructor(scenario: KuperScenario, send: (event: MarketplaceEvent) => void) {
    this.scenario = scenario
    this.isPickup = scenario.isPickup
    this.wishes = [...scenario.wishes]
    this.body = {
      storeId: 's',
      lines: scenario.lines,
      shipmentMethod: this.isPickup ? 'pickup' : 'by_courier',
      deliveryWindow: { from: '2026-01-01T15:00:00+03:00', to: '2026-01-01T17:00:00+03:00' },
    }
    this.send = (event) => {
      this.told++
      send(event)
    }
  }

  get flow() {
    return this.isPickup ? 'pickup' : this.scenario.kind
  }

  get isOver(): boolean {
    return this.state === 'shipped' || this.state === 'canceled'
  }

  /** What may happen at Kuper now. `hasCustomerIt`: the store has handed the goods over. */
  moves(tick: number, hasCustomerIt: boolean): Move[] {
    const { scenario, flow, state } = this
    if (!this.isPlaced) return [['customer orders', () => this.place()]]
    if (this.isOver) return []
    const moves: Move[] = []
    const wish = this.wishes[0]
    const isGone = hasCustomerIt || state === 'shipping'
    if (this.isSettling) moves.push(['kuper is ready to ship', () => this.settle()])
    if (wish && !isGone) moves.push([`customer wants ${JSON.stringify(wish)}`, () => this.change()])
    if (state === 'ready_to_ship' && !this.isPaid) moves.push(['kuper charges', () => this.pay()])
    if (flow === 'marketplace-delivery' && !hasCustomerIt) {
      if (state !== 'ready' && this.courier < 2) moves.push(['courier comes', () => this.meetCourier()])
      if (state === 'ready_to_ship' && this.isPaid) moves.push(['courier takes', () => this.take()])
      if (state === 'shipping') moves.push(['courier delivers', () => this.deliver()])
    }
    if (scenario.cancelsAt !== undefined && tick >= scenario.cancelsAt)
      moves.push(['kuper cancels', () => this.cancel()])
    return moves
  }

  /** What the catch-up finds. Once `ready` is taken, the goods are those of our composition. */
  show(): MarketplaceEvent {
    const lines = this.composition?.lines.map(({ sku, quantity }) => ({ sku, quantity })) ?? this.body.lines
    return { type: 'order.placed', order: { ...this.body, lines } }
  }

  /** Takes a report, or not. */
  answer(report: Report): 200 | 202 | 405 | 422 {
    const { step } = report
    const foreign: Partial<Record<ReportStep, boolean>> = {
      pickup_code: this.flow !== 'pickup',
      delivering: this.flow !== 'merchant-delivery',
      estimated_delivery: this.flow !== 'merchant-delivery',
      delivered: this.flow === 'marketplace-delivery',
    }
    if (foreign[step]) return 405
    const isRepeated = this.taken.includes(step) && step !== 'pickup_code' && step !== 'estimated_delivery'
    if (isRepeated && !this.scenario.repeatsAre422) return 202
    if (isRepeated || !legalIn(step, this.flow).includes(this.state) || (step === 'ready' && this.isSettling))
      return 422
    this.taken.push(step)
    if (report.step === 'ready') this.isSettling = true
    if ((report.step === 'ready' || report.step === 'delivered') && report.composition) {
      this.composition = report.composition
    }
    this.state = next[step] ?? this.state
    if (step === 'canceled') this.isSettling = false
    return 200
  }

  private place(): void {
    this.isPlaced = true
    this.send({ type: 'order.placed', order: this.body })
  }

  private settle(): void {
    this.isSettling = false
    this.state = 'ready_to_ship'
  }

  private change(): void {
    const changes = this.wishes.shift() ?? {}
    const deliveryWindow = { ...this.body.deliveryWindow, ...changes.deliveryWindow }
    this.body = { ...this.body, ...changes, deliveryWindow }
    if (changes.shipmentMethod) this.isPickup = changes.shipmentMethod === 'pickup'
    this.send({ type: 'order.updated', changes })
  }

  private pay(): void {
    this.isPaid = true
    this.send({ type: 'order.paid', amount: '1.00' })
  }

  private meetCourier(): void {
    this.courier++
    this.send(
      this.courier === 1
        ? { type: 'courier.assigned', courier: { name: 'C' } }
        : { type: 'courier.arrived', courier: {} },
    )
  }

  private take(): void {
    this.state = 'shipping'
    this.isWithCourier = true
    this.send({ type: 'order.taken' })
    this.send({ type: 'order.delivering' })
  }

  private deliver(): void {
    this.state = 'shipped'
    this.send({ type: 'order.delivered' })
  }

  private cancel(): void {
    this.state = 'canceled'
    this.isSettling = false
    this.send({ type: 'order.cancelled', reason: 'user_cancelled' })
  }
}

/** Specification 6.6; lenient about a pickup code after ready. */
function legalIn(step: ReportStep, flow: Kuper['flow']): KuperState[] {
  switch (step) {
    case 'accepted':
    case 'in_work':
      return ['ready']
    case 'assembled':
    case 'ready':
      return ['collecting']
    case 'pickup_code':
      return ['ready', 'collecting', 'ready_to_ship']
    case 'estimated_delivery':
      return ['ready_to_ship', 'shipping']
    case 'delivering':
      return ['ready_to_ship']
    case 'delivered':
      return ['ready_to_ship', 'shipping']
    case 'canceled':
      return flow === 'merchant-delivery'
        ? ['ready', 'collecting', 'ready_to_ship', 'shipping']
        : ['ready', 'collecting', 'ready_to_ship']
    case 'registered':
    case 'packed':
    case 'courier_code':
    case 'tracked':
    case 'rescheduled':
    case 'at_pickup':
    case 'storage_extended':
    case 'digital_codes':
      return []
  }
}

const next: Partial<Record<ReportStep, KuperState>> = {
  in_work: 'collecting',
  delivering: 'shipping',
  delivered: 'shipped',
  canceled: 'canceled',
}

const order: KuperState[] = ['ready', 'collecting', 'ready_to_ship', 'shipping', 'shipped']

/** Whether the state shows that the step is done. Acceptance, assembly, code and estimate never show. */
function shows(state: KuperState, step: ReportStep): boolean {
  const target = step === 'ready' ? 'ready_to_ship' : next[step]
  if (target === undefined || state === 'canceled' || target === 'canceled') return state === target
  return order.indexOf(state) >= order.indexOf(target)
}

/**
 * What our client makes of Kuper's answer: the same table as packages/marketplaces/kuper/src/classify.ts, in the words of the
 * specification (6.6 Repeats, 6.7).
 */
export function report(kuper: Kuper, payload: Report, wasUnclear: boolean): Outcome {
  const { step } = payload
  const isVisible = step === 'ready' || next[step] !== undefined
  if (wasUnclear && isVisible) {
    if (shows(kuper.state, step)) return { kind: 'already-done' }
    if (kuper.state === 'canceled') return { kind: 'cancelled-there' }
  }
  const status = kuper.answer(payload)
  const detail = `${status} ${step} in ${kuper.state}, ${kuper.flow}`
  if (status < 300) return { kind: 'done' }
  if (status === 405) return { kind: 'refused', fault: 'ours', status, detail }
  if (shows(kuper.state, step)) return { kind: 'already-done' }
  if (kuper.state === 'canceled') return { kind: 'cancelled-there' }
  if (step === 'canceled' && order.indexOf(kuper.state) >= order.indexOf('shipping'))
    return { kind: 'declined', state: kuper.state }
  const mayMeetReady = ['delivering', 'delivered', 'canceled', 'estimated_delivery'].includes(step)
  if (kuper.isSettling && (mayMeetReady || (wasUnclear && step === 'ready'))) return { kind: 'too-early', detail }
  if (wasUnclear && !isVisible) return { kind: 'already-done' }
  return { kind: 'refused', fault: 'data', status, detail }
}
