import { z } from 'zod'

/** Which webhooks or calls a fault hits, and how often. Left out: any order, any type. */
const scope = {
  orderId: z.string().optional(),
  /** How many hits; calls default to one, webhooks to `always`. */
  times: z.union([z.number().int().positive(), z.literal('always')]).optional(),
}
const ms = z.number().int().min(0)
const webhook = { ...scope, on: z.literal('webhook'), eventType: z.string().optional() }
const call = {
  ...scope,
  on: z.enum(['notification', 'token', 'shipments']),
  /** Notification type, for `on: notification`. */
  type: z.string().optional(),
}

const webhookFaultSchema = z.discriminatedUnion('fault', [
  /** Sends `copies` more of the same webhook, at the same time. */
  z.strictObject({ ...webhook, fault: z.literal('duplicate'), copies: z.number().int().positive().default(1) }),
  z.strictObject({ ...webhook, fault: z.literal('delay'), delayMs: ms }),
  /** Collects an order's webhooks for `holdMs`, then sends them one after another in another order. */
  z.strictObject({
    ...webhook,
    fault: z.literal('reorder'),
    holdMs: ms,
    mode: z.enum(['reversed', 'shuffled']).default('reversed'),
    seed: z.number().int().default(1),
  }),
  /** Keeps a webhook back until another one of the order was acknowledged, or for `holdMs` at most. */
  z.strictObject({ ...webhook, fault: z.literal('withhold'), until: z.string().optional(), holdMs: ms.optional() }),
  /** Never sends it: only a pull finds out. */
  z.strictObject({ ...webhook, fault: z.literal('lose') }),
  /** Says order.changed instead of order.updated. */
  z.strictObject({ ...webhook, fault: z.literal('say-changed') }),
  /** Adds fields nobody has heard of to envelope and payload. */
  z.strictObject({ ...webhook, fault: z.literal('extra-fields') }),
  /** Sends one more webhook, of an unknown type, after each. */
  z.strictObject({
    ...webhook,
    fault: z.literal('unknown-event'),
    unknownType: z.string().default('order.sandbox_news'),
  }),
  /** Names the order by this key alone (order.created always carries originalOrderId). */
  z.strictObject({
    ...webhook,
    fault: z.literal('name-by'),
    key: z.enum(['originalOrderId', 'order_id', 'orderUUID', 'number']),
  }),
])
export type WebhookFault = z.output<typeof webhookFaultSchema>

const callFaultSchema = z.discriminatedUnion('fault', [
  /** Not processed; answers this status in the operator's error form (429 in the gateway's form). */
  z.strictObject({
    ...call,
    fault: z.literal('answer'),
    status: z.number().int().min(400).max(599),
    /** For 422: what is blamed. */
    reason: z.enum(['state', 'field']).default('state'),
    retryAfterSeconds: z.number().int().positive().optional(),
  }),
  /** Not processed; 200 with an error code in the body (specification 6.5). */
  z.strictObject({ ...call, fault: z.literal('code-in-body'), code: z.number().int().min(400).default(500) }),
  /** Not processed; never answers. */
  z.strictObject({ ...call, fault: z.literal('hang') }),
  /** Processed, then the connection is cut without an answer. */
  z.strictObject({ ...call, fault: z.literal('lose-answer') }),
  /** Not processed, the connection is cut. */
  z.strictObject({ ...call, fault: z.literal('cut') }),
  /** Processed at once, answered late. */
  z.strictObject({ ...call, fault: z.literal('slow'), delayMs: ms }),
])
export type CallFault = z.output<typeof callFaultSchema>

export const faultSchema = z.union([webhookFaultSchema, callFaultSchema])
export type FaultInput = z.input<typeof faultSchema>
type Fault = WebhookFault | CallFault
type ArmedFault = { id: number; left: number; hits: number; fault: Fault }

export interface FaultsSnapshot {
  forAll: ArmedFault[]
  perOrder: Map<string, ArmedFault[]>
  lastId: number
}

/** The faults that are switched on, per order and for all. Taking one counts it down. */
export function createFaults() {
  const forAll: ArmedFault[] = []
  const perOrder = new Map<string, ArmedFault[]>()
  let lastId = 0

  /** An order's own faults come first. */
  function* usable(orderId: string | undefined) {
    for (const one of [...((orderId && perOrder.get(orderId)) || []), ...forAll]) {
      if (one.left > 0) yield one
    }
  }
  const use = (one: ArmedFault) => {
    one.left -= 1
    one.hits += 1
  }
  const listsOf = () => [forAll, ...perOrder.values()]

  return {
    add(fault: Fault): ArmedFault {
      lastId += 1
      const times = fault.times ?? (fault.on === 'webhook' ? 'always' : 1)
      const entry = { id: lastId, left: times === 'always' ? Number.POSITIVE_INFINITY : times, hits: 0, fault }
      if (fault.orderId === undefined) forAll.push(entry)
      else perOrder.set(fault.orderId, [...(perOrder.get(fault.orderId) ?? []), entry])
      return entry
    },

    /** The first fault that fits the call, or undefined. */
    takeForCall(on: CallFault['on'], orderId: string | undefined, type: string | undefined): CallFault | undefined {
      for (const one of usable(orderId)) {
        const { fault } = one
        if (fault.on === 'webhook' || fault.on !== on || !fits(fault.type, type)) continue
        use(one)
        return fault
      }
      return undefined
    },

    /** All faults that fit the webhook. Unless one of them says otherwise, `withhold` is about order.created. */
    takeForWebhook(orderId: string | undefined, eventType: string): WebhookFault[] {
      const taken: WebhookFault[] = []
      for (const one of usable(orderId)) {
        const { fault } = one
        if (fault.on !== 'webhook' || !fits(fault.eventType ?? DEFAULT_EVENT_TYPE[fault.fault], eventType)) continue
        use(one)
        taken.push(fault)
      }
      return taken
    },

    list: () =>
      listsOf().flatMap((list) =>
        list.map(({ id, left, hits, fault }) => ({
          ...fault,
          id,
          left: Number.isFinite(left) ? left : 'always',
          hits,
        })),
      ),

    remove(id: number) {
      for (const list of listsOf()) {
        const index = list.findIndex((one) => one.id === id)
        if (index >= 0) list.splice(index, 1)
      }
    },

    snapshot: (isForgotten: (orderId: string) => boolean): FaultsSnapshot => ({
      forAll,
      perOrder: new Map([...perOrder].filter(([orderId]) => !isForgotten(orderId))),
      lastId,
    }),
    restore(saved: FaultsSnapshot) {
      forAll.push(...saved.forAll)
      for (const [orderId, list] of saved.perOrder) perOrder.set(orderId, list)
      lastId = saved.lastId
    },

    /** When an order is forgotten, so are its faults. */
    forgetOrder(orderId: string) {
      perOrder.delete(orderId)
    },

    clear() {
      forAll.length = 0
      perOrder.clear()
    },
  }
}
export type Faults = ReturnType<typeof createFaults>

const DEFAULT_EVENT_TYPE: Partial<Record<WebhookFault['fault'], string>> = {
  withhold: 'order.created',
  'say-changed': 'order.updated',
}

function fits(wanted: string | undefined, given: string | undefined): boolean {
  return wanted === undefined || wanted === given
}
