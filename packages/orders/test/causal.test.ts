import fc from 'fast-check'
import { expect, test } from 'vitest'
import { liveThrough, type Scenario } from './causal-world.ts'

const lines = [
  { sku: 'a', quantity: 2 },
  { sku: 'b', quantity: 1 },
]
const wish = fc.constantFrom<Scenario['kuper']['wishes'][number]>(
  { shipmentMethod: 'pickup' },
  { shipmentMethod: 'by_courier' },
  { lines: [{ sku: 'a', quantity: 2 }] },
  { lines: [{ sku: 'a', quantity: 3 }, ...lines.slice(1)] },
  { lines: [{ sku: 'a', quantity: 1 }, ...lines.slice(1)] },
  { deliveryWindow: { to: '2026-01-01T20:00:00+03:00' } },
)
/** From when on somebody may want to cancel, if at all: most lives take about 50 ticks. */
const moment = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 70 }) },
)

/** All that can be different about an order, its store and its luck. */
export const scenario: fc.Arbitrary<Scenario> = fc.record({
  policy: fc.record({
    isRestaurant: fc.boolean(),
    sendAssembled: fc.boolean(),
    onShort: fc.constantFrom('cancel', 'partial'),
    codeSent: fc.constantFrom('before-ready', 'after-ready'),
  }),
  kuper: fc
    .record({
      kind: fc.constantFrom<Scenario['kuper']['kind']>('marketplace-delivery', 'merchant-delivery'),
      isPickup: fc.boolean(),
      wishes: fc.array(wish, { maxLength: 3 }),
      cancelsAt: moment,
      repeatsAre422: fc.boolean(),
    })
    .map(({ cancelsAt, ...kuper }) => ({ ...kuper, lines, ...(cancelsAt !== undefined && { cancelsAt }) })),
  store: fc
    .record({
      available: fc.constantFrom(100, 100, 100, 100, 2, 1, 0),
      codeMadeBy: fc.constantFrom<'us' | 'back-office'>('us', 'back-office'),
      skipsStart: fc.boolean(),
      picksLineByLine: fc.boolean(),
      skipsAssembled: fc.boolean(),
      isSilent: fc.boolean(),
      corrects: fc.boolean(),
      firstCodeIsWrong: fc.boolean(),
      handsOverFewer: fc.boolean(),
      cancelsAt: moment,
      isImpatient: fc.boolean(),
    })
    .map(({ cancelsAt, ...store }) => ({ ...store, ...(cancelsAt !== undefined && { cancelsAt }) })),
  faults: fc.constantFrom(0, 0, 3, 8),
  looks: fc.integer({ min: 0, max: 3 }),
  isUnordered: fc.boolean(),
  seed: fc.nat(),
})

test('whatever happens in whatever order, everybody agrees in the end, or a person knows', () => {
  fc.assert(
    fc.property(scenario, (life) => {
      const { violations, log } = liveThrough(life)
      const story = violations.length > 0 ? log.map((entry) => JSON.stringify(entry)).join('\n') : ''
      expect(violations, story).toEqual([])
    }),
    { numRuns: 2_000, seed: 20_260_101 },
  )
})
