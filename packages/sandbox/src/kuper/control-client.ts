import { createControlCall, query } from '../control-call.ts'
import type { KuperCall } from './answer-call.ts'
import type { WebhookInput, WebhookView } from './control.ts'
import type { FaultInput } from './faults.ts'
import type { Cancellation, OrderPlanInput, OrderUpdateInput } from './order-plan.ts'
import type { KuperOrderView } from './order-view.ts'
import type { Settings, SettingsPatch } from './settings.ts'
import type { KuperSummary } from './summary.ts'
import type { Finding, ViolationKind } from './violations.ts'

export interface KuperControl {
  placeOrder(plan: OrderPlanInput): Promise<KuperOrderView>
  placeOrders(plans: OrderPlanInput[]): Promise<KuperOrderView[]>
  listOrders(): Promise<KuperOrderView[]>
  getOrder(orderId: string): Promise<KuperOrderView>
  /** Throws when the order has ended already. */
  cancelOrder(orderId: string, cancellation?: Cancellation): Promise<KuperOrderView>
  /** Throws when the order has ended already. */
  updateOrder(orderId: string, update: OrderUpdateInput): Promise<KuperOrderView>
  /** Any webhook, also a broken or badly signed one; without an order it carries only the given payload. */
  sendWebhook(webhook: WebhookInput, orderId?: string): Promise<WebhookView>
  listWebhooks(filter?: { orderId?: string; eventType?: string }): Promise<WebhookView[]>
  listCalls(filter?: { orderId?: string; on?: KuperCall['on'] }): Promise<KuperCall[]>
  listFindings(): Promise<{ violations: Finding<ViolationKind>[]; remarks: Finding<string>[] }>
  getSummary(): Promise<KuperSummary>
  /** Returns the ids, for `removeFault`. */
  addFaults(...faults: FaultInput[]): Promise<number[]>
  removeFault(id: number): Promise<void>
  clearFaults(): Promise<void>
  getSettings(): Promise<Settings>
  changeSettings(patch: SettingsPatch): Promise<Settings>
  /** Every token issued so far answers 401 from now on. */
  expireTokens(): Promise<void>
  /** Forgets orders, calls, webhooks and faults; settings go back to the start, except the webhook's address. */
  reset(): Promise<void>
}

/** Drives a Kuper simulator over HTTP. Every refusal throws an Error that quotes the answer. */
export function createKuperControl(baseUrl: string, fetchImpl: typeof fetch = fetch): KuperControl {
  const { call } = createControlCall(baseUrl, fetchImpl)
  const at = (orderId: string) => `/orders/${encodeURIComponent(orderId)}`
  const placeOrders = (plans: OrderPlanInput[]) => call<KuperOrderView[]>('POST', '/orders', plans)

  return {
    async placeOrder(plan) {
      const [order] = await placeOrders([plan])
      return order!
    },
    placeOrders,
    listOrders: () => call('GET', '/orders'),
    getOrder: (orderId) => call('GET', at(orderId)),
    cancelOrder: (orderId, cancellation) => call('POST', `${at(orderId)}/cancel`, cancellation),
    updateOrder: (orderId, update) => call('POST', `${at(orderId)}/update`, update),
    sendWebhook: (webhook, orderId) =>
      call('POST', orderId === undefined ? '/webhook' : `${at(orderId)}/webhook`, webhook),
    listWebhooks: (filter) => call('GET', `/webhooks${query(filter)}`),
    listCalls: (filter) => call('GET', `/calls${query(filter)}`),
    listFindings: () => call('GET', '/violations'),
    getSummary: () => call('GET', '/summary'),
    addFaults: async (...faults) => (await call<{ id: number }[]>('POST', '/faults', faults)).map((fault) => fault.id),
    removeFault: (id) => call('DELETE', `/faults/${id}`),
    clearFaults: () => call('DELETE', '/faults'),
    getSettings: () => call('GET', '/settings'),
    changeSettings: (patch) => call('POST', '/settings', patch),
    expireTokens: () => call('POST', '/tokens/expire'),
    reset: () => call('POST', '/reset'),
  }
}
