import type { EventEnvelope, MarketplaceView, OrderEvent } from '@sluice/orders'
import { createTestDatabase, type TestDatabase } from '@sluice/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger, type Ledger } from './create-ledger.ts'
import { settingsFor } from './fake-core.ts'
import { migrate } from './migrate.ts'

let database: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  ledger = createLedger({
    databaseUrl: database.url,
    settingsFor,
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

test('what an effect found when it read the marketplace is saved whole, and the order goes on with it', async () => {
  const ref = { marketplace: 'yandex-market', account: 'market', externalId: '12345678901', number: 'YM-12345678901' }
  const announced = await record({ type: 'order.announced', storeId: '17' }, 'announced', ref)
  if (announced.kind !== 'recorded') throw new Error(announced.kind)
  const head = announced.heads.find(({ kind }) => kind === 'fetch-order')
  const claimed = await ledger.claim(head!.effectId, 60_000)
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
  const { effect } = claimed
  expect(effect).toMatchObject({ lane: 'reading', payload: { storeId: '17' } })

  const view: MarketplaceView = {
    state: 'PROCESSING/STARTED',
    updatedAt: '2025-03-01T10:00:00Z',
    order: { storeId: '17', lines: [{ sku: 'milk', quantity: 2 }], fulfilment: 'marketplace-delivery' },
    isOpen: true,
    reached: ['paid'],
  }
  const { heads } = await ledger.settle(
    effect,
    { kind: 'done', event: { type: 'order.read', key: effect.key, view } },
    { at: '2025-03-01T10:00:05Z', durationMs: 5, outcome: 'read' },
  )
  expect(heads.map(({ kind }) => kind)).toContain('reserve-stock')
  expect(await ledger.findOrderByNumber(ref.number)).toMatchObject({
    status: 'placed',
    payment: 'paid',
    effects: { [effect.key]: { status: 'done' } },
  })
  const { entries } = (await ledger.orderTimeline(ref.number))!
  expect(entries.find((entry) => entry.kind === 'event' && entry.type === 'order.read')).toMatchObject({
    name: 'order.read',
    source: 'effect',
    payload: { type: 'order.read', key: effect.key, view },
  })
})

test('a conversation has a row beside the orders', async () => {
  const ref = { marketplace: 'yandex-market', account: 'market', externalId: 'chat-1', number: 'YM-chat-1' }
  const sent = await record({ type: 'conversation.announced', topic: 'chat', messageId: '7' }, 'message 7', ref)
  expect('heads' in sent && sent.heads.map(({ kind }) => kind)).toContain('fetch-conversation')
  expect(await ledger.searchOrders({ subject: 'conversation', limit: 10 })).toMatchObject([
    { number: 'YM-chat-1', subject: 'conversation', status: 'open' },
  ])
  expect((await ledger.searchOrders({ limit: 10 })).map(({ number }) => number)).not.toContain('YM-chat-1')
})
