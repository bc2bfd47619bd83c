import { createControlCall, query } from '../control-call.ts'
import type { MarketCall } from './answer-call.ts'
import type {
  ChatInput,
  NotificationInput,
  NotificationView,
  OutageInput,
  QuestionInput,
  ReviewInput,
} from './control.ts'
import type { FaultInput } from './faults.ts'
import type { Finding, RemarkKind, ViolationKind } from './findings.ts'
import type { OrderPlanInput, ReturnPlan } from './order-plan.ts'
import type { ChatView, FeedbackView, MarketOrderView, MarketReturnView, QuestionView } from './order-view.ts'
import type { Settings, SettingsPatch } from './settings.ts'
import type { MarketSummary } from './summary.ts'

/** All ids are text. */
export interface YandexMarketControl {
  placeOrder(plan: OrderPlanInput): Promise<MarketOrderView>
  placeOrders(plans: OrderPlanInput[]): Promise<MarketOrderView[]>
  listOrders(): Promise<MarketOrderView[]>
  getOrder(orderId: string): Promise<MarketOrderView>
  /** By the buyer. Throws when the order has ended already. */
  cancelOrder(orderId: string, cancellation?: { substatus: string }): Promise<MarketOrderView>
  /** The buyer of a DBS order on its way asks for it. Throws when he cannot. */
  askCancellation(orderId: string): Promise<MarketOrderView>
  /** Throws before the delivery. */
  returnOrder(orderId: string, plan?: Partial<ReturnPlan>): Promise<MarketReturnView>
  listReturns(filter?: { orderId?: string }): Promise<MarketReturnView[]>
  getReturn(returnId: string): Promise<MarketReturnView>
  openChat(chat: ChatInput): Promise<ChatView>
  /** The buyer writes. */
  sayInChat(chatId: string, text: string): Promise<ChatView>
  listChats(): Promise<ChatView[]>
  getChat(chatId: string): Promise<ChatView>
  writeReview(review: ReviewInput): Promise<FeedbackView>
  listFeedbacks(): Promise<FeedbackView[]>
  getFeedback(feedbackId: string): Promise<FeedbackView>
  askQuestion(question: QuestionInput): Promise<QuestionView>
  listQuestions(): Promise<QuestionView[]>
  getQuestion(questionId: string): Promise<QuestionView>
  /** Any notification, also a broken one or of an unknown type. */
  sendNotification(notification: NotificationInput): Promise<NotificationView>
  listNotifications(filter?: { orderId?: string; type?: string }): Promise<NotificationView[]>
  listCalls(filter?: { orderId?: string; operation?: string }): Promise<MarketCall[]>
  listFindings(): Promise<{ violations: Finding<ViolationKind>[]; remarks: Finding<RemarkKind>[] }>
  getSummary(): Promise<MarketSummary>
  /** Returns the ids, for `removeFault`. */
  addFaults(...faults: FaultInput[]): Promise<number[]>
  removeFault(id: number): Promise<void>
  clearFaults(): Promise<void>
  /** Everything is refused and nothing is announced; what happened meanwhile is announced when it is over. */
  startOutage(outage?: OutageInput): Promise<void>
  endOutage(): Promise<void>
  /** As a person who presses the button in the cabinet: a PING comes, until it is answered as it should be. */
  connect(): Promise<void>
  getSettings(): Promise<Settings>
  changeSettings(patch: SettingsPatch): Promise<Settings>
  /** Forgets everything; settings go back to the start, except addresses, keys and stores. */
  reset(): Promise<void>
}

/** Drives a simulator of the Market over HTTP. Every refusal throws an Error that quotes the answer. */
export function createYandexMarketControl(baseUrl: string, fetchImpl: typeof fetch = fetch): YandexMarketControl {
  const { call } = createControlCall(baseUrl, fetchImpl)
  const at = (orderId: string) => `/orders/${encodeURIComponent(orderId)}`
  const placeOrders = (plans: OrderPlanInput[]) => call<MarketOrderView[]>('POST', '/orders', plans)

  return {
    async placeOrder(plan) {
      const [order] = await placeOrders([plan])
      return order!
    },
    placeOrders,
    listOrders: () => call('GET', '/orders'),
    getOrder: (orderId) => call('GET', at(orderId)),
    cancelOrder: (orderId, cancellation) => call('POST', `${at(orderId)}/cancel`, cancellation),
    askCancellation: (orderId) => call('POST', `${at(orderId)}/ask-cancellation`),
    returnOrder: (orderId, plan) => call('POST', `${at(orderId)}/returns`, plan),
    listReturns: (filter) => call('GET', `/returns${query(filter)}`),
    getReturn: (returnId) => call('GET', `/returns/${returnId}`),
    openChat: (chat) => call('POST', '/chats', chat),
    sayInChat: (chatId, text) => call('POST', `/chats/${chatId}/messages`, { text }),
    listChats: () => call('GET', '/chats'),
    getChat: (chatId) => call('GET', `/chats/${chatId}`),
    writeReview: (review) => call('POST', '/feedbacks', review),
    listFeedbacks: () => call('GET', '/feedbacks'),
    getFeedback: (feedbackId) => call('GET', `/feedbacks/${feedbackId}`),
    askQuestion: (question) => call('POST', '/questions', question),
    listQuestions: () => call('GET', '/questions'),
    getQuestion: (questionId) => call('GET', `/questions/${questionId}`),
    sendNotification: (notification) => call('POST', '/notifications', notification),
    listNotifications: (filter) => call('GET', `/notifications${query(filter)}`),
    listCalls: (filter) => call('GET', `/calls${query(filter)}`),
    listFindings: () => call('GET', '/violations'),
    getSummary: () => call('GET', '/summary'),
    addFaults: async (...faults) => (await call<{ id: number }[]>('POST', '/faults', faults)).map(({ id }) => id),
    removeFault: (id) => call('DELETE', `/faults/${id}`),
    clearFaults: () => call('DELETE', '/faults'),
    startOutage: (outage) => call('POST', '/outage', outage ?? {}),
    endOutage: () => call('DELETE', '/outage'),
    connect: () => call('POST', '/connect'),
    getSettings: () => call('GET', '/settings'),
    changeSettings: (patch) => call('POST', '/settings', patch),
    reset: () => call('POST', '/reset'),
  }
}
