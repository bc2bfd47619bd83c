import type { Announcements } from './announce.ts'
import { int64 } from './json-int64.ts'
import type { MarketOrder } from './order.ts'
import type { ChatPlan, QuestionPlan, ReviewPlan } from './order-plan.ts'
import type { MarketReturn } from './return.ts'
import type { ChatStatus } from './statuses.ts'
import { nextId, type Store } from './store.ts'

export type Sender = 'PARTNER' | 'CUSTOMER' | 'MARKET' | 'SUPPORT'

export interface Chat {
  id: string
  orderId: string | undefined
  context: {
    type: 'ORDER' | 'RETURN' | 'DIRECT'
    campaignId: number | undefined
    orderId: string | undefined
    returnId: string | undefined
  }
  type: 'CHAT' | 'ARBITRAGE'
  status: ChatStatus
  createdAt: Date
  updatedAt: Date
  messages: { id: string; createdAt: Date; sender: Sender; text: string }[]
  /** What the buyer still has to say. */
  replies: string[]
}

export interface Text {
  id: string
  text: string
  createdAt: Date
  author: 'USER' | 'BUSINESS'
  parentId: string | undefined
}

export interface Feedback {
  id: string
  orderId: string | undefined
  offerId: string
  createdAt: Date
  rating: number
  text: string
  needsReaction: boolean
  comments: Text[]
}

export interface Question {
  id: string
  orderId: string | undefined
  offerId: string
  createdAt: Date
  text: string
  answers: (Text & { comments: Text[] })[]
}

export interface ConversationsDeps {
  store: () => Store
  now: () => Date
  announce: Announcements
  /** Whether the seller's own words are announced to it. */
  echoesSeller: () => boolean
}

export type Conversations = ReturnType<typeof createConversations>

/** Chats, reviews and questions. */
export function createConversations(deps: ConversationsDeps) {
  const { announce, now } = deps

  function openChat(
    context: Pick<Chat['context'], 'type'> & { order?: MarketOrder | undefined; return?: MarketReturn | undefined },
  ): Chat {
    const at = now()
    const orderId = context.order?.orderId
    const chat: Chat = {
      id: nextId(deps.store()),
      orderId,
      context: {
        type: context.type,
        campaignId: context.order?.campaignId,
        orderId,
        returnId: context.return?.id,
      },
      type: 'CHAT',
      status: 'NEW',
      createdAt: at,
      updatedAt: at,
      messages: [],
      replies: [],
    }
    deps.store().chats.set(chat.id, chat)
    announce.conversation('CHAT_CREATED', orderId, { chatId: int64(chat.id) }, { createdAt: at })
    return chat
  }

  function say(chat: Chat, sender: Sender, text: string): Chat['messages'][number] {
    const message = { id: nextId(deps.store()), createdAt: now(), sender, text }
    chat.messages.push(message)
    chat.updatedAt = message.createdAt
    if (chat.type === 'CHAT') chat.status = sender === 'PARTNER' ? 'WAITING_FOR_CUSTOMER' : 'WAITING_FOR_PARTNER'
    if (sender === 'PARTNER' && !deps.echoesSeller()) return message
    announce.conversation(
      'CHAT_MESSAGE_SENT',
      chat.orderId,
      { chatId: int64(chat.id), messageId: message.id },
      { sentAt: message.createdAt },
    )
    return message
  }

  const disputeOf = (chat: Chat) => ({ chatId: int64(chat.id) })

  function startDispute(chat: Chat): void {
    chat.type = 'ARBITRAGE'
    chat.status = 'WAITING_FOR_ARBITER'
    chat.updatedAt = now()
    announce.conversation('CHAT_ARBITRAGE_STARTED', chat.orderId, disputeOf(chat), { startedAt: chat.updatedAt })
  }

  function finishDispute(chat: Chat): void {
    chat.status = 'FINISHED'
    chat.updatedAt = now()
    announce.conversation('CHAT_ARBITRAGE_FINISHED', chat.orderId, disputeOf(chat), { finishedAt: chat.updatedAt })
  }

  function addText<T extends Text>(list: T[], text: T): T {
    list.push(text)
    return text
  }
  const newText = (text: string, author: Text['author'], parentId: string | undefined): Text => ({
    id: nextId(deps.store()),
    text,
    createdAt: now(),
    author,
    parentId,
  })

  function review(plan: Omit<ReviewPlan, 'at' | 'afterMs'>, order: MarketOrder | undefined): Feedback {
    const at = now()
    const feedback: Feedback = {
      id: nextId(deps.store()),
      orderId: order?.orderId,
      offerId: plan.offerId ?? order?.lines[0]?.offerId ?? 'SANDBOX',
      createdAt: at,
      rating: plan.rating,
      text: plan.text,
      needsReaction: true,
      comments: [],
    }
    deps.store().feedbacks.set(feedback.id, feedback)
    const ids = { feedbackId: int64(feedback.id) }
    announce.conversation('GOODS_FEEDBACK_CREATED', feedback.orderId, ids, { createdAt: at, publishedAt: at })
    for (const text of plan.comments) comment(feedback, text, 'USER', undefined)
    return feedback
  }

  function comment(feedback: Feedback, text: string, author: Text['author'], parentId: string | undefined): Text {
    const added = addText(feedback.comments, newText(text, author, parentId))
    if (author === 'BUSINESS') feedback.needsReaction = false
    if (author === 'USER' || deps.echoesSeller()) {
      const ids = { commentId: int64(added.id) }
      announce.conversation('GOODS_FEEDBACK_COMMENT_CREATED', feedback.orderId, ids, { createdAt: added.createdAt })
    }
    return added
  }

  function ask(plan: Omit<QuestionPlan, 'at' | 'afterMs'>, order: MarketOrder | undefined): Question {
    const at = now()
    const question: Question = {
      id: nextId(deps.store()),
      orderId: order?.orderId,
      offerId: plan.offerId ?? order?.lines[0]?.offerId ?? 'SANDBOX',
      createdAt: at,
      text: plan.text,
      answers: [],
    }
    deps.store().questions.set(question.id, question)
    announce.conversation('QUESTION_CREATED', question.orderId, { questionId: int64(question.id) }, { createdAt: at })
    for (const text of plan.answers) answer(question, text, 'USER')
    return question
  }

  function answer(question: Question, text: string, author: Text['author']): Text {
    const added = addText(question.answers, { ...newText(text, author, question.id), comments: [] })
    if (author === 'USER' || deps.echoesSeller()) {
      const ids = { answerId: int64(added.id) }
      announce.conversation('QUESTION_ANSWER_CREATED', question.orderId, ids, { createdAt: added.createdAt })
    }
    return added
  }

  function commentAnswer(question: Question, answerId: string, text: string, author: Text['author']): Text | undefined {
    const found = question.answers.find(({ id }) => id === answerId)
    if (found === undefined) return undefined
    const added = addText(found.comments, newText(text, author, answerId))
    if (author === 'USER' || deps.echoesSeller()) {
      const ids = { answerId: int64(answerId), commentId: int64(added.id) }
      announce.conversation('QUESTION_COMMENT_CREATED', question.orderId, ids, { createdAt: added.createdAt })
    }
    return added
  }

  return {
    openChat,
    say,
    startDispute,
    finishDispute,
    review,
    comment,
    ask,
    answer,
    commentAnswer,
    /** A chat as the plan has it: the buyer writes. */
    chat(plan: Omit<ChatPlan, 'at' | 'afterMs'>, order: MarketOrder | undefined): Chat {
      const chat = openChat({ type: plan.context === 'DIRECT' ? 'DIRECT' : 'ORDER', order })
      chat.replies = [...plan.replies]
      for (const text of plan.messages) say(chat, 'CUSTOMER', text)
      if (plan.withArbiter && plan.context !== 'DIRECT') startDispute(chat)
      return chat
    },
    /** The seller writes; the buyer answers with what he still has to say. */
    hearSeller(chat: Chat, text: string): void {
      say(chat, 'PARTNER', text)
      const reply = chat.replies.shift()
      if (reply !== undefined) say(chat, 'CUSTOMER', reply)
    },
  }
}
