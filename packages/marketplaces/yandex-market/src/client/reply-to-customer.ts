import type { ConversationTopic, Outcome } from '@sluice/orders'
import type { Attempt } from './attempt.ts'
import { conversationId } from './conversation-id.ts'
import { findReply, findReviewOf } from './find-reply.ts'
import {
  type MarketCall,
  sendMessageToChat,
  updateGoodsFeedbackComment,
  updateGoodsQuestionTextEntity,
} from './market-calls.ts'

/** Characters, specification 3.6 and the official descriptions of the texts. */
const maxLengths: Record<ConversationTopic, number> = {
  chat: 4_096,
  review: 4_096,
  'review-comment': 4_096,
  question: 5_000,
  answer: 5_000,
}

/**
 * Sends the merchant's text into a conversation. Nothing keeps it from being said twice but looking: after a lost answer the
 * newest texts are read, and an equal one of ours counts as this one. In a chat it must be younger than the reply itself;
 * comments do not tell their time, but nobody says the same twice under one review.
 */
export async function replyToCustomer(
  attempt: Attempt,
  { topic, text }: { topic: ConversationTopic; text: string },
  repliedAt: string | undefined,
): Promise<Outcome> {
  const { order, calls } = attempt
  const id = conversationId(order.ref.externalId, topic)
  if (id === undefined) {
    return { kind: 'refused', fault: 'data', detail: `${order.ref.externalId} is no ${topic} of the Market` }
  }
  const length = [...text].length
  if (length === 0 || text.length > maxLengths[topic]) {
    return { kind: 'declined', state: `the text has ${length} characters, 1 to ${maxLengths[topic]} are possible` }
  }
  if (attempt.wasUnclear) {
    const found = await findReply(attempt, topic, id, text, repliedAt)
    if (found.kind === 'found') return { kind: 'already-done' }
    if (found.kind !== 'absent') return found
  }
  const prepared = await prepareReply(attempt, topic, id, text)
  if (prepared.kind !== 'call') return prepared
  const answer = await calls.send(prepared.call)
  switch (answer.kind) {
    case 'ok':
      return { kind: 'done' }
    case 'rejected':
    case 'not-found':
      return { kind: 'declined', state: answer.detail }
    case 'unavailable':
    case 'not-tried':
    case 'refused':
      return answer
  }
}

async function prepareReply(
  attempt: Attempt,
  topic: ConversationTopic,
  id: string,
  text: string,
): Promise<{ kind: 'call'; call: MarketCall } | Outcome> {
  const { businessId } = attempt.account
  switch (topic) {
    case 'chat':
      return { kind: 'call', call: sendMessageToChat(businessId, id, text) }
    case 'review':
      return { kind: 'call', call: updateGoodsFeedbackComment(businessId, { feedbackId: id, text }) }
    case 'review-comment': {
      // An answer to a comment also names the review, which only the comment tells.
      const review = await findReviewOf(attempt, id)
      if (review.kind === 'absent') return { kind: 'declined', state: 'the comment is gone' }
      if (review.kind !== 'review') return review
      const { feedbackId } = review
      return { kind: 'call', call: updateGoodsFeedbackComment(businessId, { feedbackId, parentId: id, text }) }
    }
    case 'question':
    case 'answer': {
      const type = topic === 'question' ? 'QUESTION' : 'ANSWER'
      return { kind: 'call', call: updateGoodsQuestionTextEntity(businessId, { id, type }, text) }
    }
  }
}
