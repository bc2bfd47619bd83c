import { createFindingsMemory } from '../findings.ts'

export type { Finding } from '../findings.ts'

/**
 * What the seller did and a strict Market would find wrong. `repeated` also appears when a worker is killed between an
 * answer and saving it: tests that kill filter it out by its kind.
 */
export type ViolationKind =
  /** Body, query or media type that the official document does not allow. */
  | 'malformed'
  | 'unauthorized'
  /** A key, store or cabinet that may not do this. */
  | 'forbidden'
  /** A path, version or method that does not exist. */
  | 'unknown-operation'
  | 'deprecated'
  /** An order, return, chat ... that does not exist. */
  | 'unknown-subject'
  /** A change of state that the order's model or state does not allow. */
  | 'bad-transition'
  /** Done before, and the seller knew. */
  | 'repeated'
  /** Done before, the answer got lost, and the seller did not look before it asked again. */
  | 'blind-repeat'
  /** Boxes, lines or codes that do not fit the order. */
  | 'bad-content'
  /** Two changes of one order at the same time. */
  | 'overlap'
  | 'parallel-limit'
  /** An answer the Market waits for did not come in time. */
  | 'deadline-missed'
  /** A right notification was refused for good. */
  | 'notification-refused'
  /** An answer to a notification that is not as the Market asks for. */
  | 'invalid-answer'

/** Legal, and worth a look: a race that cannot be avoided, or a soft rule. */
export type RemarkKind =
  | 'race'
  | 'budget-used-up'
  | 'parallel-limit'
  /** Goods that the Market does not let out of an order. */
  | 'must-stay'
  | 'no-integration-header'
  | 'notification-failed'
  | 'ping-refused'
  | 'late'

export const createFindings = (limit: number, now: () => Date) =>
  createFindingsMemory<ViolationKind, RemarkKind, 'orderId'>('orderId', limit, now)
export type Findings = ReturnType<typeof createFindings>
