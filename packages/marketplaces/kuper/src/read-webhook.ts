import { hash } from 'node:crypto'
import { orderNumber } from '@sluice/marketplace-port'
import type { MarketplaceEvent, PlacedOrder } from '@sluice/orders'
import { defined, parseWireJson } from '@sluice/wire'
import type { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'
import { type OrderRef, toCancellation, toOrderParts, toOrderRef } from './order-body.ts'
import { envelopeSchema, otherPayloadSchema, payloadSchemas } from './webhook-schema.ts'

export interface WebhookAccount {
  id: string
  /** Literal beginning of our order numbers, for example `KU-`. */
  numberPrefix: string
  /** `expectedAssemblyTime` lies so long before the delivery window opens. Minutes. */
  assemblyLeadMinutes: number
}

export type Webhook =
  | {
      kind: 'event'
      /** `number` is ours whenever `externalId` is known. */
      ref: OrderRef
      event: MarketplaceEvent
      /** Kuper's `event_type`. */
      name: string
      dedupKey: string
      /** RFC 3339 UTC. */
      occurredAt?: string
      /** JSON body of the 200. */
      answer: CreatedAnswer | { status: 'ok'; number?: string }
    }
  /** JSON body of the 400. */
  | { kind: 'malformed'; answer: ErrorsObject }

export interface CreatedAnswer {
  status: 'created'
  number: string
  /** RFC 3339 with the offset of the delivery window. */
  expectedAssemblyTime?: string
}

/** Kuper's error form (specification 6.5). */
export interface ErrorsObject {
  code: number
  errors: { type: string; field: string | null; message: string }[]
}

/**
 * Translates one webhook into our words. Pure: a repeat of the same body gives the same key and the same answer, and every
 * repeat of `order.created` the same number, whatever else differs. Errors name the field, never its value.
 */
export function readWebhook(rawBody: string, account: WebhookAccount): Webhook {
  let body: unknown
  let fingerprint: string
  try {
    body = parseWireJson(rawBody)
    fingerprint = payloadFingerprint(body)
  } catch (err) {
    return malformed(null, err instanceof RangeError ? 'body is nested too deeply' : 'body is not valid JSON')
  }
  const envelope = envelopeSchema.safeParse(body)
  if (!envelope.success) return fromIssues(envelope.error.issues)
  const { event_type: name, payload, timestamp } = envelope.data

  const read = readPayload(name, payload)
  if (read.kind === 'unreadable') return fromIssues(read.issues, 'payload')
  const ref = toOrderRef(read.ref)
  const orderKey = ref.externalId ?? ref.externalUuid ?? ref.number
  if (orderKey === undefined) {
    return malformed(
      'payload.originalOrderId',
      'the order is not named: originalOrderId, orderUUID or number is needed',
    )
  }
  if (ref.externalId !== undefined) ref.number = orderNumber(account.numberPrefix, ref.externalId)

  const { event } = read
  const occurredAt = toUtc(read.occurredAt ?? timestamp)
  return {
    kind: 'event',
    ref,
    event,
    name,
    dedupKey: `kuper:${account.id}:${orderKey}:${name}:${fingerprint}`,
    ...(occurredAt !== undefined && { occurredAt }),
    answer:
      event.type === 'order.placed' && ref.number !== undefined
        ? createdAnswer(ref.number, event.order, account.assemblyLeadMinutes)
        : { status: 'ok', ...(ref.number !== undefined && { number: ref.number }) },
  }
}

type Payload =
  | { kind: 'read'; ref: Parameters<typeof toOrderRef>[0]; event: MarketplaceEvent; occurredAt?: string | undefined }
  | { kind: 'unreadable'; issues: z.core.$ZodIssue[] }

function readPayload(name: string, payload: unknown): Payload {
  switch (name) {
    case 'order.created':
      return read(payloadSchemas[name], payload, (order) => ({
        type: 'order.placed',
        // The schema has seen to the store and the lines.
        order: toOrderParts(order) as PlacedOrder,
      }))
    case 'order.updated':
    case 'order.changed':
      return read(payloadSchemas[name], payload, (order) => ({ type: 'order.updated', changes: toOrderParts(order) }))
    case 'order.paid':
      return read(payloadSchemas[name], payload, ({ payment }) => ({
        type: 'order.paid',
        ...defined({ amount: payment?.amount }),
      }))
    case 'courier.assigned':
    case 'courier.arrived':
      return read(payloadSchemas[name], payload, ({ courier }) => ({
        type: name,
        courier: defined({ name: courier?.name, phone: courier?.phone }),
      }))
    case 'order.received':
      return read(payloadSchemas[name], payload, () => ({ type: 'order.taken' }))
    case 'order.delivering':
      return read(payloadSchemas[name], payload, () => ({ type: 'order.delivering' }))
    case 'order.delivered':
      return read(
        payloadSchemas[name],
        payload,
        () => ({ type: 'order.delivered' }),
        ({ deliveredAt }) => deliveredAt,
      )
    case 'order.canceled':
      return read(payloadSchemas[name], payload, (fields) => ({ type: 'order.cancelled', ...toCancellation(fields) }))
    default:
      // A type that nobody knows yet, or one outside our scope (`order.assembled` of the accounting mode).
      return read(otherPayloadSchema, payload, () => ({ type: 'marketplace.noted', name }))
  }
}

function read<S extends z.ZodType<Parameters<typeof toOrderRef>[0]>>(
  schema: S,
  payload: unknown,
  toEvent: (fields: z.infer<S>) => MarketplaceEvent,
  toOccurredAt?: (fields: z.infer<S>) => string | undefined,
): Payload {
  const parsed = schema.safeParse(payload)
  if (!parsed.success) return { kind: 'unreadable', issues: parsed.error.issues }
  return { kind: 'read', ref: parsed.data, event: toEvent(parsed.data), occurredAt: toOccurredAt?.(parsed.data) }
}

function createdAnswer(number: string, order: PlacedOrder, leadMinutes: number): CreatedAnswer {
  const from = order.deliveryWindow?.from
  const expectedAssemblyTime = from === undefined ? undefined : minutesBefore(from, leadMinutes)
  return { status: 'created', number, ...(expectedAssemblyTime !== undefined && { expectedAssemblyTime }) }
}

/** In the offset of `time`; undefined when it names none. */
function minutesBefore(time: string, minutes: number): string | undefined {
  const offset = /(?:Z|([+-])(\d{2}):?(\d{2}))$/i.exec(time)
  if (!offset) return undefined
  const [, sign, hours, rest] = offset
  const offsetMinutes = sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(rest)) : 0
  const local = new Date(Date.parse(time) + (offsetMinutes - minutes) * 60_000)
  return `${local.toISOString().slice(0, 19)}${sign ? `${sign}${hours}:${rest}` : 'Z'}`
}

/** Text, seconds or milliseconds since 1970; undefined when it is none of them. */
function toUtc(time: string | number | undefined): string | undefined {
  if (time === undefined) return undefined
  const at = new Date(typeof time === 'number' && time < 1e11 ? time * 1000 : time)
  const year = at.getUTCFullYear()
  return year >= 2000 && year < 2200 ? at.toISOString() : undefined
}

/** The envelope's timestamp does not count: a resent event may carry a new one. */
function payloadFingerprint(body: unknown): string {
  const payload = (body as { payload?: unknown } | null)?.payload ?? null
  return hash('sha256', canonicalJson(payload))
}

function fromIssues(issues: z.core.$ZodIssue[], prefix?: string): Webhook {
  const errors = issues.slice(0, 20).map(({ path, message }) => {
    const field = [...(prefix ? [prefix] : []), ...path.map(String)].join('.')
    return { type: 'invalid_payload', field: field || null, message: `${field || 'body'} ${message}` }
  })
  return { kind: 'malformed', answer: { code: 400, errors } }
}

function malformed(field: string | null, message: string): Webhook {
  return { kind: 'malformed', answer: { code: 400, errors: [{ type: 'invalid_payload', field, message }] } }
}
