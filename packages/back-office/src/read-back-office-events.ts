import { MAX_FAULTS } from '@sluice/contracts'
import type { BackOfficeEvent } from '@sluice/orders'
import { type InboundEvent, inboundEventSchema, MAX_EVENTS } from './inbound-schema.ts'
import { parseWireJson } from './parse-wire-json.ts'

/** What stands in the body of `POST /back-office/events`, in the order of the body. */
export type BackOfficeMessages =
  | { kind: 'list'; results: BackOfficeMessage[] }
  /** Nothing in the body can be told apart; nothing was accepted. `detail` is fit for the sender. */
  | { kind: 'malformed'; detail: string }

export type BackOfficeMessage =
  | {
      kind: 'event'
      id: string
      /** Of the order or conversation, and the field that named it. */
      number: string
      namedBy: 'orderNumber' | 'conversation'
      event: BackOfficeEvent
      /** `bo:<number>:<id>`: the same id for another order is another event. */
      dedupKey: string
      /** RFC 3339 UTC. */
      occurredAt?: string
    }
  | { kind: 'rejected'; index: number; id?: string; errors: { path: string; message: string }[] }

/** Reads one event or a list of up to 500. One bad event never spoils the others. */
export function readBackOfficeEvents(rawBody: string): BackOfficeMessages {
  let body: unknown
  try {
    body = parseWireJson(rawBody)
  } catch (err) {
    return { kind: 'malformed', detail: `The body is not JSON${positionOf(err)}. ${WHAT_TO_SEND}` }
  }
  if (typeof body !== 'object' || body === null) {
    return { kind: 'malformed', detail: `The body is neither an object nor a list. ${WHAT_TO_SEND}` }
  }
  const events: unknown[] = Array.isArray(body) ? body : [body]
  if (events.length === 0) return { kind: 'malformed', detail: `The list is empty. ${WHAT_TO_SEND}` }
  if (events.length > MAX_EVENTS) {
    return { kind: 'malformed', detail: `The list has ${events.length} events. ${WHAT_TO_SEND}` }
  }
  // What is not UTF-8 was decoded to U+FFFD: an article number written so would name another article.
  const isDecoded = !rawBody.includes('\ufffd')
  const results = events.map((event, index) =>
    isDecoded || !JSON.stringify(event).includes('\ufffd') ? readEvent(event, index) : notUtf8(event, index),
  )
  return { kind: 'list', results }
}

const WHAT_TO_SEND = `Send one event as an object, or a list of 1 to ${MAX_EVENTS} events.`

function notUtf8(value: unknown, index: number): BackOfficeMessage {
  const id = idOf(value)
  const message = 'event has characters that are not UTF-8. Write the body in UTF-8, whatever the system itself uses.'
  return { kind: 'rejected', index, ...(id !== undefined && { id }), errors: [{ path: '', message }] }
}

function readEvent(value: unknown, index: number): BackOfficeMessage {
  const parsed = inboundEventSchema.safeParse(value)
  if (!parsed.success) {
    const id = idOf(value)
    return {
      kind: 'rejected',
      index,
      ...(id !== undefined && { id }),
      errors: parsed.error.issues.slice(0, MAX_FAULTS).map(({ path, message }) => ({
        path: pathOf(path),
        message: `${path.length === 0 ? 'event' : pathOf(path)} ${message}`,
      })),
    }
  }
  const { id, at } = parsed.data
  const named =
    'conversation' in parsed.data
      ? ({ number: parsed.data.conversation, namedBy: 'conversation' } as const)
      : ({ number: parsed.data.orderNumber, namedBy: 'orderNumber' } as const)
  return {
    kind: 'event',
    id,
    ...named,
    event: translate(parsed.data),
    dedupKey: `bo:${named.number}:${id}`,
    ...(at !== undefined && { occurredAt: new Date(at).toISOString() }),
  }
}

/** Wire names to the words of the order. */
function translate(wire: InboundEvent): BackOfficeEvent {
  switch (wire.type) {
    case 'order.going_to':
      return { type: 'assembly.started' }
    case 'line.picked':
      return { type: 'line.picked', line: wire.line }
    case 'order.assembled':
      return { type: 'assembly.finished' }
    case 'document.created':
      return {
        type: 'composition.finalised',
        ...linesOf(wire),
        ...(wire.documentNumber !== undefined && { document: wire.documentNumber }),
        ...(wire.boxes && { boxes: wire.boxes }),
      }
    case 'pickup_code.created':
      return { type: 'pickup-code.created', code: wire.code }
    case 'order.issued':
      return { type: 'order.issued', ...(wire.code !== undefined && { code: wire.code }), ...linesOf(wire) }
    case 'courier_code.entered':
      return { type: 'courier-code.entered', code: wire.code }
    case 'delivery.estimated':
      return { type: 'delivery.estimated', estimatedAt: wire.estimatedAt }
    case 'delivery.tracked':
      return {
        type: 'delivery.tracked',
        trackCode: wire.trackCode,
        ...(wire.deliveryServiceId !== undefined && { deliveryServiceId: wire.deliveryServiceId }),
      }
    case 'delivery.rescheduled':
      return { type: 'delivery.rescheduled', date: wire.date, by: wire.by }
    case 'delivery.started':
      return { type: 'delivery.started' }
    case 'delivery.arrived':
      return { type: 'delivery.arrived' }
    case 'delivery.finished':
      return { type: 'delivery.finished', ...linesOf(wire) }
    case 'pickup.extended':
      return { type: 'pickup.extended', until: wire.until }
    case 'digital.issued':
      return { type: 'digital.issued', lines: wire.lines }
    case 'order.cancelled':
      return {
        type: 'cancellation.requested',
        reason: wire.reason,
        ...(wire.comment !== undefined && { comment: wire.comment }),
      }
    case 'cancellation.answered':
      return {
        type: 'cancellation.answered',
        isAccepted: wire.accepted,
        ...(wire.reason && { reason: wire.reason === 'in_delivery' ? 'in-delivery' : 'delivered' }),
      }
    case 'return.decided':
      return { type: 'return.decided', returnId: wire.returnId, decision: wire.decision }
    case 'return.received':
      return wire.returnId === undefined
        ? { type: 'goods.returned' }
        : { type: 'return.received', returnId: wire.returnId }
    case 'conversation.replied':
      return { type: 'conversation.replied', replyId: wire.id, text: wire.text }
  }
}

function linesOf<T>({ lines }: { lines?: T[] }): { lines?: T[] } {
  return lines === undefined ? {} : { lines }
}

function idOf(value: unknown): string | undefined {
  const id = (value as { id?: unknown } | null | undefined)?.id
  return typeof id === 'string' && id !== '' ? id.slice(0, 200) : undefined
}

/** `lines[2].quantity` */
function pathOf(path: PropertyKey[]): string {
  return path.reduce<string>(
    (before, step) =>
      typeof step === 'number' ? `${before}[${step}]` : before === '' ? String(step) : `${before}.${String(step)}`,
    '',
  )
}

/** Only the place: the excerpt that V8 quotes may be someone's personal data. */
function positionOf(err: unknown): string {
  const place = /line \d+ column \d+/.exec(String(err))?.[0]
  return place === undefined ? '' : ` (${place})`
}
