import type { Conversation, ConversationTopic, ConversationView, Outcome } from '@sluice/orders'
import {
  toAnswerView,
  toChatMessageView,
  toChatView,
  toQuestionView,
  toReviewCommentView,
  toReviewView,
} from '../to-conversation-view.ts'
import {
  answersAnswerSchema,
  chatAnswerSchema,
  chatMessageAnswerSchema,
  questionsAnswerSchema,
  reviewCommentsAnswerSchema,
  reviewsAnswerSchema,
} from '../wire-schema.ts'
import type { Attempt } from './attempt.ts'
import { type Failure, toFailure } from './classify-answer.ts'
import { conversationId } from './conversation-id.ts'
import {
  getChat,
  getChatMessage,
  getGoodsFeedbackComments,
  getGoodsFeedbacks,
  getGoodsQuestionAnswers,
  getGoodsQuestions,
  isInt64,
  type MarketCall,
} from './market-calls.ts'

/** Deleted things are not shown, and neither is what has only just been written. Milliseconds. */
const NOT_YET_MS = 60_000

/** Reads what was announced, once. Nothing is changed there: a crash costs only the call. */
export async function fetchConversation(
  attempt: Attempt,
  { topic, messageId }: { topic: ConversationTopic; messageId?: string },
): Promise<Outcome> {
  const { order, now } = attempt
  const id = conversationId(order.ref.externalId, topic)
  if (id === undefined || (messageId !== undefined && !isInt64(messageId))) {
    return { kind: 'refused', fault: 'data', detail: `${order.ref.externalId} is no ${topic} of the Market` }
  }
  const read = await readView(attempt, topic, id, messageId)
  if (read.kind === 'found') return found(topic, read.view)
  if (read.kind !== 'absent') return read
  const announcedAt = announcedAtOf(order.conversation, messageId)
  if (announcedAt !== undefined && now() - Date.parse(announcedAt) < NOT_YET_MS) {
    return { kind: 'too-early', detail: read.detail, patienceMs: 2 * NOT_YET_MS }
  }
  return found(topic, { kind: 'gone', ...(messageId !== undefined && { messageId }) })
}

type ViewRead = { kind: 'found'; view: ConversationView } | { kind: 'absent'; detail: string } | Failure

async function readView(
  { account, calls }: Attempt,
  topic: ConversationTopic,
  id: string,
  messageId: string | undefined,
): Promise<ViewRead> {
  const { businessId } = account
  /** `pick` looks into the answer: a view, null when the thing is not in it, undefined when it is no such answer. */
  const read = async (
    call: MarketCall,
    pick: (body: unknown) => ConversationView | null | undefined,
  ): Promise<ViewRead> => {
    const answer = await calls.send(call)
    if (answer.kind === 'not-found') return { kind: 'absent', detail: answer.detail }
    const view = answer.kind === 'ok' ? pick(answer.body) : undefined
    if (view === null) return { kind: 'absent', detail: `the Market does not show ${topic} ${id}` }
    return view ? { kind: 'found', view } : toFailure(answer)
  }

  switch (topic) {
    case 'chat':
      if (messageId === undefined) {
        return read(getChat(businessId, id), (body) => {
          const { data } = chatAnswerSchema.safeParse(body)
          return data && toChatView(data.result, account)
        })
      }
      return read(getChatMessage(businessId, id, messageId), (body) => {
        const { data } = chatMessageAnswerSchema.safeParse(body)
        return data && toChatMessageView(data.result)
      })
    case 'review':
      return read(getGoodsFeedbacks(businessId, id), (body) => {
        const list = reviewsAnswerSchema.safeParse(body).data?.result.feedbacks
        const review = list?.read.find(({ feedbackId }) => feedbackId === id)
        return review ? toReviewView(review, account) : absentIn(list)
      })
    case 'review-comment':
      return read(getGoodsFeedbackComments(businessId, { commentId: id }), (body) => {
        const list = reviewCommentsAnswerSchema.safeParse(body).data?.result.comments
        const comment = list?.read.find((candidate) => candidate.id === id)
        return comment ? toReviewCommentView(comment) : absentIn(list)
      })
    case 'question':
      return read(getGoodsQuestions(businessId, id), (body) => {
        const list = questionsAnswerSchema.safeParse(body).data?.result.questions
        const question = list?.read.find(({ questionIdentifiers }) => questionIdentifiers.id === id)
        return question ? toQuestionView(question) : absentIn(list)
      })
    case 'answer':
      return read(getGoodsQuestionAnswers(businessId, { answerId: id }), (body) => {
        const list = answersAnswerSchema.safeParse(body).data?.result.answers
        const answer = list?.read.find((candidate) => candidate.id === id)
        return answer ? toAnswerView(answer, messageId) : absentIn(list)
      })
  }
}

/** An entry that cannot be read is not one that is absent. */
function absentIn(list: { unreadable: unknown[] } | undefined): null | undefined {
  return list && list.unreadable.length === 0 ? null : undefined
}

function announcedAtOf(conversation: Conversation | undefined, messageId: string | undefined): string | undefined {
  if (messageId !== undefined) return conversation?.announcedMessages[messageId]
  // The chat of an announced message may be new, too.
  return (
    conversation?.announcedAt ??
    Object.values(conversation?.announcedMessages ?? {})
      .toSorted()
      .at(-1)
  )
}

function found(topic: ConversationTopic, view: ConversationView): Outcome {
  return { kind: 'read', found: { type: 'conversation.read', topic, view } }
}
