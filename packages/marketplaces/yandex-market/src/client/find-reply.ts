import type { ConversationTopic } from '@sluice/orders'
import { answersAnswerSchema, chatHistoryAnswerSchema, reviewCommentsAnswerSchema } from '../wire-schema.ts'
import type { Attempt } from './attempt.ts'
import { type Failure, toFailure } from './classify-answer.ts'
import { getChatHistory, getGoodsFeedbackComments, getGoodsQuestionAnswers, type MarketCall } from './market-calls.ts'

type Found = { kind: 'found' } | { kind: 'absent' }

/** Clocks differ, and the Market's times have whole seconds. */
const CLOCK_TOLERANCE_MS = 60_000
/** 200 comments: more than anybody reads. */
const MAX_PAGES = 4

/** Looks for a text of ours among the newest messages of a chat, or among all comments. `repliedAt`: RFC 3339, our clock. */
export async function findReply(
  attempt: Attempt,
  topic: ConversationTopic,
  id: string,
  text: string,
  repliedAt: string | undefined,
): Promise<Found | Failure> {
  const { businessId } = attempt.account
  const isSaid = (entry: WrittenText) => entry.author?.type === 'BUSINESS' && isSameText(entry.text, text)
  switch (topic) {
    case 'chat': {
      const since = repliedAt === undefined ? 0 : Date.parse(repliedAt) - CLOCK_TOLERANCE_MS
      return look(attempt, getChatHistory(businessId, id), (body) =>
        chatHistoryAnswerSchema
          .safeParse(body)
          .data?.result.messages.read.some(
            ({ sender, message, createdAt }) =>
              sender === 'PARTNER' &&
              isSameText(message, text) &&
              (createdAt === undefined || Date.parse(createdAt) >= since),
          ),
      )
    }
    case 'review':
      return lookOnPages(
        attempt,
        (token) => getGoodsFeedbackComments(businessId, { feedbackId: id }, token),
        (body) =>
          pageOf(reviewCommentsAnswerSchema.safeParse(body).data?.result, ({ comments }) => comments.read.some(isSaid)),
      )
    case 'review-comment': {
      const review = await findReviewOf(attempt, id)
      if (review.kind !== 'review') return review
      const { feedbackId } = review
      return lookOnPages(
        attempt,
        (token) => getGoodsFeedbackComments(businessId, { feedbackId }, token),
        (body) =>
          pageOf(reviewCommentsAnswerSchema.safeParse(body).data?.result, ({ comments }) =>
            comments.read.some((comment) => comment.parentId === id && isSaid(comment)),
          ),
      )
    }
    case 'question':
      return lookOnPages(
        attempt,
        (token) => getGoodsQuestionAnswers(businessId, { questionId: id }, token),
        (body) => pageOf(answersAnswerSchema.safeParse(body).data?.result, ({ answers }) => answers.read.some(isSaid)),
      )
    case 'answer':
      return look(attempt, getGoodsQuestionAnswers(businessId, { answerId: id }), (body) =>
        answersAnswerSchema
          .safeParse(body)
          .data?.result.answers.read.some((answer) => answer.id === id && answer.comments?.some(isSaid)),
      )
  }
}

/** The review that a comment stands under. */
export async function findReviewOf(
  { account, calls }: Attempt,
  commentId: string,
): Promise<{ kind: 'review'; feedbackId: string } | { kind: 'absent' } | Failure> {
  const answer = await calls.send(getGoodsFeedbackComments(account.businessId, { commentId }))
  const { data } = reviewCommentsAnswerSchema.safeParse(answer.kind === 'ok' ? answer.body : undefined)
  if (!data) return toFailure(answer)
  const feedbackId = data.result.comments.read.find(({ id }) => id === commentId)?.feedbackId
  return feedbackId === undefined ? { kind: 'absent' } : { kind: 'review', feedbackId }
}

interface WrittenText {
  text?: string | undefined
  author?: { type?: string | undefined } | undefined
}

/** `isFound`: undefined when the body is no such answer. */
async function look(
  attempt: Attempt,
  call: MarketCall,
  isFound: (body: unknown) => boolean | undefined,
): Promise<Found | Failure> {
  return lookOnPages(
    attempt,
    () => call,
    (body) => {
      const found = isFound(body)
      return found === undefined ? undefined : { isFound: found }
    },
  )
}

interface Page {
  isFound: boolean
  nextPageToken?: string | undefined
}

async function lookOnPages(
  { calls }: Attempt,
  toCall: (pageToken?: string) => MarketCall,
  read: (body: unknown) => Page | undefined,
): Promise<Found | Failure> {
  let token: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await calls.send(toCall(token))
    const seen = answer.kind === 'ok' ? read(answer.body) : undefined
    if (!seen) return toFailure(answer)
    if (seen.isFound) return { kind: 'found' }
    token = seen.nextPageToken
    if (token === undefined) break
  }
  return { kind: 'absent' }
}

function pageOf<R extends { paging?: { nextPageToken?: string | undefined } | undefined }>(
  result: R | undefined,
  isFoundIn: (result: R) => boolean,
): Page | undefined {
  return result && { isFound: isFoundIn(result), nextPageToken: result.paging?.nextPageToken }
}

/** The Market may trim what it keeps. */
function isSameText(said: string | undefined, text: string): boolean {
  return said?.trim() === text.trim()
}
