import type { Chat, Conversations, Feedback, Question, Text } from './conversations.ts'
import { int64 } from './json-int64.ts'
import { formatApiTime, formatDate } from './market-time.ts'
import { type Answer, failed, ok, operation } from './operation.ts'
import { badContent, type OperationDeps } from './order-operations.ts'
import { pageOf } from './paging.ts'
import * as schema from './request-schemas.ts'

export interface ConversationOperationDeps extends OperationDeps {
  conversations: Conversations
  businessId: () => number
}

const scope = 'communication' as const

/** Chats. */
export function chatOperations(deps: ConversationOperationDeps) {
  const { findings, conversations } = deps
  const chats = () => deps.store().chats
  const ordersIn = (_body: unknown, { chatId }: { chatId: string }) => listed(chats().get(chatId)?.orderId)
  const chatMissing = (chatId: string): Answer => {
    findings.violation('unknown-subject', undefined, `no such chat: ${chatId}`)
    return failed(404, `Can't find chat by id: ${chatId}`)
  }

  return [
    operation({
      id: 'getChat',
      method: 'GET',
      path: '/v2/businesses/{businessId}/chat',
      scope,
      hourly: 1_000,
      query: schema.chatQuery,
      ordersIn,
      handle({ query }): Answer {
        const chat = chats().get(query.chatId)
        return chat === undefined ? chatMissing(query.chatId) : ok(chatOnWire(chat))
      },
    }),

    operation({
      id: 'getChats',
      method: 'POST',
      path: '/v2/businesses/{businessId}/chats',
      scope,
      hourly: 5_000,
      query: schema.chatsQuery,
      body: schema.chatsBody,
      handle({ query, body }): Answer {
        const has = <T>(wanted: readonly T[] | null | undefined, value: T | undefined) =>
          wanted == null || (value !== undefined && wanted.includes(value))
        const found = [...chats().values()].filter(
          ({ context, type, status }) =>
            has(body.orderIds, context.orderId) &&
            has(body.contextTypes, context.type) &&
            has(body.types, type) &&
            has(body.statuses, status) &&
            (body.contexts == null ||
              body.contexts.some((one) => one.id === (one.type === 'ORDER' ? context.orderId : context.returnId))),
        )
        const page = pageOf(found, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        return ok({ chats: page.items.map(chatOnWire), paging: page.paging })
      },
    }),

    operation({
      id: 'getChatMessage',
      method: 'GET',
      path: '/v2/businesses/{businessId}/chats/message',
      scope,
      hourly: 1_000,
      query: schema.chatMessageQuery,
      ordersIn,
      handle({ query: { chatId, messageId } }): Answer {
        const chat = chats().get(chatId)
        if (chat === undefined) return chatMissing(chatId)
        const message = chat.messages.find(({ id }) => id === messageId)
        if (message !== undefined) return ok(messageOnWire(message))
        findings.violation('unknown-subject', chat.orderId, `no such message: ${messageId}`)
        return failed(404, `Can't find message by id: ${messageId}`)
      },
    }),

    operation({
      id: 'getChatHistory',
      method: 'POST',
      path: '/v2/businesses/{businessId}/chats/history',
      scope,
      hourly: 10_000,
      query: schema.chatHistoryQuery,
      body: schema.chatHistoryBody,
      ordersIn,
      handle({ query, body }): Answer {
        const chat = chats().get(query.chatId)
        if (chat === undefined) return chatMissing(query.chatId)
        const from = body.messageIdFrom === undefined ? 0n : BigInt(body.messageIdFrom)
        const page = pageOf(
          chat.messages.filter(({ id }) => BigInt(id) >= from),
          query,
        )
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        return ok({ context: contextOnWire(chat), messages: page.items.map(messageOnWire), paging: page.paging })
      },
    }),

    operation({
      id: 'createChat',
      method: 'POST',
      path: '/v2/businesses/{businessId}/chats/new',
      scope,
      isWrite: true,
      hourly: 1_000,
      body: schema.newChatBody,
      handle({ body }): Answer {
        const type = body.context?.type ?? 'ORDER'
        const id = body.context?.id ?? body.orderId ?? ''
        const one = type === 'RETURN' ? deps.store().returns.get(id) : undefined
        const order = deps.store().orders.get(type === 'RETURN' ? (one?.orderId ?? '') : id)
        if (order === undefined) {
          findings.violation('unknown-subject', undefined, `no chat about ${type} ${id}`)
          return failed(404, type === 'RETURN' ? `Return ${id} is not found` : `Order not found: ${id}`)
        }
        const known = [...chats().values()].find(({ context }) =>
          one === undefined ? context.type === 'ORDER' && context.orderId === id : context.returnId === id,
        )
        const chat = known ?? conversations.openChat({ type, order, return: one })
        return ok({ chatId: int64(chat.id) })
      },
    }),

    operation({
      id: 'sendMessageToChat',
      method: 'POST',
      path: '/v2/businesses/{businessId}/chats/message',
      scope,
      isWrite: true,
      hourly: 1_000,
      query: schema.chatQuery,
      body: schema.messageBody,
      ordersIn,
      handle({ query, body }): Answer {
        const chat = chats().get(query.chatId)
        if (chat === undefined) return chatMissing(query.chatId)
        const last = chat.messages.findLast(({ sender }) => sender === 'PARTNER')
        if (last?.text === body.message) findings.violation('repeated', chat.orderId, `message to chat ${chat.id}`)
        conversations.hearSeller(chat, body.message)
        return ok()
      },
    }),
  ]
}

/** Reviews and their comments. */
export function feedbackOperations(deps: ConversationOperationDeps) {
  const { findings, conversations } = deps
  const feedbacks = () => deps.store().feedbacks
  const feedbackMissing = (feedbackId: string): Answer => {
    findings.violation('unknown-subject', undefined, `no such review: ${feedbackId}`)
    return failed(404, `Feedback ${feedbackId} is not found`)
  }

  return [
    operation({
      id: 'getGoodsFeedbacks',
      method: 'POST',
      path: '/v2/businesses/{businessId}/goods-feedback',
      scope,
      hourly: 5_000,
      query: schema.feedbacksQuery,
      body: schema.feedbacksBody.prefault({}),
      handle({ query, body }): Answer {
        const found = [...feedbacks().values()].filter(
          (one) =>
            (body.feedbackIds == null || body.feedbackIds.includes(one.id)) &&
            (body.ratingValues == null || body.ratingValues.includes(one.rating)) &&
            (body.offerIds == null || body.offerIds.includes(one.offerId)) &&
            (body.reactionStatus !== 'NEED_REACTION' || one.needsReaction) &&
            body.paid !== true &&
            (body.dateTimeFrom === undefined || one.createdAt.getTime() >= Date.parse(body.dateTimeFrom)) &&
            (body.dateTimeTo === undefined || one.createdAt.getTime() <= Date.parse(body.dateTimeTo)),
        )
        const page = pageOf(found, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        return ok({ feedbacks: page.items.map(feedbackOnWire), paging: page.paging })
      },
    }),

    operation({
      id: 'getGoodsFeedbackComments',
      method: 'POST',
      path: '/v2/businesses/{businessId}/goods-feedback/comments',
      scope,
      hourly: 5_000,
      query: schema.feedbackCommentsQuery,
      body: schema.feedbackCommentsBody,
      handle({ query, body }): Answer {
        const found = [...feedbacks().values()].flatMap((one) =>
          one.comments
            .filter(({ id }) => body.commentIds?.includes(id) ?? one.id === body.feedbackId)
            .map((comment) => commentOnWire(one, comment)),
        )
        const page = pageOf(found, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        return ok({ comments: page.items, paging: page.paging })
      },
    }),

    operation({
      id: 'updateGoodsFeedbackComment',
      method: 'POST',
      path: '/v2/businesses/{businessId}/goods-feedback/comments/update',
      scope,
      isWrite: true,
      hourly: 1_000,
      query: schema.sourceTypeQuery,
      body: schema.feedbackCommentBody,
      ordersIn: ({ feedbackId }) => listed(feedbacks().get(feedbackId)?.orderId),
      handle({ body: { feedbackId, comment } }): Answer {
        const one = feedbacks().get(feedbackId)
        if (one === undefined) return feedbackMissing(feedbackId)
        if (comment.parentId !== undefined && !one.comments.some(({ id }) => id === comment.parentId)) {
          return badContent(findings, undefined, `Comment ${comment.parentId} is not found`)
        }
        if (comment.id === undefined) {
          if (wasSaid(one.comments, comment.text)) findings.violation('repeated', one.orderId, `comment on ${one.id}`)
          return ok(commentOnWire(one, conversations.comment(one, comment.text, 'BUSINESS', comment.parentId)))
        }
        const own = one.comments.find(({ id, author }) => id === comment.id && author === 'BUSINESS')
        if (own === undefined) return badContent(findings, undefined, `Comment ${comment.id} cannot be changed`)
        own.text = comment.text
        return ok(commentOnWire(one, own))
      },
    }),

    operation({
      id: 'skipGoodsFeedbacksReaction',
      method: 'POST',
      path: '/v2/businesses/{businessId}/goods-feedback/skip-reaction',
      scope,
      isWrite: true,
      hourly: 500,
      query: schema.sourceTypeQuery,
      body: schema.skipFeedbacksBody,
      handle({ body }): Answer {
        const missing = body.feedbackIds.find((id) => !feedbacks().has(id))
        if (missing !== undefined) return feedbackMissing(missing)
        for (const id of body.feedbackIds) {
          const one = feedbacks().get(id)
          if (one !== undefined) one.needsReaction = false
        }
        return ok()
      },
    }),
  ]
}

/** Questions, their answers and comments. */
export function questionOperations(deps: ConversationOperationDeps) {
  const { findings, conversations } = deps
  const questions = () => deps.store().questions
  const missing = (what: string): Answer => {
    findings.violation('unknown-subject', undefined, `no such thing: ${what}`)
    return failed(404, `${what} is not found`)
  }
  const answerOf = (answerId: string) =>
    [...questions().values()]
      .flatMap((question) => question.answers.map((answer) => ({ question, answer })))
      .find(({ answer }) => answer.id === answerId)

  function create(parent: { id: string; type: string }, text: string): Answer {
    if (parent.type === 'QUESTION') {
      const question = questions().get(parent.id)
      if (question === undefined) return missing(`Question ${parent.id}`)
      if (wasSaid(question.answers, text)) findings.violation('repeated', question.orderId, `answer to ${question.id}`)
      const { id } = conversations.answer(question, text, 'BUSINESS')
      return ok({ entity: { id: int64(id), type: 'ANSWER' } })
    }
    const found = answerOf(parent.id)
    const comment =
      parent.type === 'ANSWER' && found && conversations.commentAnswer(found.question, parent.id, text, 'BUSINESS')
    return comment ? ok({ entity: { id: int64(comment.id), type: 'COMMENT' } }) : missing(`Answer ${parent.id}`)
  }

  /** An answer or comment of the seller's own. */
  function change({ id, type }: { id: string; type: string }, text: string | undefined): Answer {
    for (const question of questions().values()) {
      const lists: Text[][] = type === 'ANSWER' ? [question.answers] : question.answers.map(({ comments }) => comments)
      for (const list of lists) {
        const index = list.findIndex((one) => one.id === id && one.author === 'BUSINESS')
        const own = list[index]
        if (own === undefined) continue
        if (text === undefined) list.splice(index, 1)
        else own.text = text
        return ok({ entity: { id: int64(id), type } })
      }
    }
    return missing(`${type} ${id}`)
  }

  return [
    operation({
      id: 'getGoodsQuestions',
      method: 'POST',
      path: '/v1/businesses/{businessId}/goods-questions',
      scope,
      hourly: 1_000,
      query: schema.feedbacksQuery,
      body: schema.questionsBody.prefault({}),
      handle({ query, body }): Answer {
        const found = [...questions().values()].filter((one) => {
          const date = formatDate(one.createdAt)
          const isAnswered = one.answers.some(({ author }) => author === 'BUSINESS')
          return (
            (body.questionIds == null || body.questionIds.includes(one.id)) &&
            (body.dateFrom === undefined || date >= body.dateFrom) &&
            (body.dateTo === undefined || date <= body.dateTo) &&
            (body.needAnswer !== true || !isAnswered)
          )
        })
        const sorted = body.sort === 'CREATED_AT_DESC' ? found.toReversed() : found
        const page = pageOf(sorted, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        const onWire = page.items.map((one) => questionOnWire(one, deps.businessId()))
        return ok({ questions: onWire, paging: page.paging, totalCount: found.length })
      },
    }),

    operation({
      id: 'getGoodsQuestionAnswers',
      method: 'POST',
      path: '/v1/businesses/{businessId}/goods-questions/answers',
      scope,
      hourly: 1_000,
      query: schema.feedbacksQuery,
      body: schema.answersBody,
      handle({ query, body }): Answer {
        const found = [...questions().values()].flatMap((question) =>
          question.answers
            .filter(({ id }) => body.answerIds?.includes(id) ?? question.id === body.questionId)
            .map((answer) => answerOnWire(question, answer)),
        )
        const page = pageOf(found, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        return ok({ answers: page.items, paging: page.paging })
      },
    }),

    operation({
      id: 'updateGoodsQuestionTextEntity',
      method: 'POST',
      path: '/v1/businesses/{businessId}/goods-questions/update',
      scope,
      isWrite: true,
      hourly: 500,
      body: schema.questionTextBody,
      ordersIn: (body) =>
        body.operationType === 'CREATE' ? listed(questions().get(body.parentEntityId.id)?.orderId) : [],
      handle: ({ body }): Answer =>
        body.operationType === 'CREATE'
          ? create(body.parentEntityId, body.text)
          : change(body.entityId, body.operationType === 'UPDATE' ? body.text : undefined),
    }),
  ]
}

function listed(orderId: string | undefined): string[] {
  return orderId === undefined ? [] : [orderId]
}

/** The seller has said just this. */
function wasSaid(texts: readonly Text[], text: string): boolean {
  return texts.some((one) => one.author === 'BUSINESS' && one.text === text)
}

function contextOnWire({ context }: Chat) {
  const { type, campaignId, orderId, returnId } = context
  return {
    type,
    customer: { name: 'Тестовый Покупатель', publicId: 'p-sandbox' },
    ...(campaignId !== undefined && { campaignId }),
    ...(orderId !== undefined && { orderId: int64(orderId) }),
    ...(returnId !== undefined && { returnId: int64(returnId) }),
  }
}

function chatOnWire(chat: Chat) {
  return {
    chatId: int64(chat.id),
    ...(chat.orderId !== undefined && { orderId: int64(chat.orderId) }),
    context: contextOnWire(chat),
    type: chat.type,
    status: chat.status,
    createdAt: formatApiTime(chat.createdAt),
    updatedAt: formatApiTime(chat.updatedAt),
  }
}

function messageOnWire({ id, createdAt, sender, text }: Chat['messages'][number]) {
  return { messageId: int64(id), createdAt: formatApiTime(createdAt), sender, message: text }
}

function feedbackOnWire(one: Feedback) {
  return {
    feedbackId: int64(one.id),
    createdAt: formatApiTime(one.createdAt),
    needReaction: one.needsReaction,
    identifiers: { offerId: one.offerId, ...(one.orderId !== undefined && { orderId: int64(one.orderId) }) },
    author: 'Тестовый Покупатель',
    description: { comment: one.text },
    statistics: { rating: one.rating, commentsCount: one.comments.length },
  }
}

function commentOnWire(feedback: Feedback, comment: Text) {
  return {
    id: int64(comment.id),
    text: comment.text,
    canModify: comment.author === 'BUSINESS',
    ...(comment.parentId !== undefined && { parentId: int64(comment.parentId) }),
    author: { type: comment.author },
    status: 'PUBLISHED',
    feedbackId: int64(feedback.id),
  }
}

const NO_VOTES = { likes: 0, dislikes: 0 }

function questionOnWire(one: Question, businessId: number) {
  return {
    questionIdentifiers: { id: int64(one.id), offerId: one.offerId },
    businessId,
    text: one.text,
    createdAt: formatApiTime(one.createdAt),
    votes: NO_VOTES,
    author: { type: 'USER' },
  }
}

function answerOnWire(question: Question, answer: Question['answers'][number]) {
  return {
    ...textOnWire(answer),
    questionId: int64(question.id),
    comments: answer.comments.map((comment) => ({ ...textOnWire(comment), answerId: int64(answer.id) })),
  }
}

function textOnWire({ id, text, author, createdAt }: Text) {
  return {
    id: int64(id),
    text,
    canModify: author === 'BUSINESS',
    author: { type: author },
    status: 'PUBLISHED',
    createdAt: formatApiTime(createdAt),
    votes: NO_VOTES,
  }
}
