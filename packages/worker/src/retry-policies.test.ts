import type { EffectKind } from '@sluice/orders'
import { expect, test } from 'vitest'
import { retryPolicies } from './retry-policies.ts'

const HOUR_MS = 3_600_000
const retry = { delaysSeconds: [10, 600], maxDelaySeconds: 1_800, maxAgeHours: 24 }
const policyOf = (kind: EffectKind, marketplace = 'kuper', settings = retry) =>
  retryPolicies({ retry: settings })({ kind, order: { ref: { marketplace } } })

test('what a marketplace is owed is tried as is set', () => {
  const usual = { delaysMs: [10_000, 600_000], maxDelayMs: 1_800_000, maxAgeMs: 24 * HOUR_MS }
  expect(policyOf('notify-marketplace')).toEqual(usual)
})

test.each<[EffectKind, number]>([
  ['notify-marketplace', 24],
  ['fetch-order', 24],
  ['answer-cancellation-request', 48],
  ['decide-return', 48],
])('%s of a marketplace with deadlines is tried at least every five minutes, for %i hours', (kind, hours) => {
  expect(policyOf(kind, 'yandex-market')).toMatchObject({ maxDelayMs: 300_000, maxAgeMs: hours * HOUR_MS })
})

test.each<EffectKind>(['reserve-stock', 'release-stock', 'take-back-goods', 'tell-back-office', 'watch-deadline'])(
  '%s is tried at least every five minutes, for a week',
  (kind) => {
    expect(policyOf(kind)).toMatchObject({ maxDelayMs: 300_000, maxAgeMs: 168 * HOUR_MS })
  },
)

test('shorter waits are kept', () => {
  const short = { ...retry, maxDelaySeconds: 5 }
  expect(policyOf('notify-marketplace', 'yandex-market', short).maxDelayMs).toBe(5_000)
  expect(policyOf('reserve-stock', 'kuper', short).maxDelayMs).toBe(5_000)
})
