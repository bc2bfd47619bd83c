import { createTestDatabase, type TestDatabase } from '@sluice/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Sql } from './connect.ts'
import { describeSchema } from './describe-schema.ts'
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

test('the committed schema is what the migrations lead to (update with vitest -u)', async () => {
  await expect(await describeSchema(sql)).toMatchFileSnapshot('../schema.sql')
})

test('a migration that was edited after it had been applied is refused', async () => {
  await sql`update migrations set checksum = 'other' where number = 1`
  await expect(migrate(database.url)).rejects.toMatchObject({ code: 'migration-edited' })
})
