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
      /** `number` is ours whenever `externalId` is known. What names no order stands among the account's `notes`. */
      ref: OrderRef
      event: MarketplaceEvent
      /** Kuper's `event_type`. */
      name: string
      dedupKey: string
      /**
       * RFC 3339 UTC, where the payload says it. The envelope's time is not relied on (specification 2): nobody knows whether
       * it is of the event or of the sending. What came to us last is then the newest.
       */
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
  let said: string
  try {
    body = parseWireJson(rawBody)
    said = canonicalJson((body as { payload?: unknown } | null)?.payload ?? null)
  } catch (err) {
    return malformed(null, err instanceof RangeError ? 'body is nested too deeply' : 'body is not valid JSON')
  }
  const envelope = envelopeSchema.safeParse(body)
  if (!envelope.success) return fromIssues(envelope.error.issues)
  const { event_type: name, payload, timestamp } = envelope.data

  const read = readPayload(name, payload)
  if (read.kind === 'unreadable') return fromIssues(read.issues, 'payload')
  const { event } = read
  const named = withOurNumber(toOrderRef(read.ref), event, account.numberPrefix)
  const isNamed = Object.keys(named).length > 0
  if (!isNamed && event.type !== 'marketplace.noted') {
    return malformed(
      'payload.originalOrderId',
      'the order is not named: originalOrderId, orderUUID or number is needed',
    )
  }
  const ref = isNamed ? named : { externalId: 'notes', number: orderNumber(account.numberPrefix, 'notes') }
  const orderKey = ref.externalId ?? ref.externalUuid ?? ref.number
  const occurredAt = toUtc(read.occurredAt)
  return {
    kind: 'event',
    ref,
    event,
    name,
    dedupKey: `kuper:${account.id}:${orderKey}:${name}:${hash('sha256', withTime(said, event, timestamp))}`,
    ...(occurredAt !== undefined && { occurredAt }),
    answer:
      event.type === 'order.placed' && ref.number !== undefined
        ? createdAnswer(ref.number, event.order, account.assemblyLeadMinutes)
        : { status: 'ok', ...(named.number !== undefined && { number: named.number }) },
  }
}

/** Another's number says nothing to us, and is no reason to refuse what another key names, or what needs no order. */
function withOurNumber({ number, ...keys }: OrderRef, event: MarketplaceEvent, prefix: string): OrderRef {
  if (keys.externalId !== undefined) return { ...keys, number: orderNumber(prefix, keys.externalId) }
  if (number === undefined) return keys
  const isNeeded = keys.externalUuid === undefined && event.type !== 'marketplace.noted'
  return isNeeded || number.startsWith(prefix) ? { ...keys, number } : keys
}

/**
 * What makes the key. As a rule what is said alone tells a repeat: resent, it may carry another time (specification 5.5).
 *
 * An update's time counts as well: pickup, courier, pickup are three updates, and the third, taken for the first, would be
 * lost. In return an update that is resent with a new time, because its answer was lost, after another one came between, is
 * applied once more over that one. That needs three mishaps at once, and only a customer who changes her mind the other; the
 * catch-up puts either right if it still sees the shipment in time. Where Kuper sends no time, only the catch-up does.
 */
function withTime(said: string, event: MarketplaceEvent, timestamp: string | number | undefined): string {
  return event.type === 'order.updated' && timestamp !== undefined ? `${said}|${timestamp}` : said
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
      return read(otherPayloadSchema, payload, () => ({ type: 'marketplace.noted', name, body: payload }))
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

/** Undefined when it cannot be meant. */
function toUtc(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const at = new Date(time)
  const year = at.getUTCFullYear()
  return year >= 2000 && year < 2200 ? at.toISOString() : undefined
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
