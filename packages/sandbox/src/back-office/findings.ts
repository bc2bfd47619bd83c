import { createMemory } from '../calls.ts'

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

export interface Finding<K extends string> {
  at: string
  kind: K
  orderNumber: string | null
  detail: string
}

/** How many of each sort outlive the process. */
const KEPT = 1_000

interface FindingsSnapshot {
  violations: readonly Finding<ViolationKind>[]
  violationTotal: number
  remarks: readonly Finding<RemarkKind>[]
}

export type Findings = ReturnType<typeof createFindings>

/** Remembers the newest `limit` of each sort. */
export function createFindings(limit: number, now: () => Date) {
  const violations = createMemory<Finding<ViolationKind>>(limit)
  const remarks = createMemory<Finding<RemarkKind>>(limit)
  return {
    violation(kind: ViolationKind, orderNumber: string | undefined, detail: string): void {
      violations.add({ at: now().toISOString(), kind, orderNumber: orderNumber ?? null, detail })
    },
    remark(kind: RemarkKind, orderNumber: string | undefined, detail: string): void {
      remarks.add({ at: now().toISOString(), kind, orderNumber: orderNumber ?? null, detail })
    },
    violations: () => violations.list(),
    violationTotal: () => violations.total(),
    remarks: () => remarks.list(),
    snapshot: () => ({
      violations: violations.list().slice(-KEPT),
      violationTotal: violations.total(),
      remarks: remarks.list().slice(-KEPT),
    }),
    restore(saved: FindingsSnapshot): void {
      violations.restore(saved.violations, saved.violationTotal)
      remarks.restore(saved.remarks, saved.remarks.length)
    },
    clear(): void {
      violations.clear()
      remarks.clear()
    },
  }
}
