import { describe, expect, test } from 'vitest'
import type { ReserveStock } from './effects.ts'
import type { OrderLine } from './order-parts.ts'
import type { Outcome } from './outcome.ts'
import { outcomeOfReservation, planReservation } from './reservation.ts'
import type { Lot } from './shelf-life.ts'

const today = '2026-01-01'
const first = { wasUnclear: false, wasHeld: false }
const wanted = (lines: OrderLine[], onShort: ReserveStock['onShort'] = 'cancel'): ReserveStock => ({
  storeId: 's',
  fulfilment: 'pickup',
  lines,
  minShelfLifeDays: 30,
  onShort,
  order: {},
})
const lot = (sku: string, quantity: number, expiresOn?: string): Lot => ({
  sku,
  quantity,
  ...(expiresOn && { expiresOn }),
})
const piece = (sku: string, quantity: number): OrderLine => ({ sku, quantity })

describe('what is asked for', () => {
  test('lies long enough, and the soonest to expire goes first', () => {
    const lots = [lot('a', 1, '2026-01-30'), lot('a', 5, '2026-03-01'), lot('a', 1, '2026-01-31'), lot('b', 9)]
    expect(planReservation(wanted([piece('a', 3)]), lots, today, first)).toEqual({
      kind: 'ask',
      lines: [
        {
          sku: 'a',
          quantity: 3,
          lots: [
            { expiresOn: '2026-01-31', quantity: 1 },
            { expiresOn: '2026-03-01', quantity: 2 },
          ],
        },
      ],
      minExpiresOn: '2026-01-31',
    })
  })

  test('of an article that is ordered twice, each line keeps its own weight and price', () => {
    const lines = [
      { sku: 'w', quantity: 1, weightGrams: '500', price: '10' },
      { sku: 'w', quantity: 1, weightGrams: '300', price: '0' },
    ]
    expect(planReservation(wanted(lines), [lot('w', 5)], today, first)).toMatchObject({ kind: 'ask', lines })
  })

  test('of what is there in part, the weight is that of the part', () => {
    const lines = [{ sku: 'w', quantity: 4, weightGrams: '2000' }]
    expect(planReservation(wanted(lines, 'partial'), [lot('w', 1)], today, first)).toMatchObject({
      lines: [{ sku: 'w', quantity: 1, weightGrams: '500' }],
    })
  })

  test('by weight alone is asked for where there is any of it, and its lots are left to the store', () => {
    const lines = [{ sku: 'w', quantity: 0, weightGrams: '500' }]
    const plan = planReservation(wanted(lines), [lot('w', 0.2)], today, first)
    expect(plan).toMatchObject({ kind: 'ask', lines })
    expect(planReservation(wanted(lines), [], today, first)).toEqual({
      kind: 'short',
      lines: [{ sku: 'w', requested: 0, available: 0 }],
    })
  })

  test('is what is there, where the store goes on with that; all or nothing else', () => {
    const lines = [piece('a', 2), { sku: 'w', quantity: 0, weightGrams: '500' }]
    const short = planReservation(wanted(lines), [lot('a', 1)], today, first)
    expect(short).toMatchObject({ kind: 'short', lines: [{ sku: 'a', requested: 2, available: 1 }, { sku: 'w' }] })
    const partial = planReservation(wanted(lines, 'partial'), [lot('a', 1)], today, first)
    expect(partial).toMatchObject({ kind: 'ask', lines: [{ sku: 'a', quantity: 1 }] })
  })

  test.each(['cancel', 'partial'] as const)('is never nothing at all (%s)', (onShort) => {
    expect(planReservation(wanted([piece('a', 0)], onShort), [lot('a', 1)], today, first)).toEqual({
      kind: 'short',
      lines: [{ sku: 'a', requested: 0, available: 0 }],
    })
  })

  test.each([
    { wasUnclear: true, wasHeld: false },
    { wasUnclear: false, wasHeld: true },
  ])('is everything where goods that look sold may be ours: %o', (history) => {
    const lines = [piece('a', 2)]
    expect(planReservation(wanted(lines), [], today, history)).toEqual({
      kind: 'ask',
      lines,
      minExpiresOn: '2026-01-31',
    })
  })
})

describe('what the answer comes to', () => {
  const lines = [piece('a', 2), piece('b', 1), piece('none', 0)]
  const short = (...skus: string[]): Outcome => ({
    kind: 'short',
    lines: skus.map((sku) => ({ sku, requested: 1, available: 0 })),
  })
  const again = { kind: 'unavailable', isUnclear: false, retryAfterMs: 0 }

  test.each<[string, Outcome, ReserveStock['onShort'], boolean, object]>([
    ['reserved', { kind: 'reserved', lines: [] }, 'cancel', false, { kind: 'reserved' }],
    [
      'a sales document that we cannot have caused',
      { kind: 'already-done' },
      'cancel',
      false,
      { kind: 'already-used' },
    ],
    ['a sales document that we may have caused', { kind: 'already-done' }, 'cancel', true, { kind: 'already-done' }],
    ['some goods went meanwhile, all or nothing', short('a'), 'cancel', false, { kind: 'short' }],
    ['some goods went meanwhile, go on with the rest', short('a'), 'partial', false, again],
    ['all goods went meanwhile', short('a', 'b'), 'partial', false, { kind: 'short' }],
  ])('%s', (_, answer, onShort, wasUnclear, outcome) => {
    expect(outcomeOfReservation(answer, wanted(lines, onShort), { wasUnclear })).toMatchObject(outcome)
  })
})
