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

const ref = { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }

function record(event: OrderEvent, dedupKey: string) {
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
