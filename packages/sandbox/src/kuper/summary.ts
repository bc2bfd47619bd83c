import { addTo, type Counts, countBy, percentile } from '../counts.ts'
import type { KuperCall } from './answer-call.ts'
import { type KuperOrder, orderFlow } from './order.ts'
import type { Finding, Findings, ViolationKind } from './violations.ts'
import type { Webhooks } from './webhooks.ts'

/** What happened since the last reset, as numbers. */
export interface KuperSummary {
  orders: { total: number; byFlow: Counts; byState: Counts; byFlowAndState: Record<string, Counts> }
  webhooks: {
    deliveries: number
    copies: number
    attempts: number
    retries: number
    acknowledged: number
    lost: number
    /** Deliveries that were never acknowledged so far. */
    pending: number
    ackP50Ms: number | null
    ackP99Ms: number | null
  }
  /** Answers by notification type and status; `none`: no answer reached the merchant. */
  notifications: Record<string, Counts>
  tokens: Counts
  shipments: Counts
  violations: { total: number; byKind: Counts; newest: Finding<ViolationKind>[] }
  remarks: { total: number; byKind: Counts }
}

/** Counts answers as they are given, so that forgotten calls still count. */
export function createCallCounts() {
  let counts: Pick<KuperSummary, 'notifications' | 'tokens' | 'shipments'> = {
    notifications: {},
    tokens: {},
    shipments: {},
  }
  return {
    count(call: KuperCall) {
      const status = call.answer === null ? 'none' : String(call.answer.status)
      switch (call.on) {
        case 'notification': {
          const type = call.type ?? 'unknown'
          counts.notifications[type] = addTo(counts.notifications[type] ?? {}, status)
          return
        }
        case 'token':
          addTo(counts.tokens, status)
          return
        case 'shipments':
          addTo(counts.shipments, status)
          return
      }
    },
    read: () => structuredClone(counts),
    restore(saved: typeof counts) {
      counts = saved
    },
    clear() {
      counts = { notifications: {}, tokens: {}, shipments: {} }
    },
  }
}
export type CallCounts = ReturnType<typeof createCallCounts>

export function summarize(
  orders: readonly KuperOrder[],
  placed: number,
  webhooks: Webhooks,
  counts: CallCounts,
  findings: Findings,
): KuperSummary {
  const byFlowAndState: Record<string, Counts> = {}
  for (const order of orders) {
    const flow = orderFlow(order)
    byFlowAndState[flow] = addTo(byFlowAndState[flow] ?? {}, order.state)
  }
  const latencies = webhooks.latenciesMs()
  const counters = webhooks.counters()
  const violations = findings.violations()
  return {
    orders: {
      total: placed,
      byFlow: countBy(orders, orderFlow),
      byState: countBy(orders, (order) => order.state),
      byFlowAndState,
    },
    webhooks: {
      ...counters,
      pending: counters.deliveries - counters.acknowledged - counters.lost,
      ackP50Ms: percentile(latencies, 0.5),
      ackP99Ms: percentile(latencies, 0.99),
    },
    ...counts.read(),
    violations: {
      total: violations.length,
      byKind: countBy(violations, (one) => one.kind),
      newest: violations.slice(-20),
    },
    remarks: { total: findings.remarks().length, byKind: countBy(findings.remarks(), (one) => one.kind) },
  }
}
