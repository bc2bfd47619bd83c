import type { ClaimedEffect, Ledger } from '@sluice/ledger'
import { createOrder, defaultRetryPolicy, type Step } from '@sluice/orders'
import type { EventProducer } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'
import { expect, test } from 'vitest'
import { createEffectHandler, type Perform } from './handle-effect.ts'

const ref = { id: '1', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
const claimed: Partial<ClaimedEffect> = {
  kind: 'fetch-order',
  key: 'fetch-order',
  effectId: '1.1',
  attempt: 1,
  order: createOrder(ref),
  firstAttemptAt: new Date().toISOString(),
}

async function handle(perform: Perform, { leaseMs = 30_000, signal = new AbortController().signal } = {}) {
  const steps: Step[] = []
  const lines: [level: string, line: Record<string, unknown>][] = []
  const logAs = (level: string) => (line: Record<string, unknown>) => lines.push([level, line])
  const ledger = {
    claim: async () => ({ kind: 'claimed', effect: claimed }),
    settle: async (_: unknown, step: Step) => {
      steps.push(step)
      return { heads: [] }
    },
  } as unknown as Ledger
  const handler = createEffectHandler({
    ledger,
    producer: { enqueueEffects: async () => [] } as unknown as EventProducer,
    performers: { 'fetch-order': perform },
    retryPolicyFor: () => defaultRetryPolicy,
    leaseMs,
    log: { info: logAs('info'), warn: logAs('warn'), error: logAs('error') } as unknown as Logger,
  })
  const result = await handler({ effectId: '1.1' }, signal)
  return { result, steps, lines }
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

test('a throw is a fault of ours that may pass', async () => {
  const { steps } = await handle(() => Promise.reject(new TypeError('bug')))
  expect(steps).toMatchObject([{ kind: 'again', detail: expect.stringContaining('bug') }])
})

test('credentials that are not taken call for a person at once, not only when the effect dies', async () => {
  const detail = '403 API for campaign 17 manually disabled'
  const { steps, lines } = await handle(async () => ({
    outcome: { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 403, detail },
  }))
  expect(steps).toMatchObject([{ kind: 'again' }])
  expect(lines).toMatchObject([['warn', { event: 'effect.attempted', account: 'main', error: detail }]])
})
