import type { BackOfficeClient } from '@sluice/back-office'
import type { Outcome, ReserveStock } from '@sluice/orders'
import { expect, test } from 'vitest'
import { createReserveStock } from './reserve-stock.ts'

type Effect = Parameters<ReturnType<typeof createReserveStock>>[0]
type ReservationRequest = Parameters<BackOfficeClient['reserve']>[0]

const lines = [
  { sku: 'a', quantity: 2 },
  { sku: 'b', quantity: 1 },
]

/** Reserves at a store that has `lots` and answers the reservation with `answer`. */
async function reserve(
  lots: { sku: string; quantity: number }[],
  answer: Outcome | undefined,
  { wasUnclear = false, wasHeld = false, onShort = 'cancel' } = {},
): Promise<Outcome> {
  const { outcome, asked } = await reserveAs({ lines, onShort }, lots, answer, { wasUnclear, wasHeld })
  if (asked && !answer) throw new Error('nothing must be reserved')
  return outcome
}

async function reserveAs(
  wanted: Pick<ReserveStock, 'lines'> & { onShort?: string },
  lots: { sku: string; quantity: number }[],
  answer: Outcome = { kind: 'done' },
  { wasUnclear = false, wasHeld = false } = {},
): Promise<{ outcome: Outcome; asked?: ReservationRequest }> {
  let asked: ReservationRequest | undefined
  const backOffice = {
    queryStock: async () => ({ outcome: { kind: 'lots', lots }, evidence: {} }),
    reserve: async (request: ReservationRequest) => {
      asked = request
      return { outcome: answer, evidence: {} }
    },
  } as unknown as BackOfficeClient
  const effect = {
    payload: { storeId: 's', fulfilment: 'pickup', minShelfLifeDays: 0, onShort: 'cancel', order: {}, ...wanted },
    order: { ref: { number: 'KU-H1' }, reservation: { wasHeld } },
    idempotencyKey: 'k',
    wasUnclear,
  } as unknown as Effect
  const perform = createReserveStock(backOffice, () => '2026-01-01')
  const { outcome } = await perform(effect, new AbortController().signal)
  return { outcome, ...(asked && { asked }) }
}

test('an article that is ordered twice keeps the price and the wishes of each line', async () => {
  const pizzas = [
    { sku: 'pizza', quantity: 1, totalPrice: '500.00', modifiers: [{ id: 'no-onions' }] },
    { sku: 'cola', quantity: 1, totalPrice: '90.00' },
    { sku: 'pizza', quantity: 2, totalPrice: '1100.00' },
  ]
  const { asked } = await reserveAs({ lines: pizzas }, [
    { sku: 'pizza', quantity: 9 },
    { sku: 'cola', quantity: 9 },
  ])
  expect(asked?.lines).toMatchObject(pizzas)
  expect(asked?.lines[2]).not.toHaveProperty('modifiers')
})

const short: Outcome = { kind: 'short', lines: [{ sku: 'b', requested: 1, available: 0 }] }
const shortOfAll: Outcome = { kind: 'short', lines: lines.map(({ sku }) => ({ sku, requested: 1, available: 0 })) }

test('what is not there is short without asking for a reservation', async () => {
  expect(await reserve([], undefined)).toMatchObject({ kind: 'short' })
})

test('goods that may be ours are asked for although they look sold: only the reservation can tell', async () => {
  expect(await reserve([], { kind: 'already-done' }, { wasUnclear: true })).toEqual({ kind: 'already-done' })
  expect(await reserve([], short, { wasHeld: true })).toEqual(short)
})

test('a sales document that an earlier try of ours cannot have caused was made of the goods reserved before', async () => {
  expect(await reserve(lines, { kind: 'already-done' }, { wasHeld: true })).toEqual({ kind: 'already-used' })
})

test.each([
  ['some goods', short, { kind: 'unavailable', retryAfterMs: 0 }],
  ['all goods', shortOfAll, { kind: 'short' }],
] as const)(
  'where the store goes on with what there is, somebody else took %s meanwhile',
  async (_, answer, outcome) => {
    expect(await reserve(lines, answer, { onShort: 'partial' })).toMatchObject(outcome)
  },
)
