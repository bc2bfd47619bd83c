import { defaultPolicy, type EventEnvelope, type OrderEvent } from '@sluice/orders'
import { createTestDatabase, type TestDatabase } from '@sluice/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger, type Ledger } from './create-ledger.ts'
import { migrate } from './migrate.ts'

let database: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  ledger = createLedger({
    databaseUrl: database.url,
    settingsFor: () => ({ policy: defaultPolicy, pickupCode: '0000' }),
  })
})

afterAll(async () => {
  await ledger.close()
  await database.drop()
})

const refOf = (externalId: string) => ({
  marketplace: 'kuper',
  account: 'main',
  externalId,
  number: `KU-${externalId}`,
})

function record(event: OrderEvent, dedupKey: string, ref = refOf('H1')) {
  const receivedAt = '2025-03-01T10:00:00.000Z'
  const envelope: EventEnvelope = { event, source: 'marketplace', dedupKey, receivedAt }
  return ledger.record({ ref, envelope, name: event.type })
}

test('a placed order is reserved: event, decision, claim, result, next decision', async () => {
  const order = { storeId: 's1', lines: [{ sku: 'milk', quantity: 2 }] }
  const placed = await record({ type: 'order.placed', order }, 'placed')
  if (placed.kind !== 'recorded') throw new Error(placed.kind)
  const head = placed.heads.find(({ kind }) => kind === 'reserve-stock')
  const claimed = await ledger.claim(head!.effectId, 60_000)
  if (claimed.kind !== 'claimed' || claimed.effect.kind !== 'reserve-stock') throw new Error(claimed.kind)
  const { effect } = claimed
  expect(effect.payload.lines).toEqual(order.lines)

  const event = { type: 'stock.reserved', key: effect.key, lines: order.lines } as const
  await ledger.settle(
    effect,
    { kind: 'done', event },
    { at: '2025-03-01T10:00:01Z', durationMs: 5, outcome: 'reserved' },
  )
  expect(await ledger.findOrderByNumber('KU-H1')).toMatchObject({ status: 'reserved', version: 2 })

  const cancelled = await record({ type: 'order.cancelled' }, 'cancelled')
  expect('heads' in cancelled && cancelled.heads.map(({ kind }) => kind)).toContain('release-stock')
  expect(await ledger.findOrderByNumber('KU-H1')).toMatchObject({ status: 'cancelled', version: 3 })
})

test('an order can be cancelled although an effect of it is dead; nobody has to look into that any more', async () => {
  const ref = refOf('H2')
  const order = { storeId: 's1', lines: [{ sku: 'milk', quantity: 2 }] }
  const placed = await record({ type: 'order.placed', order }, 'placed H2', ref)
  if (placed.kind !== 'recorded') throw new Error(placed.kind)
  const head = placed.heads.find(({ kind }) => kind === 'reserve-stock')
  const claimed = await ledger.claim(head!.effectId, 60_000)
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
  const { effect } = claimed
  const event = { type: 'effect.died', key: effect.key, reason: 'refused' } as const
  await ledger.settle(
    effect,
    { kind: 'dead', event, fault: 'data', error: 'refused' },
    { at: '2025-03-01T10:00:01Z', durationMs: 5, outcome: 'refused' },
  )
  expect(await ledger.countOpenDeadLetters()).toBe(1)

  await record({ type: 'order.cancelled' }, 'cancelled H2', ref)
  const cancelled = await ledger.findOrderByNumber('KU-H2')
  expect(cancelled).toMatchObject({ status: 'cancelled', effects: { [effect.key]: { status: 'dropped' } } })
  expect(await ledger.countOpenDeadLetters()).toBe(0)
})
