import { hash } from 'node:crypto'
import type { MarketplaceEvent, Milestone } from '@sluice/orders'
import { defined, parseWireJson } from '@sluice/wire'
import type { z } from 'zod'
import { envelopeSchema, notificationSchemas, otherSchema } from './notification-schema.ts'
import { announcedMilestones, isSaidAfterHandOver } from './reached.ts'
import { refundStage, shipmentStage } from './return-stages.ts'
import { toUtc } from './times.ts'

export type Notification =
  | { kind: 'ping'; sender: Sender }
  | {
      kind: 'event'
      sender: Sender
      /** The Market's `notificationType`. */
      name: string
      /** The order's or conversation's id within the account: `58214036417`, `chat-19045512`. */
      externalId: string
      event: MarketplaceEvent
      /** Same event, same key (specification 2.8), within one account. */
      key: string
      /** RFC 3339 UTC. */
      occurredAt?: string
    }
  /** `field` is undefined where it is the body itself. */
  | { kind: 'malformed'; field?: string; message: string }

/** Whom the notification says that it is about. */
export interface Sender {
  campaignId?: string
  businessId?: string
}

/**
 * Translates one notification into our words. Pure. What nobody knows yet is kept as it is; malformed is only what can never be
 * understood, since the Market does not send it again after that. Messages name the field, never its value.
 */
export function readNotification(text: string): Notification {
  let body: unknown
  let serialized: string
  try {
    body = parseWireJson(text)
    serialized = JSON.stringify(body)
  } catch (err) {
    return {
      kind: 'malformed',
      message: err instanceof RangeError ? 'The body is nested too deeply.' : 'The body is not valid JSON.',
    }
  }
  const envelope = envelopeSchema.safeParse(body)
  if (!envelope.success) return malformed(envelope.error)
  const { notificationType: name, campaignId, businessId } = envelope.data
  const sender = defined({ campaignId, businessId })
  if (name === 'PING') return { kind: 'ping', sender }

  const fact = toFact(name, body)
  if (fact.kind === 'unreadable') return malformed(fact.error)
  const occurredAt = toUtc(fact.at)
  const shownName = name.slice(0, MAX_NAME_LENGTH).toWellFormed()
  const key = [shownName, ...fact.key].map((part = '') => encodeURIComponent(part))
  // What has no time of its own to be told apart by is told apart by all it says.
  if (fact.isTimed) key.push(occurredAt ?? hash('sha256', serialized))
  return {
    kind: 'event',
    sender,
    name: shownName,
    externalId: fact.externalId,
    event: fact.event,
    key: key.join(':'),
    ...(occurredAt !== undefined && { occurredAt }),
  }
}

const MAX_NAME_LENGTH = 100

type Fact =
  | {
      kind: 'read'
      externalId: string
      event: MarketplaceEvent
      /** Of what the key is made, besides the type. */
      key: (string | undefined)[]
      /** The time belongs to the key: the same may happen twice. */
      isTimed?: boolean
      at: string | undefined
    }
  | { kind: 'unreadable'; error: z.ZodError }

function toFact(name: string, body: unknown): Fact {
  switch (name) {
    case 'ORDER_CREATED':
      return read(notificationSchemas[name], body, ({ orderId, campaignId, createdAt }) => ({
        externalId: orderId,
        event: defined({ type: 'order.announced' as const, storeId: campaignId }),
        key: [orderId],
        at: createdAt,
      }))
    case 'ORDER_CANCELLED':
      return read(notificationSchemas[name], body, ({ orderId, cancelledAt }) => ({
        externalId: orderId,
        event: { type: 'order.cancelled' },
        key: [orderId],
        at: cancelledAt,
      }))
    case 'ORDER_STATUS_UPDATED':
      return read(notificationSchemas[name], body, ({ orderId, campaignId, status, substatus, updatedAt }) => ({
        externalId: orderId,
        event: defined(
          status === 'CANCELLED'
            ? {
                type: 'order.cancelled' as const,
                reason: substatus,
                isProbablyAway: isSaidAfterHandOver(substatus) ? (true as const) : undefined,
              }
            : {
                type: 'order.changed' as const,
                storeId: campaignId,
                state: [status, substatus].filter(Boolean).join('/') || undefined,
                reached: toReached(status, substatus),
              },
        ),
        key: [orderId, status, substatus],
        isTimed: true,
        at: updatedAt,
      }))
    case 'ORDER_UPDATED':
      return read(notificationSchemas[name], body, ({ orderId, campaignId, updateType, updatedAt }) => ({
        externalId: orderId,
        event: defined({ type: 'order.changed' as const, storeId: campaignId }),
        key: [orderId, updateType],
        isTimed: true,
        at: updatedAt,
      }))
    case 'ORDER_CANCELLATION_REQUEST':
      return read(notificationSchemas[name], body, ({ orderId, campaignId, requestedAt }) => ({
        externalId: orderId,
        event: defined({ type: 'cancellation.asked' as const, storeId: campaignId }),
        key: [orderId],
        isTimed: true,
        at: requestedAt,
      }))
    case 'ORDER_RETURN_CREATED':
      return read(notificationSchemas[name], body, (fields) => ({
        externalId: fields.orderId,
        event: defined({
          type: 'return.announced' as const,
          returnId: fields.returnId,
          kind: fields.returnType === 'UNREDEEMED' ? ('unredeemed' as const) : ('return' as const),
          storeId: fields.campaignId,
          lines: (fields.items ?? []).map(({ offerId, count }) => ({ sku: offerId, quantity: count })),
        }),
        key: [fields.returnId],
        at: fields.createdAt,
      }))
    case 'ORDER_RETURN_STATUS_UPDATED':
      return read(notificationSchemas[name], body, ({ orderId, returnId, campaignId, statuses, updatedAt }) => ({
        externalId: orderId,
        event: defined({
          type: 'return.changed' as const,
          returnId,
          storeId: campaignId,
          refund: statuses?.refundStatus === undefined ? undefined : refundStage(statuses.refundStatus),
          shipment: statuses?.shipmentStatus === undefined ? undefined : shipmentStage(statuses.shipmentStatus),
        }),
        key: [returnId, statuses?.refundStatus, statuses?.shipmentStatus],
        isTimed: true,
        at: updatedAt,
      }))
    case 'ORDER_LINE_SERVICE_STATUS_UPDATED':
      return read(notificationSchemas[name], body, (fields) => ({
        externalId: fields.orderId,
        event: defined({
          type: 'line-service.changed' as const,
          lineId: fields.itemId,
          service: fields.serviceArticle,
          states: (fields.statuses ?? []).map(({ status, count }) => ({ state: status, quantity: count })),
          reason: fields.cancelReason,
        }),
        key: [fields.orderId, fields.itemId, fields.serviceArticle],
        isTimed: true,
        at: fields.updatedAt,
      }))
    case 'GOODS_FEEDBACK_CREATED':
      return read(notificationSchemas[name], body, ({ feedbackId, createdAt, publishedAt }) => ({
        externalId: `review-${feedbackId}`,
        event: { type: 'conversation.announced', topic: 'review' },
        key: [feedbackId],
        at: createdAt ?? publishedAt,
      }))
    case 'GOODS_FEEDBACK_COMMENT_CREATED':
      return read(notificationSchemas[name], body, ({ commentId, createdAt }) => ({
        externalId: `review-comment-${commentId}`,
        event: { type: 'conversation.announced', topic: 'review-comment' },
        key: [commentId],
        at: createdAt,
      }))
    case 'CHAT_CREATED':
      return read(notificationSchemas[name], body, ({ chatId, createdAt }) => ({
        externalId: `chat-${chatId}`,
        event: { type: 'conversation.announced', topic: 'chat' },
        key: [chatId],
        at: createdAt,
      }))
    case 'CHAT_MESSAGE_SENT':
      return read(notificationSchemas[name], body, ({ chatId, messageId, sentAt }) => ({
        externalId: `chat-${chatId}`,
        event: { type: 'conversation.announced', topic: 'chat', messageId },
        key: [chatId, messageId],
        at: sentAt,
      }))
    case 'CHAT_ARBITRAGE_STARTED':
      return read(notificationSchemas[name], body, ({ chatId, startedAt }) => ({
        externalId: `chat-${chatId}`,
        event: { type: 'conversation.disputed', phase: 'started' },
        key: [chatId],
        isTimed: true,
        at: startedAt,
      }))
    case 'CHAT_ARBITRAGE_FINISHED':
      return read(notificationSchemas[name], body, ({ chatId, finishedAt }) => ({
        externalId: `chat-${chatId}`,
        event: { type: 'conversation.disputed', phase: 'finished' },
        key: [chatId],
        isTimed: true,
        at: finishedAt,
      }))
    case 'QUESTION_CREATED':
      return read(notificationSchemas[name], body, ({ questionId, createdAt }) => ({
        externalId: `question-${questionId}`,
        event: { type: 'conversation.announced', topic: 'question' },
        key: [questionId],
        at: createdAt,
      }))
    case 'QUESTION_ANSWER_CREATED':
      return read(notificationSchemas[name], body, ({ answerId, createdAt }) => ({
        externalId: `answer-${answerId}`,
        event: { type: 'conversation.announced', topic: 'answer' },
        key: [answerId],
        at: createdAt,
      }))
    case 'QUESTION_COMMENT_CREATED':
      return read(notificationSchemas[name], body, ({ answerId, commentId, createdAt }) => ({
        externalId: `answer-${answerId}`,
        event: { type: 'conversation.announced', topic: 'answer', messageId: commentId },
        key: [answerId, commentId],
        at: createdAt,
      }))
    default:
      // A type that nobody knows yet: with no field to be told apart by, all it says is its key.
      return read(otherSchema, body, ({ orderId }) => ({
        externalId: orderId ?? 'notes',
        event: { type: 'marketplace.noted', name: name.slice(0, MAX_NAME_LENGTH).toWellFormed(), body },
        key: [orderId],
        isTimed: true,
        at: undefined,
      }))
  }
}

function toReached(status = '', substatus: string | undefined): Milestone[] | undefined {
  const reached = announcedMilestones({ status, substatus })
  return reached.length > 0 ? reached : undefined
}

function read<S extends z.ZodType>(
  schema: S,
  body: unknown,
  toFields: (fields: z.output<S>) => Omit<Extract<Fact, { kind: 'read' }>, 'kind'>,
): Fact {
  const parsed = schema.safeParse(body)
  return parsed.success ? { kind: 'read', ...toFields(parsed.data) } : { kind: 'unreadable', error: parsed.error }
}

function malformed({ issues }: z.ZodError): Notification {
  const [issue] = issues
  const field = issue?.path.map(String).join('.')
  return {
    kind: 'malformed',
    ...(field && { field }),
    message: `${field || 'The body'} ${issue?.message ?? 'cannot be read'}.`,
  }
}
