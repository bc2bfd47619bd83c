import { z } from 'zod'
import { type ArmedFaultsSnapshot, createArmedFaults, isWanted } from '../armed-faults.ts'

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
export type Fault = WebhookFault | CallFault

export type FaultsSnapshot = ArmedFaultsSnapshot<Fault>

/** The faults that are switched on, per order and for all. */
export function createFaults(nowMs: () => number) {
  const armed = createArmedFaults<Fault>({
    orderOf: (fault) => fault.orderId,
    timesOf: (fault) => (fault.on === 'webhook' ? 'always' : 1),
    nowMs,
  })
  return {
    ...armed,

    /** The first fault that fits the call, or undefined. */
    takeForCall: (on: CallFault['on'], orderId: string | undefined, type: string | undefined): CallFault | undefined =>
      armed.take(
        orderId,
        (fault): fault is CallFault => fault.on !== 'webhook' && fault.on === on && isWanted(fault.type, type),
      ),

    /** All faults that fit the webhook. Unless one of them says otherwise, `withhold` is about order.created. */
    takeForWebhook: (orderId: string | undefined, eventType: string): WebhookFault[] =>
      armed.takeAll(
        orderId,
        (fault): fault is WebhookFault =>
          fault.on === 'webhook' && isWanted(fault.eventType ?? DEFAULT_EVENT_TYPE[fault.fault], eventType),
      ),
  }
}
export type Faults = ReturnType<typeof createFaults>

const DEFAULT_EVENT_TYPE: Partial<Record<WebhookFault['fault'], string>> = {
  withhold: 'order.created',
  'say-changed': 'order.updated',
}
