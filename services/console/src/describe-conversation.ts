import type { ConversationMessage, ConversationTopic } from '@sluice/orders'

export const TOPICS: Record<ConversationTopic, string> = {
  chat: 'Chat',
  review: 'Review',
  'review-comment': 'Comment on a review',
  question: 'Question',
  answer: 'Answer to a question',
}

export const AUTHORS: Record<ConversationMessage['author'], string> = {
  customer: 'Customer',
  merchant: 'Merchant',
  marketplace: 'Marketplace',
  unknown: 'Somebody',
}
