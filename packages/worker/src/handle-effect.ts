import { setTimeout as delay } from 'node:timers/promises'
import type { EffectJob } from '@sluice/contracts'
import { type ClaimedEffect, type Ledger, LedgerError } from '@sluice/ledger'
import type { Performed } from '@sluice/marketplace-port'
import { type EffectKind, nextStep, type Outcome, type RetryPolicy } from '@sluice/orders'
import type { EventProducer, JobResult } from '@sluice/queue'
import { countAttempt, countEffect, type Logger } from '@sluice/runtime'
import { crashPoint } from './crash-point.ts'
import { createWaitForLedger, type Wait } from './wait-for-ledger.ts'

/** Performs one effect at its destination. Expected failures are outcomes; a throw is a bug of ours. */
export type Perform = (effect: ClaimedEffect, signal: AbortSignal) => Promise<Performed>

export type Performers = Partial<Record<EffectKind, Perform>>

export interface EffectHandlerDeps {
  ledger: Ledger
  producer: EventProducer
  performers: Performers
  retryPolicyFor: (effect: ClaimedEffect) => RetryPolicy
  /** Calls that are still going on shortly before its end are cut, so that two attempts never run at a time. */
  leaseMs: number
  /** Shorter in tests. */
  settleAgainMs?: number
  log: Logger
}

/** A bug that shows this often is not going away by itself. */
const MAX_THROWS = 5
const LOCKED_OUT =
  "the marketplace does not take this account's credentials, or not for this: nothing is lost, it is tried again until retry.maxAgeHours are over"
/** What is left of the lease is for settling. */
const SHARE_FOR_CALLS = 0.9
const LEASE_OVER_WAIT_MS = 1_000
const SETTLE_AGAIN_MS = 1_000

/**
 * Claims, performs and settles one effect, then enqueues the next of its lane.
 *
 * - Dies after the claim: nobody else may claim until the lease has run out; then the effect counts as unclear, and where
 *   the destination can be read it is read before repeating.
 * - Dies after performing, before settling: the same. The idempotency key is the same, too.
 * - The ledger does not take the result: it is told again until the lease is over; then, as if it had died before settling.
 * - Dies after settling, before enqueueing: the job runs again, the claim says `settled`, and the heads of the order are
 *   enqueued then; or the steward finds them.
 * - Its lease runs out while it still works, calls being cut: the result is settled all the same; facts are facts.
 * - The claim's answer comes so late that hardly any of the lease is left: nothing is tried, the effect is given back.
 */
export function createEffectHandler(deps: EffectHandlerDeps) {
  const { ledger, producer, performers, retryPolicyFor, leaseMs, settleAgainMs = SETTLE_AGAIN_MS, log } = deps
  const waitForLedger = createWaitForLedger(log)

  return async ({ effectId }: EffectJob, signal: AbortSignal): Promise<JobResult> => {
    const askedAt = performance.now()
    const claim = await ledger.claim(effectId, leaseMs).catch(waitForLedger)
    switch (claim.kind) {
      case 'wait':
        return claim
      case 'not-due':
      case 'leased':
        return { kind: 'wait', delayMs: claim.waitMs, reason: claim.kind }
      case 'settled':
        await producer.enqueueEffects(claim.heads)
        return { kind: 'done' }
      case 'behind':
        // Its predecessor enqueues it again as soon as it is settled.
        return { kind: 'done' }
      case 'unknown':
        return { kind: 'dead', fault: 'ours', error: `no effect ${effectId} in the ledger` }
      case 'claimed':
        break
    }
    const { effect } = claim
    crashPoint('effect:after-claim', effect.key, effect.order.ref.number)

    const at = new Date()
    const startedAt = performance.now()
    // The lease began in the database, at some moment since it was asked for.
    const leftMs = Math.floor(leaseMs * SHARE_FOR_CALLS - (startedAt - askedAt))
    const { outcome, evidence } =
      leftMs > 0 ? await attempt(effect, AbortSignal.any([signal, AbortSignal.timeout(leftMs)])) : LEASE_OVER
    const durationMs = Math.round(performance.now() - startedAt)
    crashPoint('effect:after-perform', effect.key, effect.order.ref.number)

    const step = nextStep(effect, outcome, retryPolicyFor(effect), Math.random())
    const settle = () =>
      ledger.settle(effect, step, {
        ...evidence,
        at: at.toISOString(),
        durationMs,
        outcome: describe(outcome),
        isUnclear: outcome.kind === 'unavailable' && outcome.isUnclear,
      })
    const settled = await repeat(settle, askedAt + leaseMs, signal)
    // Not settled: what was done is not known to the ledger, so the lease runs out and the attempt counts as unclear.
    if ('kind' in settled) return settled
    crashPoint('effect:after-settle', effect.key, effect.order.ref.number)

    countAttempt({ kind: effect.kind, outcome: outcome.kind, durationMs })
    const isOver = step.kind === 'done' || step.kind === 'dead'
    if (step.kind === 'done' || step.kind === 'dead') countEffect({ kind: effect.kind, outcome: step.kind })
    // Nothing goes through at this account until a person has mended it, and its effects live on for hours.
    const isLockedOut = outcome.kind === 'unavailable' && outcome.cause === 'credentials'
    log[step.kind === 'dead' ? 'error' : isLockedOut ? 'warn' : 'info']({
      event: 'effect.attempted',
      orderId: effect.order.ref.id,
      orderNumber: effect.order.ref.number,
      ...(isLockedOut && { account: effect.order.ref.account, error: outcome.detail, advice: LOCKED_OUT }),
      effectId,
      key: effect.key,
      attempt: effect.attempt,
      outcome: describe(outcome),
      status: evidence?.httpStatus,
      step: step.kind,
      ...(!isOver && { delayMs: step.delayMs }),
      ...(step.kind === 'dead' && { error: step.error }),
      durationMs,
    })
    if (!isOver) return { kind: 'wait', delayMs: step.delayMs, reason: step.detail }
    await producer.enqueueEffects(settled.heads)
    crashPoint('effect:after-enqueue', effect.key, effect.order.ref.number)
    return { kind: 'done' }
  }

  /** Settling is idempotent, and an effect that was performed would be performed again. `endBy`: of `performance.now()`. */
  async function repeat<T>(settle: () => Promise<T>, endBy: number, signal: AbortSignal): Promise<T | Wait> {
    for (;;) {
      try {
        return await settle()
      } catch (err) {
        const wait = waitForLedger(err)
        const isClosed = err instanceof LedgerError && err.code === 'closed'
        if (isClosed || signal.aborted || performance.now() + settleAgainMs > endBy) return wait
        // A worker that stops tries once more, at once.
        await delay(settleAgainMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async function attempt(effect: ClaimedEffect, signal: AbortSignal): Promise<Performed> {
    const { kind, effectId, key } = effect
    const perform = performers[kind]
    if (!perform) return { outcome: ours(`this worker does not perform ${kind}`) }
    try {
      return await perform(effect, signal)
    } catch (err) {
      log.error({
        event: 'effect.threw',
        orderNumber: effect.order.ref.number,
        effectId,
        key,
        attempt: effect.attempt,
        err,
      })
      const detail = err instanceof Error ? `${err.name}: ${err.message}` : String(err)
      if (effect.attempt >= MAX_THROWS) return { outcome: ours(detail) }
      return {
        outcome: { kind: 'unavailable', cause: 'our-fault', isUnclear: true, detail: `fault of ours: ${detail}` },
      }
    }
  }
}

const LEASE_OVER: Performed = { outcome: { kind: 'not-tried', cause: 'lease-over', waitMs: LEASE_OVER_WAIT_MS } }

function ours(detail: string): Outcome {
  return { kind: 'refused', fault: 'ours', detail }
}

function describe(outcome: Outcome): string {
  return 'cause' in outcome ? `${outcome.kind}: ${outcome.cause}` : outcome.kind
}
