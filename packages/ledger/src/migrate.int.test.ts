import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createTestDatabase, eventually, runStatement, type TestDatabase } from '@sluice/testkit'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimEffects } from './claim-effects.ts'
import { connect, type Sql } from './connect.ts'
import { describeSchema } from './describe-schema.ts'
import { loadGroup } from './load-group.ts'
import { migrate } from './migrate.ts'

let database: TestDatabase
let sql: Sql

beforeAll(async () => {
  database = await createTestDatabase()
  sql = connect(database.url, 2)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

test('several processes migrate an empty database at once: each migration is applied once', async () => {
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database.url)))
  const names = await sql<{ name: string }[]>`select name from migrations order by number`
  expect(applied.flat().sort()).toEqual(names.map((row) => row.name))
  expect(await migrate(database.url)).toEqual([])
})

test('a ledger that was begun with the first release goes on: what is in it are orders, and all checks hold', async () => {
  const old = await createTestDatabase()
  const oldSql = postgres(old.url, { max: 1, onnotice: () => {} })
  try {
    await beginWith('0001_ledger.sql', old.url)
    await oldSql`
      insert into orders (id, marketplace, account, external_id, number, status, payment, version, attention, snapshot)
      select gen_random_uuid(), 'kuper', 'main', 'H' || n, 'KU-H' || n, 'delivered', 'paid', 1, '{}', '{}'
      from generate_series(1, 50) n`
    expect(await migrate(old.url)).toHaveLength(6)
    const subjects = await oldSql`select subject, count(*)::integer from orders group by subject`
    expect(subjects).toEqual([{ subject: 'order', count: 50 }])
    expect(await oldSql`select conname from pg_constraint where not convalidated`).toEqual([])
    await expect(oldSql`update orders set status = 'answered' where number = 'KU-H1'`).rejects.toThrow(
      /orders_subject_status_check/,
    )
  } finally {
    await oldSql.end()
    await old.drop()
  }
})

test('workers of the first release go on while it is brought up to date: nobody is caught in a deadlock', async () => {
  const old = await createTestDatabase()
  const oldSql = connect(old.url, 8)
  try {
    await beginWith('0001_ledger.sql', old.url)
    await oldSql`
      insert into orders (id, marketplace, account, external_id, number, status, payment, version, attention, snapshot)
      select gen_random_uuid(), 'kuper', 'main', 'H' || n, 'KU-H' || n, 'delivered', 'paid', 1, '{}', '{}'
      from generate_series(1, 100000) n`
    let isOver = false
    const work = async (run: () => Promise<unknown>) => {
      for (let round = 0; !isOver || round === 0; round++) await run()
    }
    const noRequest = { orderIds: [], lookups: [] }
    const workers = Promise.all([
      // They read the three tables in different orders.
      ...Array.from({ length: 3 }, () =>
        work(() => loadGroup(oldSql, { ...noRequest, dedupKeys: ['none'], effectIds: ['none'] })),
      ),
      ...Array.from({ length: 3 }, () =>
        work(() => claimEffects(oldSql, [{ effectId: 'none', leaseMs: 1_000 }], () => [])),
      ),
    ])
    try {
      await migrate(old.url)
    } finally {
      isOver = true
      await workers
    }
  } finally {
    await oldSql.end()
    await old.drop()
  }
})

test('a reader who takes his time delays a migration, and nobody else', async () => {
  const old = await createTestDatabase()
  const oldSql = connect(old.url, 2)
  const reader = postgres(old.url, { max: 1, onnotice: () => {} })
  try {
    await beginWith('0001_ledger.sql', old.url)
    await reader`begin`
    await reader`select from orders`
    await expect(migrate(old.url, 0)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /^migrate: 0002_yandex_market.sql does not get at its table: somebody keeps it locked/,
      ),
    })
    const migrated = migrate(old.url)
    // It is waiting, and somebody who came after it is through all the same.
    await eventually(async () => {
      const waiting = await reader`select from pg_locks where mode = 'AccessExclusiveLock' and not granted`
      expect(waiting).toHaveLength(1)
    })
    await loadGroup(oldSql, { orderIds: [], lookups: [], dedupKeys: [], effectIds: [] })
    await reader`commit`
    expect(await migrated).toHaveLength(6)
  } finally {
    await Promise.all([reader.end(), oldSql.end()])
    await old.drop()
  }
})

test('an index that was built before its migration, beside the work, is taken as it is', async () => {
  const old = await createTestDatabase()
  try {
    await beginWith('0001_ledger.sql', old.url)
    await runStatement(
      old.url,
      'create index concurrently orders_by_status on orders (status, created_at desc, id desc)',
    )
    expect(await migrate(old.url)).toContain('0007_orders_by_status.sql')
  } finally {
    await old.drop()
  }
})

test('the committed schema is what the migrations lead to (update with vitest -u)', async () => {
  await expect(await describeSchema(sql)).toMatchFileSnapshot('../schema.sql')
})

test('a migration that was edited after it had been applied is refused', async () => {
  await sql`update migrations set checksum = 'other' where number = 1`
  await expect(migrate(database.url)).rejects.toMatchObject({ code: 'migration-edited' })
})

/** A database as an older release left it. */
async function beginWith(name: string, databaseUrl: string): Promise<void> {
  const text = await readFile(new URL(`../migrations/${name}`, import.meta.url), 'utf8')
  const checksum = createHash('sha256').update(text).digest('hex')
  await runStatement(
    databaseUrl,
    `create table migrations (number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now());
    ${text};
    insert into migrations (number, name, checksum) values (${Number(name.slice(0, 4))}, '${name}', '${checksum}')`,
  )
}
