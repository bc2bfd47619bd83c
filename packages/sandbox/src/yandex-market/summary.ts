import { addTo, type Counts, countBy, percentile } from '../counts.ts'
import type { MarketCall } from './answer-call.ts'
import type { Finding, Findings, ViolationKind } from './findings.ts'
import type { NotificationCounters, Notifications, Subscription } from './notifications.ts'
import type { MarketOrder } from './order.ts'
import { listUnanswered, type Store } from './store.ts'

/** What happened since the last reset, as numbers. */
export interface MarketSummary {
  orders: { total: number; byModel: Counts; byStatus: Counts; byModelAndStatus: Record<string, Counts> }
  returns: { total: number; byRefundStatus: Counts; byShipmentStatus: Counts }
  conversations: { chats: number; feedbacks: number; questions: number; waitingForSeller: number }
  notifications: NotificationCounters & {
    /** Neither acknowledged nor given up. */
    pending: number
    subscription: Subscription
    /** One of them fails: nothing else goes out. */
    isBlocked: boolean
    ackP50Ms: number | null
    ackP99Ms: number | null
  }
  /** Answers by operation and status; `none`: no answer reached the seller. */
  calls: Record<string, Counts>
  violations: { total: number; byKind: Counts; newest: Finding<ViolationKind>[] }
  remarks: { total: number; byKind: Counts }
}

/** Counts answers as they are given, so that forgotten calls still count. */
export function createCallCounts() {
  let counts: Record<string, Counts> = {}
  return {
    count({ operation, answer }: MarketCall): void {
      const name = operation ?? 'unknown'
      counts[name] = addTo(counts[name] ?? {}, answer === null ? 'none' : String(answer.status))
    },
    read: () => structuredClone(counts),
    restore(saved: typeof counts): void {
      counts = saved
    },
    clear(): void {
      counts = {}
    },
  }
}
export type CallCounts = ReturnType<typeof createCallCounts>

export function summarize(
  store: Store,
  notifications: Notifications,
  counts: CallCounts,
  findings: Findings,
): MarketSummary {
  const orders = [...store.orders.values()]
  const returns = [...store.returns.values()]
  const byModelAndStatus: Record<string, Counts> = {}
  for (const { model, status } of orders) {
    byModelAndStatus[model] = addTo(byModelAndStatus[model] ?? {}, status)
  }
  const latencies = notifications.latenciesMs()
  const violations = findings.violations()
  return {
    orders: {
      total: store.placed,
      byModel: countBy(orders, ({ model }: MarketOrder) => model),
      byStatus: countBy(orders, ({ status }) => status),
      byModelAndStatus,
    },
    returns: {
      total: returns.length,
      byRefundStatus: countBy(returns, ({ refundStatus }) => refundStatus ?? 'none'),
      byShipmentStatus: countBy(returns, ({ shipmentStatus }) => shipmentStatus ?? 'none'),
    },
    conversations: {
      chats: store.chats.size,
      feedbacks: store.feedbacks.size,
      questions: store.questions.size,
      waitingForSeller: listUnanswered(store).length,
    },
    notifications: {
      ...notifications.counters(),
      subscription: notifications.subscription(),
      isBlocked: notifications.isBlocked(),
      ackP50Ms: percentile(latencies, 0.5),
      ackP99Ms: percentile(latencies, 0.99),
    },
    calls: counts.read(),
    violations: {
      total: findings.violationTotal(),
      byKind: countBy(violations, ({ kind }) => kind),
      newest: violations.slice(-20),
    },
    remarks: { total: findings.remarks().length, byKind: countBy(findings.remarks(), ({ kind }) => kind) },
  }
}
