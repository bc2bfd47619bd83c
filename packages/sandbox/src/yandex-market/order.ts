import { addDays, formatDate } from './market-time.ts'
import type { LinePlan, OrderPlan, Stage } from './order-plan.ts'
import type { Model, OrderStatus } from './statuses.ts'

/** A code of mandatory marking, and what the Market has found out about it. */
export interface MarkingCode {
  kind: 'cis' | 'uin' | 'rnpt' | 'gtd'
  value: string
  state: 'IN_PROGRESS' | 'OK' | 'FAILED' | 'INVALID' | 'NOT_ON_VALIDATION'
}

export interface MarketLine {
  id: string
  offerId: string
  name: string
  count: number
  orderedCount: number
  /** Kopecks per unit. */
  price: number
  marking: LinePlan['marking'] | undefined
  isPromo: boolean
  service: string | undefined
  codes: MarkingCode[]
}

export interface BoxItem {
  id: string
  fullCount?: number | undefined
  partialCount?: { current: number; total: number } | undefined
  instances?: Partial<Record<'cis' | 'uin' | 'rnpt' | 'gtd' | 'countryCode', string | undefined>>[] | undefined
}

export interface Box {
  boxId: string
  items: BoxItem[]
}

/** Something the seller did that took effect. */
export interface Command {
  at: string
  /** Operation, or the status that was set: `PROCESSING/READY_TO_SHIP`. */
  name: string
  /** The seller got to know it. */
  wasAnswered: boolean
  /** The seller has read the order since. */
  wasRead: boolean
}

/** One order as the Market sees it. Mutable: it lives in the simulator's memory. Holds no functions: it is written as it is. */
export interface MarketOrder {
  /** Creation order over all orders; what paging goes by. */
  seq: number
  orderId: string
  campaignId: number
  model: Model
  plan: OrderPlan
  createdAt: Date
  updatedAt: Date
  visibleFromMs: number
  status: OrderStatus
  substatus: string
  lines: MarketLine[]
  externalOrderId: string | undefined
  boxes: Box[]
  shipmentId: string
  /** YYYY-MM-DD, all three. */
  shipmentDate: string
  deliveryDate: string
  realDeliveryDate: string | undefined
  dateEdits: number
  tracks: { trackCode: string; deliveryServiceId: string }[]
  storageLimitDate: string
  wasStorageExtended: boolean
  /** The buyer waits for an answer, or has it. */
  cancellationRequest: { requestedAt: string; answer: 'accepted' | 'declined' | 'expired' | undefined } | undefined
  cancelledBy: 'buyer' | 'market' | 'seller' | undefined
  courier: { searches: number; attemptsLeft: number; code: string; isVerified: boolean }
  codeChecks: number
  digitalCodes: { lineId: string; codes: string[] }[] | undefined
  /** Steps that are scheduled or done: each happens once. */
  steps: Set<string>
  stages: { at: string; stage: Stage }[]
  history: { at: string; status: OrderStatus; substatus: string; cause: string }[]
  commands: Command[]
  returnIds: string[]
}

export function createOrder(
  plan: OrderPlan,
  identity: { seq: number; orderId: string; campaignId: number; nextId: () => string },
  now: Date,
): MarketOrder {
  const today = formatDate(now)
  const [status, substatus] = beginning(plan)
  return {
    seq: identity.seq,
    orderId: identity.orderId,
    campaignId: identity.campaignId,
    model: plan.model,
    plan,
    createdAt: now,
    updatedAt: now,
    visibleFromMs: now.getTime() + plan.script.visibleAfterMs,
    status,
    substatus,
    lines: plan.lines.map((line) => ({
      id: identity.nextId(),
      offerId: line.offerId,
      name: line.name ?? line.offerId,
      count: line.count,
      orderedCount: line.count,
      price: Math.round(Number(line.price) * 100),
      marking: line.marking,
      isPromo: line.isPromo,
      service: line.service,
      codes: [],
    })),
    externalOrderId: undefined,
    boxes: [],
    shipmentId: identity.nextId(),
    shipmentDate: addDays(today, 1),
    deliveryDate: addDays(today, plan.model === 'EXPRESS' || plan.model === 'DIGITAL' ? 0 : 3),
    realDeliveryDate: undefined,
    dateEdits: 0,
    tracks: [],
    storageLimitDate: addDays(today, 7),
    wasStorageExtended: false,
    cancellationRequest: undefined,
    cancelledBy: undefined,
    courier: {
      searches: 0,
      attemptsLeft: plan.script.courier.attempts,
      code: plan.script.courier.eacCode ?? identity.orderId.slice(-4),
      isVerified: false,
    },
    codeChecks: 0,
    digitalCodes: undefined,
    steps: new Set(),
    stages: [],
    history: [{ at: now.toISOString(), status, substatus, cause: 'created' }],
    commands: [],
    returnIds: [],
  }
}

function beginning({ model, script }: OrderPlan): [OrderStatus, string] {
  if (model === 'LAAS') return ['RESERVED', 'STARTED']
  switch (script.opensAs) {
    case 'PROCESSING':
      return ['PROCESSING', 'STARTED']
    case 'PENDING':
      return ['PENDING', 'AWAIT_CONFIRMATION']
    case 'UNPAID':
      return ['UNPAID', 'WAITING_USER_INPUT']
    case 'PLACING':
      return ['PLACING', 'ASYNC_PROCESSING']
  }
}

export function isEnded({ status }: MarketOrder): boolean {
  return status === 'DELIVERED' || status === 'CANCELLED' || status === 'PARTIALLY_RETURNED' || status === 'RETURNED'
}

function hasReached(order: MarketOrder, stage: Stage): boolean {
  return order.stages.some((one) => one.stage === stage)
}

/** The goods are with whoever brings them to the buyer. */
export function hasLeft(order: MarketOrder): boolean {
  return hasReached(order, 'shipped') || hasReached(order, 'courier-received') || hasReached(order, 'delivery')
}

/** Whether every unit that needs a code has one that was found good. */
export function codesState({ lines }: MarketOrder): 'not-needed' | 'missing' | 'checking' | 'refused' | 'good' {
  const needing = lines.filter(({ marking, count }) => (marking === 'CIS' || marking === 'UIN') && count > 0)
  if (needing.length === 0) return 'not-needed'
  if (needing.some(({ codes, count }) => codes.length < count)) return 'missing'
  const states = needing.flatMap(({ codes }) => codes.map(({ state }) => state))
  if (states.some((state) => state === 'INVALID' || state === 'FAILED')) return 'refused'
  return states.every((state) => state === 'OK') ? 'good' : 'checking'
}
