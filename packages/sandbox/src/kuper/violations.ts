import { createFindingsMemory } from '../findings.ts'

export type { Finding } from '../findings.ts'

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

export const createFindings = (limit: number, now: () => Date) =>
  createFindingsMemory<ViolationKind, RemarkKind, 'orderId'>('orderId', limit, now)
export type Findings = ReturnType<typeof createFindings>
