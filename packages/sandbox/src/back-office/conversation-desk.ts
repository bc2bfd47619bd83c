import { withoutOldest } from '../state-file.ts'
import type { Timers } from '../timers.ts'
import type { ConversationNews } from './contract-schema.ts'
import type { Delivery, EventSender } from './event-sender.ts'
import type { Findings } from './findings.ts'
import type { Answer } from './order-desk.ts'
import type { Plan } from './plan.ts'
import type { Settings } from './settings.ts'

export interface ConversationDeskDeps {
  settings: () => Settings
  timers: Timers
  findings: Findings
  sender: EventSender
  /** The staff's plan for an order, or for everything else. */
  planFor: (orderNumber: string | undefined) => Plan
  /** Begins the ids of our events: another run must not repeat them. */
  runId: string
}

type Message = Extract<ConversationNews, { type: 'conversation.message' }>['data']

interface Conversation {
  conversation: string
  topic: Message['topic']
  orderNumber: string | undefined
  messages: Message['message'][]
  newsIds: Set<string>
  /** Messages that got, or get, an answer. */
  answered: Set<string>
  dispute: 'started' | 'finished' | undefined
  refused: { replyId: string; reason: string }[]
  deliveries: Delivery[]
}

export interface ConversationDeskSnapshot {
  conversations: Map<string, Conversation>
  replies: number
}

const MAX_CONVERSATIONS = 5_000
/** How many of them outlive the process. */
const KEPT = 1_000
/** What the staff answer to; other customers answer each other. */
const ANSWERED_TOPICS: readonly Message['topic'][] = ['chat', 'review', 'question']

export type ConversationDesk = ReturnType<typeof createConversationDesk>

/** What customers write, and what the staff answer. */
export function createConversationDesk(deps: ConversationDeskDeps) {
  const conversations = new Map<string, Conversation>()
  let replies = 0
  let waiting = 0
  let generation = 0

  function hear(news: ConversationNews): Answer {
    const known = conversations.get(news.conversation)
    const found = known ?? open(news.conversation)
    if (found.newsIds.has(news.id)) {
      const status = deps.settings().repeatedNewsStatus
      return { status, body: status === 409 ? { code: 'already_known' } : { status: 'ok' } }
    }
    found.newsIds.add(news.id)
    switch (news.type) {
      case 'conversation.message':
        takeMessage(found, news)
        break
      case 'conversation.disputed':
        found.dispute = news.data.phase
        break
      case 'conversation.reply_refused':
        found.refused.push(news.data)
        break
    }
    return { status: 200, body: { status: 'ok' } }
  }

  function open(conversation: string): Conversation {
    const opened: Conversation = {
      conversation,
      topic: 'chat',
      orderNumber: undefined,
      messages: [],
      newsIds: new Set(),
      answered: new Set(),
      dispute: undefined,
      refused: [],
      deliveries: [],
    }
    conversations.set(conversation, opened)
    if (conversations.size > MAX_CONVERSATIONS) conversations.delete([...conversations.keys()][0] ?? '')
    return opened
  }

  function takeMessage(found: Conversation, { id, data }: Extract<ConversationNews, { type: 'conversation.message' }>) {
    found.topic = data.topic
    found.orderNumber = data.orderNumber ?? found.orderNumber
    if (found.messages.some((message) => message.id === data.message.id)) {
      deps.findings.violation('told-twice', found.conversation, `message ${data.message.id} under another id: ${id}`)
      return
    }
    found.messages.push(data.message)
    answer(found)
  }

  /** Every message of a customer once. */
  function answer(found: Conversation): void {
    const plan = deps.planFor(found.orderNumber)
    if (!plan.replies || !ANSWERED_TOPICS.includes(found.topic)) return
    const bornIn = generation
    for (const { id, author } of found.messages) {
      if (author !== 'customer' || found.answered.has(id)) continue
      found.answered.add(id)
      waiting += 1
      deps.timers.schedule(plan.delaysMs.reply ?? deps.settings().stepMs, () => {
        if (bornIn !== generation) return
        waiting -= 1
        reply(found, id)
      })
    }
  }

  function reply(found: Conversation, messageId: string): void {
    replies += 1
    const { conversation } = found
    found.deliveries.push(
      ...deps.sender.add({
        id: `${deps.runId}-reply-${String(replies).padStart(8, '0')}`,
        type: 'conversation.replied',
        conversation,
        at: deps.timers.now().toISOString(),
        text: `Спасибо за сообщение ${messageId}!`,
      }),
    )
  }

  const hasReply = ({ deliveries }: Conversation, messageId: string) =>
    deliveries.some(({ event }) => String(event.text).includes(` ${messageId}!`))

  return {
    hear,
    list: () =>
      [...conversations.values()].map(({ newsIds: _newsIds, answered, deliveries, ...view }) => ({
        ...view,
        answered: [...answered],
        replies: deliveries.map(({ event, state }) => ({ id: event.id, text: String(event.text), state })),
      })),
    isIdle: () => waiting === 0,
    snapshot: (): ConversationDeskSnapshot => ({
      conversations: new Map(withoutOldest(conversations, () => true, KEPT)),
      replies,
    }),
    /** What was not answered yet is answered after the full wait. */
    restore(saved: ConversationDeskSnapshot): void {
      replies = saved.replies
      for (const [name, conversation] of saved.conversations) {
        for (const id of conversation.answered) if (!hasReply(conversation, id)) conversation.answered.delete(id)
        conversations.set(name, conversation)
        answer(conversation)
      }
    },
    clear(): void {
      generation += 1
      waiting = 0
      conversations.clear()
    },
  }
}
export type ConversationBrief = ReturnType<ConversationDesk['list']>[number]
