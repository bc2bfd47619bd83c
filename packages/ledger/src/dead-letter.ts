import type { EffectKind, Fault, Lane } from '@sluice/orders'

export type DeadLetterStatus = 'open' | 'replayed' | 'discarded'

/** A dead effect (`effect` is set), or a job whose event could not be recorded (`queue` and `job` are set). */
export interface DeadLetter {
  id: string
  queue: string | null
  job: string | null
  orderNumber: string | null
  effect: { id: string; kind: EffectKind; lane: Lane; key: string; isBlocking: boolean } | null
  payload: unknown
  fingerprint: string
  fault: Fault
  error: string
  attempts: number
  firstFailedAt: Date | null
  status: DeadLetterStatus
  resolvedAt: Date | null
  resolvedBy: string | null
  resolvedWhy: string | null
  createdAt: Date
}
