import { orderNumber } from '@sluice/marketplace-port'
import type { ConversationMessage, ConversationView } from '@sluice/orders'
import { defined } from '@sluice/wire'
import { toUtc } from './times.ts'
import type {
  WireAnswer,
  WireChat,
  WireChatMessage,
  WireQuestion,
  WireReview,
  WireReviewComment,
} from './wire-schema.ts'

/** What of an account decides how its orders are named. */
export interface ConversationReader {
  numberPrefix: string
}

const GONE: ConversationView = { kind: 'gone' }

/** `getChat`: what the chat is about. Its messages are read one by one. */
export function toChatView(chat: WireChat, account: ConversationReader): ConversationView {
  const { context } = chat
  const orderId = context?.orderId ?? chat.orderId
  return defined({
    kind: 'subject' as const,
    about: defined({
      type: context?.type,
      chat: chat.type,
      order: orderId,
      return: context?.returnId,
      store: context?.campaignId,
      customer: context?.customer?.name,
    }),
    orderNumber: orderId && orderNumber(account.numberPrefix, orderId),
    state: chat.status,
  })
}

/** `getChatMessage`, or one of `getChatHistory`. */
export function toChatMessageView(message: WireChatMessage): ConversationView {
  return {
    kind: 'message',
    message: defined({
      id: message.messageId,
      author: chatAuthors.get(message.sender) ?? ('unknown' as const),
      text: message.message,
      files: message.payload?.map(({ name, url }) => defined({ name, url })),
      sentAt: toUtc(message.createdAt),
    }),
  }
}

/** `getGoodsFeedbacks` */
export function toReviewView(review: WireReview, account: ConversationReader): ConversationView {
  const { feedbackId, identifiers, description, media, statistics } = review
  const orderId = identifiers?.orderId
  const urls = [...(media?.photos ?? []), ...(media?.videos ?? [])]
  return defined({
    kind: 'subject' as const,
    about: defined({ sku: identifiers?.offerId, order: orderId, customer: review.author }),
    orderNumber: orderId && orderNumber(account.numberPrefix, orderId),
    message: defined({
      id: feedbackId,
      author: 'customer' as const,
      text: reviewText(description),
      files: urls.length > 0 ? urls.map((url) => ({ url })) : undefined,
      sentAt: toUtc(review.createdAt),
      rating: statistics?.rating,
    }),
  })
}

/** `getGoodsFeedbackComments` */
export function toReviewCommentView(comment: WireReviewComment): ConversationView {
  if (isGone(comment)) return GONE
  return {
    kind: 'subject',
    about: defined({ review: comment.feedbackId, comment: comment.parentId }),
    message: toMessage(comment),
  }
}

/** `getGoodsQuestions` */
export function toQuestionView(question: WireQuestion): ConversationView {
  const { id, offerId } = question.questionIdentifiers
  return { kind: 'subject', about: defined({ sku: offerId }), message: toMessage({ ...question, id }) }
}

/** `getGoodsQuestionAnswers`: the answer, or the comment of it that `commentId` names. */
export function toAnswerView(answer: WireAnswer, commentId?: string): ConversationView {
  if (isGone(answer)) return GONE
  if (commentId === undefined) {
    return { kind: 'subject', about: defined({ question: answer.questionId }), message: toMessage(answer) }
  }
  const comment = answer.comments?.find(({ id }) => id === commentId)
  if (!comment || isGone(comment)) return { kind: 'gone', messageId: commentId }
  return { kind: 'message', message: toMessage(comment) }
}

interface WireText {
  id: string
  text?: string | undefined
  createdAt?: string | undefined
  author?: { type?: string | undefined } | undefined
}

function toMessage({ id, text, createdAt, author }: WireText): ConversationMessage {
  return defined({ id, author: textAuthors.get(author?.type) ?? ('unknown' as const), text, sentAt: toUtc(createdAt) })
}

/** Deleted, or never to be seen by anyone. */
function isGone({ status }: { status?: string | undefined }): boolean {
  return status === 'DELETED' || status === 'BANNED'
}

type Author = ConversationMessage['author']

const chatAuthors = new Map<string | undefined, Author>([
  ['CUSTOMER', 'customer'],
  ['PARTNER', 'merchant'],
  ['MARKET', 'marketplace'],
  ['SUPPORT', 'marketplace'],
])

/** `BUSINESS` may also be another seller's cabinet; taking it for ours leaves no way for two programs to talk for ever. */
const textAuthors = new Map<string | undefined, Author>([
  ['USER', 'customer'],
  ['BUSINESS', 'merchant'],
])

function reviewText(description: WireReview['description']): string | undefined {
  const { advantages, disadvantages, comment } = description ?? {}
  const parts = [advantages && `+ ${advantages}`, disadvantages && `- ${disadvantages}`, comment]
  return parts.filter(Boolean).join('\n') || undefined
}
