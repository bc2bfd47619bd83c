import { createMemory } from '../calls.ts'

/**
 * What the merchant did and a strict Kuper would find illegal. `repeated` also appears when a worker is killed between
 * an answer and saving it: tests that kill filter it out by its kind.
 */
export type ViolationKind =
  | 'overlap'
  | 'repeated'
  | 'idempotency-key-changed'
  | 'bad-order'
  | 'wrong-flow'
  | 'unknown-order'
  | 'bad-fields'
  | 'unknown-type'
  | 'malformed'
  | 'unauthorized'
  | 'order-keys-differ'
  | 'number-differs'
  | 'number-changed'
  | 'created-answer'
  | 'not-accepted'
  | 'composition'

/** Legal, and worth a look: a race that cannot be avoided, or a soft rule. */
type RemarkKind = 'race' | 'expired-token' | 'before-payment' | 'token-request' | 'crossed-update'

export interface Finding<K extends string> {
  at: string
  kind: K
  orderId: string | null
  detail: string
}

/** How many of each sort outlive the process. */
const KEPT = 1_000

interface FindingsSnapshot {
  violations: readonly Finding<ViolationKind>[]
  remarks: readonly Finding<RemarkKind>[]
}

/** Remembers findings; the newest `limit` of each sort. */
export function createFindings(limit: number, now: () => Date) {
  const violations = createMemory<Finding<ViolationKind>>(limit)
  const remarks = createMemory<Finding<RemarkKind>>(limit)
  const finding = <K extends string>(kind: K, orderId: string | undefined, detail: string): Finding<K> => ({
    at: now().toISOString(),
    kind,
    orderId: orderId ?? null,
    detail,
  })
  return {
    violation(kind: ViolationKind, orderId: string | undefined, detail: string) {
      violations.add(finding(kind, orderId, detail))
    },
    remark(kind: RemarkKind, orderId: string | undefined, detail: string) {
      remarks.add(finding(kind, orderId, detail))
    },
    violations: () => violations.list(),
    remarks: () => remarks.list(),
    snapshot: () => ({ violations: violations.list().slice(-KEPT), remarks: remarks.list().slice(-KEPT) }),
    restore(saved: FindingsSnapshot) {
      violations.restore(saved.violations, saved.violations.length)
      remarks.restore(saved.remarks, saved.remarks.length)
    },
    clear() {
      violations.clear()
      remarks.clear()
    },
  }
}
export type Findings = ReturnType<typeof createFindings>
