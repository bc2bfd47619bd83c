import type { RefundStatus } from './statuses.ts'

type Graph = Partial<Record<'new' | RefundStatus, readonly RefundStatus[]>>

/** How the money's side of a return may go (specification 4.8): FBS, Express, FBY. */
export const PREMODERATED: Graph = {
  new: ['STARTED_BY_USER', 'PREMODERATION_DECISION_WAITING'],
  PREMODERATION_DECISION_WAITING: ['PREMODERATION_DECISION_MADE', 'PREMODERATION_SELECT_DELIVERY'],
  PREMODERATION_DECISION_MADE: ['PREMODERATION_SELECT_DELIVERY', 'PREMODERATION_DISPUTE', 'REJECTED'],
  PREMODERATION_DISPUTE: ['REJECTED', 'PREMODERATION_SELECT_DELIVERY'],
  PREMODERATION_SELECT_DELIVERY: ['STARTED_BY_USER'],
  STARTED_BY_USER: ['REFUND_IN_PROGRESS', 'REJECTED'],
  REFUND_IN_PROGRESS: ['REFUNDED'],
}

/** The same for DBS. */
export const DECIDED_BY_SHOP: Graph = {
  new: ['STARTED_BY_USER'],
  STARTED_BY_USER: ['WAITING_FOR_DECISION', 'REJECTED'],
  WAITING_FOR_DECISION: ['DECISION_MADE', 'REFUND_IN_PROGRESS'],
  DECISION_MADE: ['REFUND_IN_PROGRESS', 'REJECTED'],
  REFUND_IN_PROGRESS: ['REFUNDED'],
}

export function isLegal(graph: Graph, from: RefundStatus | undefined, to: RefundStatus): boolean {
  return graph[from ?? 'new']?.includes(to) ?? false
}

/** Where the seller is asked. */
export function isWaitingForDecision(status: RefundStatus | undefined): boolean {
  return status === 'PREMODERATION_DECISION_WAITING' || status === 'WAITING_FOR_DECISION'
}

/** What the Market does next by itself, given what is known; undefined: nothing, or it waits for somebody. */
export function nextRefund(
  graph: Graph,
  status: RefundStatus,
  facts: { isAgreed: boolean; onDecline: 'accepts' | 'dispute-for-seller' | 'dispute-for-buyer' },
): RefundStatus | undefined {
  if (status === 'PREMODERATION_DECISION_MADE') {
    if (facts.isAgreed) return 'PREMODERATION_SELECT_DELIVERY'
    return facts.onDecline === 'accepts' ? 'REJECTED' : 'PREMODERATION_DISPUTE'
  }
  if (status === 'PREMODERATION_DISPUTE') {
    return facts.onDecline === 'dispute-for-seller' ? 'REJECTED' : 'PREMODERATION_SELECT_DELIVERY'
  }
  if (status === 'PREMODERATION_SELECT_DELIVERY') return 'STARTED_BY_USER'
  if (status === 'STARTED_BY_USER') return graph === DECIDED_BY_SHOP ? 'WAITING_FOR_DECISION' : 'REFUND_IN_PROGRESS'
  if (status === 'DECISION_MADE') {
    // A dispute of a DBS return ends at once, by the arbiter.
    return facts.isAgreed || facts.onDecline === 'dispute-for-buyer' ? 'REFUND_IN_PROGRESS' : 'REJECTED'
  }
  return status === 'REFUND_IN_PROGRESS' ? 'REFUNDED' : undefined
}
