import { createTestDatabase } from '@sluice/testkit'
import { expect, test } from 'vitest'
import { connect, type Sql } from './connect.ts'
import { listOrdersNeedingAttention } from './list-orders-needing-attention.ts'
import { migrate } from './migrate.ts'

test('of a long history every order that needs attention is found page by page, by reading no more than those', async () => {
  const long = await createTestDatabase(migrate)
  // A statement is planned once per connection: while there is nothing, or when the planner knows what there is.
  const early = connect(long.url, 1)
  const late = connect(long.url, 1)
  const walk = async (by: Sql, subject: 'order' | 'conversation') => {
    const before = await tuplesReadBy(by)
    const found: string[] = []
    for (let last: string | undefined; ; ) {
      const page = await listOrdersNeedingAttention(by, { subject, ...(last && { before: last }), limit: 10 })
      found.push(...page.map(({ number }) => number))
      last = page.at(-1)?.number
      if (!last) break
    }
    expect((await tuplesReadBy(by)) - before, subject).toBeLessThan(500)
    return found
  }
  try {
    for (const subject of ['order', 'conversation'] as const) expect(await walk(early, subject)).toEqual([])
    // Several of them came at the same moment.
    await early`
      insert into orders (id, marketplace, account, external_id, number, subject, status, payment, version, snapshot, attention,
        created_at)
      select gen_random_uuid(), 'kuper', 'main', n::text, n::text, case when n % 2 = 0 then 'order' else 'conversation' end,
        case when n % 2 = 0 then 'placed' else 'open' end, 'paid', 1, '{}',
        case when n % 400 in (0, 1) then '{effect-dead}'::text[] else '{}' end, now() - (n / 4000) * interval '1 hour'
      from generate_series(1, 20000) n`
    await early`vacuum analyze orders`
    const needing = Array.from({ length: 50 }, (_, n) => n * 400)
    const orders = [...needing.slice(1), 20_000].map(String)
    const conversations = needing.map((n) => String(n + 1))
    for (const by of [early, late]) {
      expect((await walk(by, 'order')).toSorted()).toEqual(orders.toSorted())
      expect((await walk(by, 'conversation')).toSorted()).toEqual(conversations.toSorted())
    }
  } finally {
    await Promise.all([early.end(), late.end()])
    await long.drop()
  }
})

async function tuplesReadBy(by: Sql): Promise<number> {
  await by`select pg_stat_force_next_flush()`
  const [row] = await by<[{ read: number }]>`
    select (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_user_tables where relname = 'orders'`
  return row.read
}
