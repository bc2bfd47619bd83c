import { createTestDatabase, type TestDatabase } from '@sluice/testkit'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Sql } from './connect.ts'
import { createLedger, type Ledger } from './create-ledger.ts'
import { fakeApply, fullRef, noted, requestOf, settingsFor } from './fake-core.ts'
import { migrate } from './migrate.ts'
import { orderIdOf } from './order-id.ts'
import { orderTimeline } from './order-timeline.ts'
import { type OrderSearch, searchOrders } from './search-orders.ts'

const evidence = { at: '2025-03-01T10:00:00.000Z', durationMs: 12, outcome: 'done' }
const numbers = (orders: { number: string }[]) => orders.map((order) => order.number)
let database: TestDatabase
let sql: Sql
let ledger: Ledger

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  sql = postgres(database.url, { max: 2, onnotice: () => {} })
  ledger = createLedger({ databaseUrl: database.url, settingsFor, apply: fakeApply })
  const plan = [{ key: 'a' }, { key: 'b' }, { key: 'n', lane: 'news' as const }]
  for (const name of ['H1', 'H2', 'H3', 'X4']) {
    const attention = name === 'H2' ? { attention: 'the store sleeps' } : {}
    await ledger.record(
      requestOf(fullRef(name, { externalUuid: `shop:u-${name}` }), name, noted({ plan, ...attention })),
    )
  }
  for (const conversation of ['open', 'answered'] as const) {
    const ref = fullRef(`chat-${conversation}`)
    const attention = conversation === 'open' ? { attention: 'nobody reads it' } : {}
    await ledger.record(requestOf(ref, `chat ${conversation}`, noted({ conversation, ...attention })))
  }
})

afterAll(async () => {
  await Promise.all([ledger.close(), sql.end()])
  await database.drop()
})

test('due heads come page by page, without those behind, leased, not due or settled', async () => {
  await ledger.claim(`${orderIdOf('KU-H1')}.1`, 60_000)
  await sql`update effects set not_before = now() + interval '1 minute' where order_id = ${orderIdOf('KU-H2')} and seq = 1`
  const found: string[] = []
  for (let afterId: string | undefined; ; ) {
    const page = await ledger.listDueHeads({ ...(afterId && { afterId }), olderThanMs: 0, limit: 2 })
    found.push(...page.map((head) => head.effectId))
    afterId = page.at(-1)?.effectId
    if (!afterId) break
  }
  const expected = ['H1.3', 'H2.3', 'H3.1', 'H3.3', 'X4.1', 'X4.3'].map((name) => {
    const [order, seq] = name.split('.')
    return `${orderIdOf(`KU-${order}`)}.${seq}`
  })
  expect(found.toSorted()).toEqual(expected.toSorted())
  expect(await ledger.listDueHeads({ olderThanMs: 60_000, limit: 10 })).toEqual([])
})

test('lane figures count what waits and how long the oldest has been due', async () => {
  const stats = await ledger.laneStats()
  expect(stats).toMatchObject([
    { lane: 'news', kind: 'tell-back-office', waiting: 4, due: 4 },
    { lane: 'stock', kind: 'release-stock', waiting: 8, due: 7 },
  ])
  for (const { oldestDueMs } of stats) expect(oldestDueMs).toBeGreaterThan(0)
})

test('orders are found by the beginning of their number or id, by UUID and by status, newest first, page by page', async () => {
  expect(numbers(await ledger.searchOrders({ limit: 10 }))).toEqual(['KU-X4', 'KU-H3', 'KU-H2', 'KU-H1'])
  expect(numbers(await ledger.searchOrders({ text: ' KU-H ', limit: 10 }))).toEqual(['KU-H3', 'KU-H2', 'KU-H1'])
  expect(numbers(await ledger.searchOrders({ text: 'X', limit: 10 }))).toEqual(['KU-X4'])
  expect(numbers(await ledger.searchOrders({ text: 'other:u-H2', limit: 10 }))).toEqual(['KU-H2'])
  expect(numbers(await ledger.searchOrders({ text: '%', limit: 10 }))).toEqual([])
  expect(await ledger.searchOrders({ status: 'delivered', limit: 10 })).toEqual([])
  const first = await ledger.searchOrders({ text: 'H', status: 'announced', limit: 2 })
  const second = await ledger.searchOrders({ text: 'H', status: 'announced', limit: 2, before: first.at(-1)!.number })
  expect([numbers(first), numbers(second)]).toEqual([['KU-H3', 'KU-H2'], ['KU-H1']])
  expect(first[0]).toMatchObject({ version: 1, attention: [], createdAt: expect.any(Date), externalId: 'H3' })
})

test('a search reads a bounded part of a long history, and finds the newest and whatever is rare', async () => {
  const long = await createTestDatabase(migrate)
  // A statement is planned once per connection: while there is nothing, or when the planner knows what there is.
  const early = connect(long.url, 1)
  const late = connect(long.url, 1)
  const searchesOf = [
    { text: 'KU' },
    { text: 'H' },
    { text: 'H1' },
    { text: 'KU-H0001' },
    { status: 'returned' },
    { text: 'H', status: 'returned' },
  ] as const
  const find = async (by: Sql, search: Omit<OrderSearch, 'limit'>) => {
    const before = await tuplesReadBy(by)
    const found = numbers(await searchOrders(by, { ...search, limit: 3 }))
    expect((await tuplesReadBy(by)) - before, JSON.stringify(search)).toBeLessThan(14_000)
    return found
  }
  try {
    for (const search of searchesOf) await find(early, search)
    await early`
      insert into orders (id, marketplace, account, external_id, number, status, payment, version, snapshot, created_at)
      select gen_random_uuid(), 'kuper', 'main', 'H' || lpad(n::text, 5, '0'), 'KU-H' || lpad(n::text, 5, '0'),
        case when n in (7, 9) then 'returned' else 'delivered' end, 'paid', 1, '{}', now() - (40000 - n) * interval '1 second'
      from generate_series(1, 40000) n`
    await early`vacuum analyze orders`
    for (const by of [early, late]) {
      const found: string[][] = []
      for (const search of searchesOf) found.push(await find(by, search))
      expect(found).toEqual([
        ['KU-H40000', 'KU-H39999', 'KU-H39998'],
        ['KU-H40000', 'KU-H39999', 'KU-H39998'],
        ['KU-H19999', 'KU-H19998', 'KU-H19997'],
        ['KU-H00019', 'KU-H00018', 'KU-H00017'],
        ['KU-H00009', 'KU-H00007'],
        ['KU-H00009', 'KU-H00007'],
      ])
    }
    // What is a whole number or id, too, is found among all that begin so, old as it is.
    await early`
      insert into orders (id, marketplace, account, external_id, number, status, payment, version, snapshot, created_at)
      select gen_random_uuid(), 'kuper', 'main', 'H0', 'KU-H0', 'delivered', 'paid', 1, '{}', now() - interval '1 year'`
    for (const text of ['KU-H0', 'H0']) {
      for (const by of [early, late]) {
        expect(numbers(await searchOrders(by, { text, limit: 10_000 }))).toContain('KU-H0')
      }
    }
  } finally {
    await Promise.all([early.end(), late.end()])
    await long.drop()
  }
})

test('conversations are no orders: they are listed when they are asked for, and found by the beginning of their number', async () => {
  const subject = 'conversation'
  expect(numbers(await ledger.searchOrders({ subject, limit: 10 }))).toEqual(['KU-chat-answered', 'KU-chat-open'])
  expect(numbers(await ledger.searchOrders({ subject, status: 'open', limit: 10 }))).toEqual(['KU-chat-open'])
  const found = await ledger.searchOrders({ text: 'KU-chat', limit: 10 })
  expect(numbers(found)).toEqual(['KU-chat-answered', 'KU-chat-open'])
  expect(found[0]).toMatchObject({ subject, status: 'answered' })
  expect(await ledger.searchOrders({ text: 'KU-chat', subject: 'order', limit: 10 })).toEqual([])
  expect(numbers(await ledger.listOrdersNeedingAttention({ subject, limit: 10 }))).toEqual(['KU-chat-open'])
  expect(await ledger.countTotals()).toMatchObject({ orders: 4, conversations: 2 })
})

test('orders that need attention are listed with their reasons', async () => {
  const orders = await ledger.listOrdersNeedingAttention({ limit: 10 })
  expect(orders).toMatchObject([{ number: 'KU-H2', attention: ['effect-dead'] }])
})

test('a job has one dead letter, whoever finds it dead and however often, also after it was replayed', async () => {
  const letter = {
    queue: 'reservation',
    job: 'ev-1',
    payload: { ref: { number: 'KU-H1' }, text: 'a\0b' },
    fault: 'ours' as const,
    error: 'record event: \0 broken',
    attempts: 5,
    orderNumber: 'KU-H1',
  }
  const id = await ledger.writeDeadLetter(letter)
  expect(await ledger.writeDeadLetter(letter)).toBe(id)
  expect(await ledger.listDeadLetters({ status: 'open', limit: 10 })).toMatchObject([
    { id, queue: 'reservation', job: 'ev-1', effect: null, orderNumber: 'KU-H1', attempts: 5, fault: 'ours' },
  ])
  expect(await ledger.markReplayed(id, 'anna')).toBe(true)
  expect(await ledger.markReplayed(id, 'anna')).toBe(false)
  expect(await ledger.writeDeadLetter({ ...letter, attempts: 9 })).toBe(id)
  expect(await ledger.countOpenDeadLetters()).toBe(0)
  const next = await ledger.writeDeadLetter({ ...letter, job: 'ev-2' })
  expect(next).not.toBe(id)
  expect(await ledger.countOpenDeadLetters()).toBe(1)
  expect((await ledger.listDeadLetters({ limit: 10, before: next })).map((item) => item.id)).toEqual([id])
  expect(await ledger.reviveEffect(next, 'anna')).toEqual({ kind: 'unknown' })
})

test('the time line of an order has its events, effects, attempts and dead letters in the order of time', async () => {
  const claimed = await ledger.claim(`${orderIdOf('KU-X4')}.1`, 60_000)
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
  await ledger.settle(
    claimed.effect,
    { kind: 'dead', event: { type: 'effect.died', key: 'a', reason: 'no' }, fault: 'data', error: 'no' },
    { ...evidence, at: new Date().toISOString(), httpStatus: 400, response: '{"code":"no"}' },
  )
  const timeline = await ledger.orderTimeline('KU-X4')
  expect(timeline?.order.version).toBe(2)
  expect(timeline?.entries.map((entry) => entry.kind)).toEqual(
    'event effect effect effect attempt event dead-letter'.split(' '),
  )
  expect(timeline?.entries[0]).toMatchObject({ seq: 1, name: 'test.marketplace.noted', verdict: 'applied' })
  expect(timeline?.entries[4]).toMatchObject({ effectKind: 'release-stock', n: 1, httpStatus: 400 })
  for (const { at } of timeline!.entries) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000)
  expect(await ledger.orderTimeline('KU-none')).toBeUndefined()
})

test('of a very long life the time line has the first event, the newest rows, and whatever has not ended', async () => {
  const ref = fullRef('notes')
  await ledger.record(requestOf(ref, 'note 1', noted({ plan: [{ key: 'a' }, { key: 'b' }] })))
  for (let n = 2; n <= 9; n++) await ledger.record(requestOf(ref, `note ${n}`, noted({ plan: [{ key: `c${n}` }] })))
  await sql`update effects set status = 'done', settled_at = now() where order_id = ${orderIdOf('KU-notes')} and seq > 1`
  const { order, entries } = (await orderTimeline(sql, 'KU-notes', 3))!
  const seqsOf = (kind: string) =>
    entries.flatMap((entry) => (entry.kind === kind && 'seq' in entry ? [entry.seq] : []))
  expect(order.version).toBe(9)
  expect(seqsOf('event')).toEqual([1, 7, 8, 9])
  expect(seqsOf('effect')).toEqual([1, 9, 10])
})

/** Of the orders' rows, so far. */
async function tuplesReadBy(by: Sql): Promise<number> {
  await by`select pg_stat_force_next_flush()`
  const [row] = await by<[{ read: number }]>`
    select (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_user_tables where relname = 'orders'`
  return row.read
}
