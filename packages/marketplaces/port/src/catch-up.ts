import type { EventJob } from '@sluice/contracts'

/** One list of the marketplace that is gone through regularly, in case it did not tell us. */
export interface CatchUp {
  /** Names its cursor: `orders`, `returns`. */
  subject: string
  /** How often, and how far before the last end it begins again. */
  everyMs: number
  overlapMs: number
  /** Never asks for more than this at a time; a longer gap is gone through in steps. */
  maxSpanMs: number
  /**
   * Hands over, page by page, what changed in [from, to); the same finding makes the same job, so finding it again changes
   * nothing. Lists that know no time (`waiting for an answer`) ignore both. `broken`: the cursor stays where it is.
   */
  run(
    span: { from: Date; to: Date },
    found: (jobs: EventJob[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<CatchUpResult>
}

export type CatchUpResult = { kind: 'complete' } | { kind: 'broken'; detail: string; waitMs?: number }
