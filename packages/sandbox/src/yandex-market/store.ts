import type { Chat, Feedback, Question } from './conversations.ts'
import type { MarketOrder } from './order.ts'
import type { MarketReturn } from './return.ts'

/** Something of LaaS that is done later. */
export interface Operation {
  id: string
  orderId: string
  status: 'IN_PROGRESS' | 'DONE' | 'FAILED'
}

/** Everything the Market knows, by id. Written as it is. */
export interface Store {
  orders: Map<string, MarketOrder>
  returns: Map<string, MarketReturn>
  chats: Map<string, Chat>
  feedbacks: Map<string, Feedback>
  questions: Map<string, Question>
  operations: Map<string, Operation>
  placed: number
  lastId: number
}

export function createStore(lastId: number): Store {
  return {
    orders: new Map(),
    returns: new Map(),
    chats: new Map(),
    feedbacks: new Map(),
    questions: new Map(),
    operations: new Map(),
    placed: 0,
    lastId,
  }
}

/** One sequence for everything: no two things have the same id. */
export function nextId(store: Store): string {
  store.lastId += 1
  return String(store.lastId)
}

/** The part of the store that outlives the process: the kept orders with what hangs on them, and what hangs on none. */
export function partOf(store: Store, kept: ReadonlySet<string>): Store {
  const ofKept = <T extends { orderId: string | undefined }>(map: Map<string, T>) =>
    new Map([...map].filter(([, { orderId }]) => orderId === undefined || kept.has(orderId)))
  return {
    ...store,
    orders: ofKept(store.orders),
    returns: ofKept(store.returns),
    chats: ofKept(store.chats),
    feedbacks: ofKept(store.feedbacks),
    questions: ofKept(store.questions),
    operations: ofKept(store.operations),
  }
}

/** Chats where the buyer has the last word, reviews and questions that the seller has not answered. */
export function listUnanswered({
  chats,
  feedbacks,
  questions,
}: Store): { orderId: string | undefined; name: string }[] {
  const isOpen = ({ messages }: Chat) => messages.findLast(({ sender }) => sender !== 'MARKET')?.sender === 'CUSTOMER'
  const hasAnswer = ({ answers }: Question) => answers.some(({ author }) => author === 'BUSINESS')
  return [
    ...[...chats.values()].filter(isOpen).map(({ id, orderId }) => ({ orderId, name: `chat ${id}` })),
    ...[...feedbacks.values()]
      .filter(({ needsReaction }) => needsReaction)
      .map(({ id, orderId }) => ({ orderId, name: `review ${id}` })),
    ...[...questions.values()]
      .filter((question) => !hasAnswer(question))
      .map(({ id, orderId }) => ({ orderId, name: `question ${id}` })),
  ]
}
