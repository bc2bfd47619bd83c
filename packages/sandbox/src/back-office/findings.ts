import { createFindingsMemory, type Finding as FindingBy } from '../findings.ts'

/** What Sluice did and a strict back office would find illegal. */
export type ViolationKind =
  /** A body or header that the contract does not allow. */
  | 'malformed'
  | 'idempotency-key-missing'
  | 'idempotency-key-changed'
  /** Two calls of one order's lane at the same time. */
  | 'overlap'
  | 'unknown-order'
  /** Goods asked back that were never handed over. */
  | 'returned-too-much'
  | 'reserved-after-release'
  /** The same fact under another key. */
  | 'told-twice'
  /** Sluice refused an event as wrong. */
  | 'event-rejected'
  /** The books do not balance: a bug of the sandbox. */
  | 'stock'

/** Legal, and worth a look. */
export type RemarkKind = 'unauthorized' | 'news-before-reservation' | 'already-used' | 'staff'

export type Finding<K extends string> = FindingBy<K, 'orderNumber'>

export const createFindings = (limit: number, now: () => Date) =>
  createFindingsMemory<ViolationKind, RemarkKind, 'orderNumber'>('orderNumber', limit, now)
export type Findings = ReturnType<typeof createFindings>
