import { createControlCall, query } from '../control-call.ts'
import type { BackOfficeCall } from './answer-call.ts'
import type { LotInput } from './control.ts'
import type { ConversationBrief } from './conversation-desk.ts'
import type { FaultInput } from './faults.ts'
import type { Finding, RemarkKind, ViolationKind } from './findings.ts'
import type { OrderBrief, OrderView } from './order-desk.ts'
import type { PlanPatch } from './plan.ts'
import type { Settings, SettingsPatch } from './settings.ts'
import type { Stock } from './stock.ts'
import type { BackOfficeSummary } from './summary.ts'

export interface BackOfficeControl {
  /** What the staff do with one order, by its number or by the marketplace's id; the rest is as in the default plan. */
  setPlan(orderNumberOrExternalId: string, plan: PlanPatch): Promise<void>
  listOrders(): Promise<OrderBrief[]>
  /** Undefined while the order was never reserved. */
  findOrder(orderNumber: string): Promise<OrderView | undefined>
  listConversations(): Promise<ConversationBrief[]>
  listCalls(filter?: { orderNumber?: string; kind?: BackOfficeCall['kind'] }): Promise<BackOfficeCall[]>
  listFindings(): Promise<{ violations: Finding<ViolationKind>[]; remarks: Finding<RemarkKind>[] }>
  getSummary(): Promise<BackOfficeSummary>
  /** Sets what is there of the articles it names, so that nothing is supplied of them any more. */
  setStock(lots: LotInput[]): Promise<void>
  getStock(): Promise<{ totals: ReturnType<Stock['totals']>; lots: ReturnType<Stock['list']> }>
  /** Returns the ids, for `removeFault`. */
  addFaults(...faults: FaultInput[]): Promise<number[]>
  removeFault(id: number): Promise<void>
  clearFaults(): Promise<void>
  getSettings(): Promise<Settings>
  changeSettings(patch: SettingsPatch): Promise<Settings>
  /** Forgets everything; settings go back to the start, except addresses and tokens. */
  reset(): Promise<void>
}

/** Drives a back office simulator over HTTP. Every refusal throws an Error that quotes the answer. */
export function createBackOfficeControl(baseUrl: string, fetchImpl: typeof fetch = fetch): BackOfficeControl {
  const { call, find } = createControlCall(baseUrl, fetchImpl)

  return {
    setPlan: (key, plan) => call('PUT', `/plans/${encodeURIComponent(key)}`, plan),
    listOrders: () => call('GET', '/orders'),
    findOrder: (orderNumber) => find(`/orders/${encodeURIComponent(orderNumber)}`),
    listConversations: () => call('GET', '/conversations'),
    listCalls: (filter) => call('GET', `/calls${query(filter)}`),
    listFindings: () => call('GET', '/violations'),
    getSummary: () => call('GET', '/summary'),
    setStock: async (lots) => void (await call('POST', '/stock', lots)),
    getStock: () => call('GET', '/stock'),
    addFaults: async (...faults) => (await call<{ id: number }[]>('POST', '/faults', faults)).map(({ id }) => id),
    removeFault: (id) => call('DELETE', `/faults/${id}`),
    clearFaults: () => call('DELETE', '/faults'),
    getSettings: () => call('GET', '/settings'),
    changeSettings: (patch) => call('POST', '/settings', patch),
    reset: () => call('POST', '/reset'),
  }
}
