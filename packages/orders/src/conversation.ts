import type { News } from './effects.ts'
import type { EventEnvelope, OrderEvent } from './events.ts'
import type { Order, OrderStatus, Register, Verdict } from './order.ts'
import { type Plan, tellBackOffice, want } from './plan.ts'
import { newest, stampOf, toInstant, toldStamp } from './registers.ts'

/** What customers write about, outside of their order's own life. */
export type ConversationTopic = 'chat' | 'review' | 'review-comment' | 'question' | 'answer'

export interface ConversationMessage {
  id: string
  author: 'customer' | 'merchant' | 'marketplace' | 'unknown'
  text?: string
  files?: { name?: string; url: string }[]
  /** RFC 3339. */
  sentAt?: string
  /** Of a review: 1 to 5. */
  rating?: number
}

/** What the marketplace says when a conversation is read. */
export type ConversationView =
  /** `about`: ids and names of what it is about, for people: order, return, article. */
  | {
      kind: 'subject'
      about: Record<string, string>
      orderNumber?: string
      message?: ConversationMessage
      /** In the marketplace's word. */
      state?: string
    }
  | { kind: 'message'; message: ConversationMessage }
  /** Deleted meanwhile. */
  | { kind: 'gone'; messageId?: string }

/**
 * What is known of one conversation. It stands beside the orders, as a row of its own with a number, events and effects:
 * most of what customers write belongs to no order, and what does must not hold up its order.
 */
export interface Conversation {
  topic: ConversationTopic
  /** The newest announcement of the whole, RFC 3339. */
  announcedAt?: string
  /** Announced messages, by id: when they were sent. */
  announcedMessages: Record<string, string>
  subject?: Register<Extract<ConversationView, { kind: 'subject' }>>
  messages: Record<string, ConversationMessage>
  dispute?: Register<'started' | 'finished'>
  /** By the id of the back office's event. */
  replies: Record<string, { text: string; at: string }>
}

type ConversationEvent = Extract<
  OrderEvent,
  { type: 'conversation.announced' | 'conversation.disputed' | 'conversation.read' | 'conversation.replied' }
>

export function foldConversation(
  order: Order,
  envelope: EventEnvelope,
  event: ConversationEvent,
): { order: Order; verdict: Verdict } {
  const at = envelope.occurredAt ?? envelope.receivedAt
  const topic = 'topic' in event ? event.topic : (order.conversation?.topic ?? topicOf(order.ref.externalId))
  const before: Conversation = order.conversation ?? { topic, announcedMessages: {}, messages: {}, replies: {} }
  const now = (changes: Partial<Conversation>): { order: Order; verdict: Verdict } => ({
    order: { ...order, conversation: { ...before, topic, ...changes } },
    verdict: 'applied',
  })
  switch (event.type) {
    case 'conversation.announced':
      if (event.messageId === undefined) return now({ announcedAt: latest(before.announcedAt, at) })
      return now({ announcedMessages: { ...before.announcedMessages, [event.messageId]: at } })
    case 'conversation.disputed':
      return now({ dispute: newest(before.dispute, event.phase, toldStamp(envelope)) })
    case 'conversation.read': {
      const { view } = event
      if (view.kind === 'gone') return now({})
      const subject = view.kind === 'subject' ? newest(before.subject, view, stampOf(envelope)) : before.subject
      const { message } = view
      return now({
        ...(subject && { subject }),
        ...(message && { messages: { ...before.messages, [message.id]: message } }),
      })
    }
    case 'conversation.replied':
      return now({ replies: { ...before.replies, [event.replyId]: { text: event.text, at: envelope.receivedAt } } })
  }
}

/** A store may answer before anything else is known; our own name of the conversation begins with its topic. */
function topicOf(externalId: string): ConversationTopic {
  const topics = ['review-comment', 'review', 'question', 'answer'] as const
  return topics.find((topic) => externalId.startsWith(`${topic}-`)) ?? 'chat'
}

/**
 * Each thing is read once, what others wrote is told to the back office, and its replies go out. Messages of the merchant's
 * own are announced like all others: once read, they are known and nothing more.
 */
export function carryConversation(plan: Plan): void {
  const { ref, conversation } = plan.order
  if (!conversation) return
  const { topic, subject, dispute } = conversation
  const fetch = (step: string, messageId?: string): void => {
    const payload = { topic, ...(messageId !== undefined && { messageId }) }
    const effect = { kind: 'fetch-conversation', lane: 'reading', payload } as const
    want(plan, `fetch-conversation/${step}`, effect, { isBlocking: false, isFinal: true })
  }
  fetch('subject')
  for (const messageId of Object.keys(conversation.announcedMessages)) fetch(`message-${messageId}`, messageId)

  const number = ref.number
  for (const message of Object.values(conversation.messages)) {
    if (message.author === 'merchant') continue
    const { about, orderNumber } = subject?.value ?? {}
    const news: News = {
      type: 'conversation.message',
      conversation: number,
      topic,
      message,
      ...(orderNumber !== undefined && { orderNumber }),
      ...(about && { about }),
    }
    tellBackOffice(plan, `message-${message.id}`, news, { isFinal: true })
  }
  if (dispute) {
    const news: News = { type: 'conversation.disputed', conversation: number, phase: dispute.value }
    tellBackOffice(plan, 'disputed', news, { fingerprint: dispute.stamp })
  }
  for (const [replyId, { text }] of Object.entries(conversation.replies)) {
    const base = `reply-to-customer/${replyId}`
    const effect = { kind: 'reply-to-customer', lane: 'answers', payload: { topic, text } } as const
    const key = want(plan, base, effect, { isBlocking: false, isFinal: true })
    const reason = plan.order.declined?.[key]
    if (reason === undefined) continue
    tellBackOffice(plan, `reply_refused-${replyId}`, {
      type: 'conversation.reply_refused',
      conversation: number,
      replyId,
      reason,
    })
  }
  forgetOld(plan, conversation)
}

/** So many messages stay in the order's snapshot, which is written with every event; all of them stay in the ledger's events. */
const MAX_KEPT = 100

/** A message with which everything is done is not announced again: its event's key is known for good. */
function forgetOld(plan: Plan, conversation: Conversation): void {
  const { announcedMessages, messages, replies } = conversation
  const { effects, declined } = plan.order
  const isOpen = (key: string): boolean => effects[key] !== undefined && effects[key].status !== 'done'
  const keysOf = (id: string): string[] => [
    `fetch-conversation/message-${id}`,
    `tell-back-office/message-${id}`,
    `reply-to-customer/${id}`,
    `tell-back-office/reply_refused-${id}`,
  ]
  const times: [string, string][] = [
    ...Object.values(messages).map(({ id, sentAt = '' }): [string, string] => [id, sentAt]),
    ...Object.entries(announcedMessages),
    ...Object.entries(replies).map(([id, { at }]): [string, string] => [id, at]),
  ]
  const ids = [...new Map(times)].sort(([, a], [, b]) => Date.parse(b) - Date.parse(a)).map(([id]) => id)
  const old = new Set(ids.slice(MAX_KEPT).filter((id) => !keysOf(id).some(isOpen)))
  if (old.size === 0) return
  const gone = new Set([...old].flatMap(keysOf))
  const without = <T>(record: Record<string, T>, forgotten: Set<string>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !forgotten.has(key)))
  plan.order = {
    ...plan.order,
    conversation: {
      ...conversation,
      announcedMessages: without(announcedMessages, old),
      messages: without(messages, old),
      replies: without(replies, old),
    },
    effects: without(effects, gone),
    ...(declined && { declined: without(declined, gone) }),
  }
}

function latest(known: string | undefined, at: string): string {
  return known !== undefined && toInstant(known) > toInstant(at) ? known : at
}

/** `open`: the last word is the customer's. */
export function statusOfConversation(
  { messages, replies }: Conversation,
  declined: Order['declined'] = {},
): OrderStatus {
  const isOurs = (author: ConversationMessage['author']): boolean => author === 'merchant'
  const newestOf = (times: (string | undefined)[]): number =>
    Math.max(0, ...times.map((time) => Date.parse(time ?? '') || 0))
  const all = Object.values(messages)
  const asked = newestOf(all.filter(({ author }) => author === 'customer').map(({ sentAt }) => sentAt))
  const answered = newestOf([
    ...all.filter(({ author }) => isOurs(author)).map(({ sentAt }) => sentAt),
    ...Object.entries(replies).flatMap(([id, { at }]) =>
      declined[`reply-to-customer/${id}`] === undefined ? [at] : [],
    ),
  ])
  return answered > asked ? 'answered' : 'open'
}
