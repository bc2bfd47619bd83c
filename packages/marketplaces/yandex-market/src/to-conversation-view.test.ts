import { describe, expect, test } from 'vitest'
import {
  toAnswerView,
  toChatMessageView,
  toChatView,
  toQuestionView,
  toReviewCommentView,
  toReviewView,
} from './to-conversation-view.ts'
import {
  answersAnswerSchema,
  chatAnswerSchema,
  chatMessageAnswerSchema,
  questionsAnswerSchema,
  reviewCommentsAnswerSchema,
  reviewsAnswerSchema,
} from './wire-schema.ts'

const account = { numberPrefix: 'YM-' }
const at = '2026-05-10T09:00:00+03:00'
const sentAt = '2026-05-10T06:00:00.000Z'

const chat = (fields: object) =>
  toChatView(chatAnswerSchema.parse({ status: 'OK', result: { chatId: 5, ...fields } }).result, account)
const chatMessage = (fields: object) =>
  toChatMessageView(chatMessageAnswerSchema.parse({ result: { messageId: 7, ...fields } }).result)
const review = (fields: object) =>
  toReviewView(
    only(reviewsAnswerSchema.parse({ result: { feedbacks: [{ feedbackId: 8, ...fields }] } }).result.feedbacks),
    account,
  )
const comment = (fields: object) =>
  toReviewCommentView(
    only(reviewCommentsAnswerSchema.parse({ result: { comments: [{ id: 9, ...fields }] } }).result.comments),
  )
const question = (fields: object) =>
  toQuestionView(
    only(
      questionsAnswerSchema.parse({
        result: { questions: [{ questionIdentifiers: { id: 3, offerId: 'a' }, ...fields }] },
      }).result.questions,
    ),
  )
const answer = (fields: object, commentId?: string) =>
  toAnswerView(
    only(answersAnswerSchema.parse({ result: { answers: [{ id: 4, ...fields }] } }).result.answers),
    commentId,
  )

function only<T>({ read }: { read: T[] }): T {
  const [first] = read
  if (!first) throw new Error('not readable')
  return first
}

test('a chat tells what it is about, and the order in our number', () => {
  const context = { type: 'RETURN', campaignId: 1, orderId: 2, returnId: 3, customer: { name: 'Анна', publicId: 'p' } }
  expect(chat({ context, type: 'CHAT', status: 'WAITING_FOR_PARTNER', createdAt: at })).toStrictEqual({
    kind: 'subject',
    about: { type: 'RETURN', chat: 'CHAT', order: '2', return: '3', store: '1', customer: 'Анна' },
    orderNumber: 'YM-2',
    state: 'WAITING_FOR_PARTNER',
  })
})

test('a direct chat has no order', () => {
  expect(chat({ context: { type: 'DIRECT' }, status: 'NEW' })).toStrictEqual({
    kind: 'subject',
    about: { type: 'DIRECT' },
    state: 'NEW',
  })
})

test('a message with files', () => {
  const payload = [{ name: 'a.jpg', url: 'https://files.example/a', size: 5 }]
  expect(chatMessage({ sender: 'CUSTOMER', message: 'Hi', payload, createdAt: at })).toStrictEqual({
    kind: 'message',
    message: {
      id: '7',
      author: 'customer',
      text: 'Hi',
      files: [{ name: 'a.jpg', url: 'https://files.example/a' }],
      sentAt,
    },
  })
})

test.each([
  ['PARTNER', 'merchant'],
  ['CUSTOMER', 'customer'],
  ['MARKET', 'marketplace'],
  ['SUPPORT', 'marketplace'],
  ['ROBOT', 'unknown'],
  [undefined, 'unknown'],
])('a chat message of %s is by the %s', (sender, author) => {
  expect(chatMessage({ sender })).toEqual({ kind: 'message', message: { id: '7', author } })
})

test('a review in full', () => {
  const wire = {
    createdAt: at,
    identifiers: { orderId: 2, offerId: 'TEA-100' },
    author: 'Анна',
    description: { advantages: 'Colour', disadvantages: 'Handle', comment: 'One was broken' },
    media: { photos: ['https://files.example/1'], videos: null },
    statistics: { rating: 3, commentsCount: 0 },
  }
  expect(review(wire)).toStrictEqual({
    kind: 'subject',
    about: { sku: 'TEA-100', order: '2', customer: 'Анна' },
    orderNumber: 'YM-2',
    message: {
      id: '8',
      author: 'customer',
      text: '+ Colour\n- Handle\nOne was broken',
      files: [{ url: 'https://files.example/1' }],
      sentAt,
      rating: 3,
    },
  })
})

test('a review of stars alone', () => {
  expect(review({ statistics: { rating: 5 } })).toStrictEqual({
    kind: 'subject',
    about: {},
    message: { id: '8', author: 'customer', rating: 5 },
  })
})

describe('comments, questions and answers', () => {
  const said = { text: 'Text', author: { type: 'USER', name: 'Анна' }, createdAt: at, status: 'PUBLISHED' }
  const message = { author: 'customer', text: 'Text', sentAt }

  test('are read with what they are about', () => {
    expect(comment({ ...said, createdAt: undefined, feedbackId: 8, parentId: 6 })).toStrictEqual({
      kind: 'subject',
      about: { review: '8', comment: '6' },
      message: { id: '9', author: 'customer', text: 'Text' },
    })
    expect(question(said)).toStrictEqual({ kind: 'subject', about: { sku: 'a' }, message: { id: '3', ...message } })
    expect(answer({ ...said, questionId: 3 })).toStrictEqual({
      kind: 'subject',
      about: { question: '3' },
      message: { id: '4', ...message },
    })
  })

  test('a comment belongs to its answer', () => {
    const comments = [
      { id: 11, ...said, text: 'First' },
      { id: 12, ...said },
    ]
    expect(answer({ ...said, comments }, '12')).toStrictEqual({ kind: 'message', message: { id: '12', ...message } })
  })

  test.each(['DELETED', 'BANNED'])('what is %s is gone', (status) => {
    expect(comment({ ...said, status })).toEqual({ kind: 'gone' })
    expect(answer({ ...said, status })).toEqual({ kind: 'gone' })
    expect(answer({ ...said, comments: [{ id: 11, ...said, status }] }, '11')).toEqual({
      kind: 'gone',
      messageId: '11',
    })
  })

  test('a comment that is not listed is gone', () => {
    expect(answer({ ...said, comments: null }, '11')).toEqual({ kind: 'gone', messageId: '11' })
  })

  test.each([
    ['USER', 'customer'],
    ['BUSINESS', 'merchant'],
    ['BRAND', 'unknown'],
    ['VENDOR', 'unknown'],
    [undefined, 'unknown'],
  ])('what a %s says is by the %s', (type, author) => {
    expect(comment({ ...said, author: { type } })).toMatchObject({ message: { author } })
    expect(answer({ ...said, author: { type } })).toMatchObject({ message: { author } })
  })
})
