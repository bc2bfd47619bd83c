import type {
  BackOfficeEvent,
  ComposedLine,
  Fulfilment,
  News,
  OrderLine,
  Outcome,
  PlannedEffect,
  ReserveStock,
} from '../src/index.ts'
import type { Move } from './causal-world.ts'

export interface StoreScenario {
  /** Of every article. */
  available: number
  codeMadeBy: 'us' | 'back-office'
  skipsStart: boolean
  picksLineByLine: boolean
  skipsAssembled: boolean
  /** Its documents name no lines. */
  isSilent: boolean
  /** Takes a unit out of the finished order. */
  corrects: boolean
  firstCodeIsWrong: boolean
  /** The customer refuses a unit at the counter or at the door. */
  handsOverFewer: boolean
  /** From this tick on the store may want to cancel. */
  cancelsAt?: number
  /** Does not wait for the answer to its cancellation. */
  isImpatient: boolean
}

type Goods = Map<string, number>

/**
 * The merchant's back office and the people of its store, with one order, as docs/back-office.md has them: what was sold can
 * neither be reserved nor released, what comes back was sold, and nobody works on what they were told is over.
 */
export class Store {
  ordered: OrderLine[] = []
  reserved?: Goods | undefined
  /** What the sales document says. */
  sold?: Goods
  returned?: Goods
  isReleased = false
  /** What the customer took, where it differs from what was sold. */
  handedOver?: Goods | undefined
  isHandedOver = false
  readonly told: News['type'][] = []
  readonly violations: string[] = []
  private isKnown = false
  private isStopped = false
  private flow: Fulfilment = 'marketplace-delivery'
  private code: string | undefined
  private readonly picked: Goods = new Map()
  private readonly toPutBack: string[] = []
  private readonly keys = new Set<string>()
  private hasStarted = false
  private hasAssembled = false
  private hasCorrected = false
  private toRepair = 0
  /** Then a person of the store has to think. */
  private repairsLeft = 3
  private hasAskedToCancel = false
  private hasTriedWrongCode = false
  private isIssuing = false
  private delivery: 'none' | 'estimated' | 'started' = 'none'
  private readonly scenario: StoreScenario
  private readonly send: (event: BackOfficeEvent) => void

  constructor(scenario: StoreScenario, send: (event: BackOfficeEvent) => void) {
    this.scenario = scenario
    this.send = send
  }

  /** What the staff may do now. `hasCode`: the customer knows the pickup code; `mayCome`: and the order is his to fetch. */
  moves(tick: number, customer: { hasCode: boolean; mayCome: boolean }): Move[] {
    const { scenario } = this
    if (!this.isKnown || this.isStopped || this.told.includes('order.cancelled')) return []
    const isWaiting = this.hasAskedToCancel && !scenario.isImpatient && !this.told.includes('cancellation.declined')
    if (isWaiting || this.isHandedOver) return []
    const moves: Move[] = []
    if (scenario.cancelsAt !== undefined && tick >= scenario.cancelsAt && !this.hasAskedToCancel)
      moves.push(['store wants to cancel', () => this.askToCancel()])
    const forward = this.sold ? this.handingOver(this.sold, customer) : this.assembling()
    if (forward) moves.push(forward)
    return moves
  }

  /**
   * Look at the stock, choose, reserve: as services/reservation does it. Short goods are reserved in part or not at all; what
   * this order holds counts as free; a repeat replaces the reservation as a whole.
   */
  reserve(wanted: ReserveStock, context: { wasUnclear: boolean; wasHeld: boolean }): Outcome {
    const free = (sku: string) => this.scenario.available - (this.sold?.get(sku) ?? 0)
    const short = wanted.lines.filter(({ sku, quantity }) => quantity > free(sku))
    const some = wanted.lines.flatMap((line) => {
      const quantity = Math.min(line.quantity, free(line.sku))
      return quantity > 0 ? [{ sku: line.sku, quantity }] : []
    })
    const isShort = short.length > 0 && (wanted.onShort === 'cancel' || some.length === 0)
    // The news tells of every change after the first body; a repeated call may bring an older one.
    if (!this.told.includes('order.updated')) this.ordered = wanted.lines
    const says = short.map(({ sku, quantity }) => ({ sku, requested: quantity, available: free(sku) }))
    if (isShort && !context.wasUnclear && !context.wasHeld) return { kind: 'short', lines: says }
    if (this.sold) return context.wasUnclear ? { kind: 'already-done' } : { kind: 'already-used' }
    if (isShort) return { kind: 'short', lines: says }
    if (this.isReleased) this.violations.push('reserved after the release')
    const goods = toGoods(some)
    for (const [sku, quantity] of this.picked) {
      if (quantity > (goods.get(sku) ?? 0)) this.toPutBack.push(sku)
    }
    this.reserved = goods
    if (!this.isKnown) this.flow = wanted.fulfilment
    this.isKnown = true
    return { kind: 'reserved', lines: some }
  }

  release(): Outcome {
    this.isStopped = true
    if (this.sold) return { kind: 'already-used' }
    this.reserved = undefined
    this.isReleased = true
    return { kind: 'done' }
  }

  takeBack(key: string, lines: ComposedLine[]): Outcome {
    this.isStopped = true
    if (this.keys.has(key)) return { kind: 'done' }
    const goods = toGoods(lines)
    const tooMuch = [...goods].find(([sku, quantity]) => quantity > (this.sold?.get(sku) ?? 0))
    if (tooMuch) return { kind: 'refused', fault: 'data', detail: `422 ${tooMuch.join(': ')} was not sold` }
    if (this.returned) this.violations.push('goods taken back twice')
    this.keys.add(key)
    this.returned = goods
    return { kind: 'done' }
  }

  tell(key: string, news: News): Outcome {
    if (!this.isKnown) return { kind: 'unavailable', cause: 'network', isUnclear: false, detail: '404' }
    if (this.keys.has(key)) return { kind: 'already-done' }
    this.keys.add(key)
    if (onceOnly.has(news.type) && this.told.includes(news.type)) this.violations.push(`told twice: ${news.type}`)
    this.told.push(news.type)
    switch (news.type) {
      case 'order.updated':
        this.flow = news.changes.fulfilment
        this.ordered = news.changes.lines ?? this.ordered
        break
      case 'pickup_code.created':
        this.code = news.code
        break
      case 'composition.refused':
        this.toRepair++
        break
      case 'issue.refused':
        // Nothing is handed over; the customer may say it again.
        if (this.isIssuing) this.isHandedOver = false
        break
      case 'order.paid':
      case 'courier.assigned':
      case 'courier.arrived':
      case 'order.taken':
      case 'order.delivering':
      case 'order.delivered':
      case 'order.cancelled':
      case 'cancellation.declined':
        break
      case 'courier_code.accepted':
      case 'courier_code.rejected':
      case 'cancellation.asked':
      case 'line_service.changed':
      case 'return.changed':
      case 'return.decision_refused':
      case 'conversation.message':
      case 'conversation.disputed':
      case 'conversation.reply_refused':
        this.violations.push(`told ${news.type}, which Kuper has not`)
        break
    }
    return { kind: 'done' }
  }

  /** The next thing to do for an order that has no sales document yet. */
  private assembling(): Move | undefined {
    const { reserved, scenario } = this
    if (!reserved) return undefined
    if (!this.hasStarted && !scenario.skipsStart) return ['store starts', () => this.start()]
    const putBack = this.toPutBack[0]
    if (putBack !== undefined) return [`store puts back ${putBack}`, () => this.pick(this.toPutBack.shift() ?? '')]
    const toPick = [...reserved].find(([sku, quantity]) => this.picked.get(sku) !== quantity)
    if (toPick && scenario.picksLineByLine) return [`store picks ${toPick[0]}`, () => this.pick(toPick[0])]
    if (!this.hasAssembled && !scenario.skipsAssembled) return ['store has assembled', () => this.assemble()]
    return ['store makes the document', () => this.sell(reserved)]
  }

  private handingOver(sold: Goods, customer: { hasCode: boolean; mayCome: boolean }): Move | undefined {
    if (this.toRepair > 0 && this.repairsLeft > 0) return ['store repairs its document', () => this.repair(sold)]
    if (this.scenario.corrects && !this.hasCorrected) return ['store corrects its document', () => this.correct(sold)]
    if ([...sold.values()].every((quantity) => quantity === 0)) return undefined
    if (this.delivery !== 'none') return this.driving()
    switch (this.flow) {
      case 'marketplace-delivery':
      case 'digital':
      case 'by-marketplace':
        return undefined
      case 'merchant-delivery':
        return this.told.includes('order.paid') ? ['store estimates', () => this.estimate()] : undefined
      case 'pickup':
        return this.issuing(customer)
    }
  }

  private issuing({ hasCode, mayCome }: { hasCode: boolean; mayCome: boolean }): Move | undefined {
    const { codeMadeBy, firstCodeIsWrong } = this.scenario
    if (codeMadeBy === 'back-office' && this.code === undefined)
      return ['store makes the code', () => this.makeCode('77')]
    if (!hasCode || !mayCome || this.code === undefined) return undefined
    if (firstCodeIsWrong && !this.hasTriedWrongCode) return ['customer errs', () => this.issue('0000')]
    return this.isIssuing ? undefined : ['store hands over', () => this.issue(this.code ?? '')]
  }

  private driving(): Move {
    return this.delivery === 'estimated'
      ? ['store drives off', () => this.driveOff()]
      : ['store delivers', () => this.deliver()]
  }

  private askToCancel(): void {
    this.hasAskedToCancel = true
    this.send({ type: 'cancellation.requested', reason: 'store_closed' })
  }

  private start(): void {
    this.hasStarted = true
    this.send({ type: 'assembly.started' })
  }

  /** Brings what is in the bag in line with what is reserved. */
  private pick(sku: string): void {
    const quantity = this.reserved?.get(sku) ?? 0
    this.picked.set(sku, quantity)
    this.send({ type: 'line.picked', line: { sku, quantity } })
  }

  private assemble(): void {
    this.hasAssembled = true
    this.send({ type: 'assembly.finished' })
  }

  private sell(goods: Goods): void {
    this.reserved = undefined
    this.sold = goods
    this.send({ type: 'composition.finalised', ...(!this.scenario.isSilent && { lines: toLines(goods) }) })
  }

  private correct(sold: Goods): void {
    this.hasCorrected = true
    const first = [...sold].find(([, quantity]) => quantity > 0)
    if (!first) return
    this.sold = new Map(sold).set(first[0], first[1] - 1)
    this.send({ type: 'composition.finalised', lines: toLines(this.sold) })
  }

  /** Leaves out what the customer does not want any more. */
  private repair(sold: Goods): void {
    this.toRepair--
    this.repairsLeft--
    const wanted = toGoods(this.ordered)
    const there = [...(this.handedOver ?? sold)]
    this.sold = new Map(there.map(([sku, quantity]) => [sku, Math.min(quantity, wanted.get(sku) ?? 0)]))
    this.handedOver = undefined
    this.send({ type: 'composition.finalised', lines: toLines(this.sold) })
  }

  private makeCode(code: string): void {
    this.code = code
    this.send({ type: 'pickup-code.created', code })
  }

  private issue(code: string): void {
    this.hasTriedWrongCode = true
    if (code !== this.code) {
      this.send({ type: 'order.issued', code })
      return
    }
    this.isIssuing = true
    this.isHandedOver = true
    this.send({ type: 'order.issued', code, ...this.handOver() })
  }

  private estimate(): void {
    this.delivery = 'estimated'
    this.send({ type: 'delivery.estimated', estimatedAt: '2026-01-01T12:00:00Z' })
  }

  private driveOff(): void {
    this.delivery = 'started'
    this.send({ type: 'delivery.started' })
  }

  private deliver(): void {
    this.isHandedOver = true
    this.send({ type: 'delivery.finished', ...this.handOver() })
  }

  private handOver(): { lines?: ComposedLine[] } {
    if (!this.scenario.handsOverFewer || !this.sold) return {}
    const [first] = [...this.sold].filter(([, quantity]) => quantity > 0)
    this.handedOver = new Map(this.sold)
    if (first) this.handedOver.set(first[0], first[1] - 1)
    return { lines: toLines(this.handedOver) }
  }
}

const onceOnly = new Set<News['type']>([
  'order.paid',
  'order.taken',
  'order.delivering',
  'order.delivered',
  'order.cancelled',
  'pickup_code.created',
  'cancellation.declined',
])

export function toGoods(lines: { sku: string; quantity: number }[]): Goods {
  return new Map(lines.map(({ sku, quantity }) => [sku, quantity]))
}

function toLines(goods: Goods): ComposedLine[] {
  return [...goods].map(([sku, quantity]) => ({ sku, quantity }))
}

/** What the store does when one of its effects is performed. Reports and timers are not for it. */
export function performAtStore(
  store: Store,
  effect: PlannedEffect,
  context: { wasUnclear: boolean; wasHeld: boolean },
): Outcome {
  switch (effect.kind) {
    case 'reserve-stock':
      return store.reserve(effect.payload, context)
    case 'release-stock':
      return store.release()
    case 'take-back-goods':
      return store.takeBack(effect.key, effect.payload.lines)
    case 'tell-back-office':
      return store.tell(effect.key, effect.payload)
    case 'fetch-order':
    case 'fetch-return':
    case 'fetch-conversation':
    case 'answer-cancellation-request':
    case 'decide-return':
    case 'reply-to-customer':
    case 'notify-marketplace':
    case 'watch-deadline':
      return { kind: 'done' }
  }
}
