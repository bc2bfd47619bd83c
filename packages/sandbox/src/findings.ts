import { createMemory } from './calls.ts'

/** One thing worth a look; `Key` names the field with the order it is about. */
export type Finding<K extends string, Key extends string = 'orderId'> = {
  at: string
  kind: K
  detail: string
} & Record<Key, string | null>

export interface FindingsSnapshot<V extends string, R extends string, Key extends string> {
  violations: readonly Finding<V, Key>[]
  violationTotal: number
  remarks: readonly Finding<R, Key>[]
}

/** How many of each sort outlive the process. */
const KEPT = 1_000

/** Remembers violations and remarks; the newest `limit` of each sort. */
export function createFindingsMemory<V extends string, R extends string, Key extends string>(
  key: Key,
  limit: number,
  now: () => Date,
) {
  const violations = createMemory<Finding<V, Key>>(limit)
  const remarks = createMemory<Finding<R, Key>>(limit)
  const finding = <K extends string>(kind: K, order: string | undefined, detail: string) =>
    ({ at: now().toISOString(), kind, [key]: order ?? null, detail }) as unknown as Finding<K, Key>
  return {
    violation(kind: V, order: string | undefined, detail: string): void {
      violations.add(finding(kind, order, detail))
    },
    remark(kind: R, order: string | undefined, detail: string): void {
      remarks.add(finding(kind, order, detail))
    },
    violations: () => violations.list(),
    violationTotal: () => violations.total(),
    remarks: () => remarks.list(),
    snapshot: (): FindingsSnapshot<V, R, Key> => ({
      violations: violations.list().slice(-KEPT),
      violationTotal: violations.total(),
      remarks: remarks.list().slice(-KEPT),
    }),
    restore(saved: FindingsSnapshot<V, R, Key>): void {
      violations.restore(saved.violations, saved.violationTotal)
      remarks.restore(saved.remarks, saved.remarks.length)
    },
    clear(): void {
      violations.clear()
      remarks.clear()
    },
  }
}
