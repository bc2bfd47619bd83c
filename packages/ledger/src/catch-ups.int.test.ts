import { createTestDatabase, type TestDatabase } from '@sluice/testkit'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from './connect.ts'
import { createLedger, type Ledger } from './create-ledger.ts'
import { settingsFor } from './fake-core.ts'
import { migrate } from './migrate.ts'
import type { TakenCatchUp } from './take-catch-up.ts'

const hour = 3_600_000
let database: TestDatabase
let sql: Sql
let ledger: Ledger

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  sql = postgres(database.url, { max: 2, onnotice: () => {} })
  ledger = createLedger({ databaseUrl: database.url, settingsFor })
})

afterAll(async () => {
  await Promise.all([ledger.close(), sql.end()])
  await database.drop()
})

function take(subject: string, more: { dueAfterMs?: number; leaseMs?: number } = {}) {
  return ledger.takeCatchUp({ account: 'main', subject, dueAfterMs: hour, leaseMs: 60_000, ...more })
}

async function taken(subject: string): Promise<TakenCatchUp> {
  const found = await take(subject)
  if (!found) throw new Error(`${subject} was not due`)
  return found
}

const stateOf = async (subject: string) => (await ledger.listCatchUps()).find((one) => one.subject === subject)

/** As if so much time had passed. */
async function age(subject: string, ms: number): Promise<void> {
  await sql`
    update catch_ups set through = through - ${ms} * interval '1 millisecond',
      leased_until = leased_until - ${ms} * interval '1 millisecond', retry_at = retry_at - ${ms} * interval '1 millisecond'
    where subject = ${subject}`
}

test('the first run begins now, not in history, and of many who ask at once one gets it', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => take('first')))
  const [one, ...others] = answers.filter((answer) => answer !== undefined)
  expect(others).toEqual([])
  expect(one).toMatchObject({ account: 'main', subject: 'first', run: 1 })
  expect(one!.through).toEqual(one!.now)
  expect(Math.abs(Date.now() - one!.now.getTime())).toBeLessThan(60_000)
})

test('a list that was gone through is due again after its time, not before', async () => {
  await ledger.endCatchUp(await taken('regular'), { kind: 'complete' })
  expect(await take('regular')).toBeUndefined()
  expect(await take('regular', { dueAfterMs: 0 })).toMatchObject({ run: 2 })
  await ledger.endCatchUp({ ...(await stateOf('regular'))!, run: 2, now: new Date() }, { kind: 'complete' })
  await age('regular', hour)
  expect(await take('regular')).toMatchObject({ run: 3 })
})

test('how far a run has come is kept step by step and never goes back', async () => {
  const run = await taken('steps')
  const ahead = new Date(run.through.getTime() + 5_000)
  expect(await ledger.advanceCatchUp(run, { through: ahead, leaseMs: 60_000 })).toBe(true)
  expect(await ledger.advanceCatchUp(run, { through: run.through, leaseMs: 60_000 })).toBe(true)
  expect(await ledger.advanceCatchUp(run, { leaseMs: 60_000 })).toBe(true)
  expect((await stateOf('steps'))?.through).toEqual(ahead)
})

test('when its holder dies, the next one goes on where the run had come to, and the dead one can change nothing any more', async () => {
  const dead = await taken('died')
  const far = new Date(dead.through.getTime() + 1_000)
  await ledger.advanceCatchUp(dead, { through: far, leaseMs: 60_000 })
  expect(await take('died')).toBeUndefined()
  await age('died', 61_000)
  const next = await taken('died')
  expect(next).toMatchObject({ run: 2, through: new Date(far.getTime() - 61_000) })
  expect(await ledger.advanceCatchUp(dead, { through: new Date(), leaseMs: 60_000 })).toBe(false)
  await ledger.endCatchUp(dead, { kind: 'complete' })
  expect(await stateOf('died')).toMatchObject({ isRunning: true, through: next.through })
})

test('a run that broke keeps its place, says why, and is tried again when its time has come', async () => {
  const run = await taken('broken')
  await ledger.endCatchUp(run, { kind: 'broken', error: `no token\0${'!'.repeat(9_000)}`, retryInMs: 5_000 })
  expect(await stateOf('broken')).toMatchObject({
    lastError: expect.stringMatching(/^no token\ufffd!+$/),
    retryAt: expect.any(Date),
    isRunning: false,
    through: run.through,
  })
  expect(await take('broken', { dueAfterMs: 0 })).toBeUndefined()
  await age('broken', 5_000)
  const again = await taken('broken')
  expect(await stateOf('broken')).toMatchObject({ lastError: expect.stringContaining('no token'), isRunning: true })
  await ledger.endCatchUp(again, { kind: 'complete' })
  expect(await stateOf('broken')).toMatchObject({ lastError: null, retryAt: null, isRunning: false })
})

test('a run that was stopped with its process is free for another at once', async () => {
  await ledger.endCatchUp(await taken('stopped'), { kind: 'stopped' })
  expect(await take('stopped')).toMatchObject({ run: 2 })
})

test('accounts do not wait for each other', async () => {
  await taken('shared')
  const request = { account: 'other', subject: 'shared', dueAfterMs: hour, leaseMs: 1_000 }
  expect(await ledger.takeCatchUp(request)).toMatchObject({ account: 'other', run: 1 })
})
