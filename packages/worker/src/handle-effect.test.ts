import { type AttemptEvidence, type ClaimedEffect, type Ledger, LedgerError } from '@sluice/ledger'
import { createOrder, defaultRetryPolicy, type Step } from '@sluice/orders'
import type { EventProducer } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import { createEffectHandler, type Perform } from './handle-effect.ts'

const ref = { id: '1', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
const claimed: Partial<ClaimedEffect> = {
  kind: 'fetch-order',
  key: 'fetch-order',
  effectId: '1.1',
  attempt: 1,
  order: createOrder(ref),
  ageMs: 0,
}

afterEach(() => vi.restoreAllMocks())

interface Twist {
  leaseMs?: number
  signal?: AbortSignal
  effect?: Partial<ClaimedEffect>
  /** What the ledger says to a settlement; undefined: it takes it. */
  refusal?: (n: number) => LedgerError | undefined
}

async function handle(perform: Perform, twist: Twist = {}) {
  const { leaseMs = 30_000, signal = new AbortController().signal, effect, refusal } = twist
  const steps: Step[] = []
  const kept: AttemptEvidence[] = []
  const lines: [level: string, line: Record<string, unknown>][] = []
  const logAs = (level: string) => (line: Record<string, unknown>) => lines.push([level, line])
  const ledger = {
    claim: async () => ({ kind: 'claimed', effect: { ...claimed, ...effect } }),
    settle: async (_: unknown, step: Step, evidence: AttemptEvidence) => {
      steps.push(step)
      kept.push(evidence)
      const err = refusal?.(steps.length)
      if (err) throw err
      return { heads: [] }
    },
  } as unknown as Ledger
  const handler = createEffectHandler({
    ledger,
    producer: { enqueueEffects: async () => [] } as unknown as EventProducer,
    performers: { 'fetch-order': perform },
    retryPolicyFor: () => defaultRetryPolicy,
    leaseMs,
    settleAgainMs: 2,
    log: { info: logAs('info'), warn: logAs('warn'), error: logAs('error') } as unknown as Logger,
  })
  const result = await handler({ effectId: '1.1' }, signal)
  return { result, steps, kept, lines }
}

/** A destination that never answers: ends only when it is told to. */
const silent: Perform = (_, signal) =>
  new Promise((resolve) => {
    const end = () => resolve({ outcome: { kind: 'not-tried', cause: 'stopping', waitMs: 1_000 } })
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })

test('an attempt ends before its lease does, however many calls it makes', async () => {
  const startedAt = performance.now()
  const { result, steps } = await handle(silent, { leaseMs: 50 })
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(40)
  expect(steps).toMatchObject([{ kind: 'wait' }])
  expect(result).toMatchObject({ kind: 'wait', delayMs: 1_000 })
})

test('an attempt ends when its worker stops', async () => {
  const { steps } = await handle(silent, { signal: AbortSignal.abort() })
  expect(steps).toMatchObject([{ kind: 'wait' }])
})

/** The claim's answer comes so late, without anybody waiting for it. */
function claimTakes(ms: number): void {
  const now = performance.now()
  vi.spyOn(performance, 'now')
    .mockReturnValueOnce(now)
    .mockReturnValueOnce(now + ms)
}

test('the time that the claim took is part of the lease', async () => {
  claimTakes(53_950)
  const { steps } = await handle(silent, { leaseMs: 60_000 })
  expect(steps).toMatchObject([{ kind: 'wait', detail: 'stopping' }])
})

test('nothing is tried when the claim used up the lease', async () => {
  claimTakes(54_000)
  const perform = vi.fn(silent)
  const { result, steps, kept } = await handle(perform, { leaseMs: 60_000 })
  expect(perform).not.toHaveBeenCalled()
  expect(steps).toMatchObject([{ kind: 'wait', detail: 'lease-over' }])
  expect(kept).toMatchObject([{ outcome: 'not-tried: lease-over', isUnclear: false }])
  expect(result).toMatchObject({ kind: 'wait' })
})

test("an effect's age is the database's word, whatever this machine's clock says", async () => {
  const busy: Perform = async () => ({
    outcome: { kind: 'unavailable', cause: '5xx', isUnclear: false, detail: '503' },
  })
  const longAgo = '2001-01-01T00:00:00.000Z'
  const young = await handle(busy, { effect: { firstAttemptAt: longAgo, ageMs: 0 } })
  expect(young.steps).toMatchObject([{ kind: 'again' }])
  const old = await handle(busy, { effect: { firstAttemptAt: new Date().toISOString(), ageMs: 25 * 3_600_000 } })
  expect(old.steps).toMatchObject([{ kind: 'dead', fault: 'theirs' }])
})

test('an attempt has one duration: from its beginning to its outcome, in the ledger as in the log', async () => {
  const evidence = { httpStatus: 200, durationMs: 7 }
  const { kept, lines } = await handle(async () => {
    const begun = performance.now()
    while (performance.now() - begun < 20);
    return { outcome: { kind: 'too-early', detail: 'x' }, evidence }
  })
  expect(kept[0]!.durationMs).toBeGreaterThanOrEqual(20)
  expect(lines).toMatchObject([['info', { durationMs: kept[0]!.durationMs, status: 200 }]])
})

test('a throw is a fault of ours that may pass: called so, not the network, and logged with its error', async () => {
  const bug = new TypeError('bug')
  const { steps, kept, lines } = await handle(() => Promise.reject(bug))
  expect(steps).toMatchObject([{ kind: 'again', detail: expect.stringContaining('bug') }])
  expect(kept).toMatchObject([{ outcome: 'unavailable: our-fault', isUnclear: true }])
  expect(lines).toMatchObject([
    ['error', { event: 'effect.threw', effectId: '1.1', key: 'fetch-order', attempt: 1, err: bug }],
    ['info', { event: 'effect.attempted', outcome: 'unavailable: our-fault' }],
  ])
})

test('credentials that are not taken call for a person at once, not only when the effect dies', async () => {
  const detail = '403 API for campaign 17 manually disabled'
  const { steps, lines } = await handle(async () => ({
    outcome: { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 403, detail },
  }))
  expect(steps).toMatchObject([{ kind: 'again' }])
  expect(lines).toMatchObject([['warn', { event: 'effect.attempted', account: 'main', error: detail }]])
})

const performed: Perform = async () => ({ outcome: { kind: 'done' } })

test.each(['unavailable', 'conflict'] as const)(
  'what was performed is settled although the ledger did not take it at first (%s)',
  async (code) => {
    const { result, steps } = await handle(performed, {
      refusal: (n) => (n < 4 ? new LedgerError(code, 'settle effect 1.1: not now') : undefined),
    })
    expect(steps).toHaveLength(4)
    for (const step of steps) expect(step).toEqual(steps[0])
    expect(result).toEqual({ kind: 'done' })
  },
)

test('a result that the ledger never takes waits with its job once the lease is over, and the log says why', async () => {
  const err = new LedgerError('unavailable', 'settle effect 1.1: not now')
  const { result, steps, lines } = await handle(performed, { leaseMs: 50, refusal: () => err })
  expect(steps.length).toBeGreaterThan(1)
  expect(result).toMatchObject({ kind: 'wait', reason: err.message })
  expect(lines).toEqual([['warn', { event: 'ledger.unavailable', err, repeated: 0 }]])
})

test('a worker that stops, or a ledger that is closed, does not go on telling a result', async () => {
  const refusal = () => new LedgerError('unavailable', 'settle effect 1.1: not now')
  const stopping = new AbortController()
  const stopped = await handle(performed, {
    signal: stopping.signal,
    refusal: (n) => {
      if (n === 2) stopping.abort('stopping')
      return refusal()
    },
  })
  expect(stopped.steps).toHaveLength(2)
  const closed = await handle(performed, { refusal: () => new LedgerError('closed', 'settle effect 1.1: closed') })
  expect(closed.steps).toHaveLength(1)
})
