import type { ResultEvent, Step } from '@sluice/orders'
import { createTestDatabase, type TestDatabase } from '@sluice/testkit'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from './connect.ts'
import { createLedger, type Ledger } from './create-ledger.ts'
import { fakeApply, fullRef, noted, requestOf, type Script, settingsFor } from './fake-core.ts'
import { migrate } from './migrate.ts'
import { orderIdOf } from './order-id.ts'
import type { AttemptEvidence, ClaimedEffect } from './write-request.ts'

const minute = 60_000
let database: TestDatabase
let sql: Sql
let ledger: Ledger
let other: Ledger

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  sql = postgres(database.url, { max: 4, onnotice: () => {} })
  const options = { databaseUrl: database.url, settingsFor, apply: fakeApply }
  ledger = createLedger(options)
  other = createLedger(options)
})

afterAll(async () => {
  await Promise.all([ledger.close(), other.close(), sql.end()])
  await database.drop()
})

const evidence: AttemptEvidence = { at: '2025-03-01T10:00:00.000Z', durationMs: 12, outcome: 'done', httpStatus: 200 }
const again: Step = { kind: 'again', delayMs: minute, detail: '503' }
const wait: Step = { kind: 'wait', delayMs: minute, detail: 'breaker-open' }

function done(key: string): Step {
  return { kind: 'done', event: { type: 'stock.released', key } }
}

function dead(key: string): Step {
  const event: ResultEvent = { type: 'effect.died', key, reason: 'refused 400' }
  return { kind: 'dead', event, fault: 'theirs', error: 'refused 400' }
}

/** Records an order that owes these effects; returns the id of one by its seq. */
async function plan(name: string, ...effects: NonNullable<Script['plan']>) {
  await ledger.record(requestOf(fullRef(name), `${name}-plan`, noted({ plan: effects })))
  return (seq: number) => `${orderIdOf(`KU-${name}`)}.${seq}`
}

async function claim(effectId: string, by = ledger): Promise<ClaimedEffect> {
  const claimed = await by.claim(effectId, minute)
  if (claimed.kind !== 'claimed') throw new Error(`${effectId} is ${claimed.kind}`)
  return claimed.effect
}

async function rowOf(effectId: string) {
  const [row] = await sql`
    select status, attempts, revivals, was_unclear as "wasUnclear", leased_until is not null as "isLeased",
      not_before > now() + interval '30 seconds' as "isLater", first_attempt_at is not null as "wasTried",
      (select count(*)::integer from attempts a where a.effect_id = e.id) as "attemptRows"
    from effects e where id = ${effectId}`
  return row
}

const loseLease = (effectId: string) =>
  sql`update effects set leased_until = now() - interval '1 second' where id = ${effectId}`
const comeDue = (effectId: string) => sql`update effects set not_before = now() where id = ${effectId}`

test('timers wait for nobody: one that is due is not behind one that is not', async () => {
  const id = await plan('timers', { key: 'later', lane: 'deadline', delayMs: minute }, { key: 'now', lane: 'deadline' })
  const due = await ledger.listDueHeads({ olderThanMs: 0, limit: 1_000 })
  expect(due.map(({ effectId }) => effectId).filter((effectId) => [id(1), id(2)].includes(effectId))).toEqual([id(2)])
  expect((await claim(id(2))).key).toBe('now')
  expect(await ledger.claim(id(1), minute)).toMatchObject({ kind: 'not-due' })
})

test('a claim answers the effect with its order, and counts the attempt', async () => {
  const id = await plan('claim', { key: 'a' })
  const effect = await claim(id(1))
  expect(effect).toMatchObject({
    effectId: id(1),
    seq: 1,
    key: 'a',
    kind: 'release-stock',
    lane: 'stock',
    payload: { reason: 'a' },
    idempotencyKey: 'KU-claim/a',
    attempt: 1,
    ageMs: 0,
    wasUnclear: false,
    revivals: 0,
    order: { ref: { number: 'KU-claim' }, version: 1 },
  })
  expect(Math.abs(Date.parse(effect.firstAttemptAt) - Date.now())).toBeLessThan(minute)
})

test("the age of an effect counts from its first attempt, by the database's clock, and anew once it is revived", async () => {
  const id = await plan('age', { key: 'a' })
  const first = await claim(id(1))
  await ledger.settle(first, again, evidence)
  await comeDue(id(1))
  await sql`update effects set first_attempt_at = now() - interval '1 hour' where id = ${id(1)}`
  const second = await claim(id(1))
  expect(second).toMatchObject({ attempt: 2, ageMs: expect.closeTo(60 * minute, -5) })
  await ledger.settle(second, dead('a'), evidence)
  const [letter] = await sql<{ id: string }[]>`select id from dead_letters where effect_id = ${id(1)}`
  await ledger.reviveEffect(letter!.id, 'operator')
  expect(await claim(id(1))).toMatchObject({ attempt: 1, ageMs: 0 })
})

test('of many claims at once, in two processes, one gets the effect and the others are told to wait', async () => {
  const id = await plan('race', { key: 'a' })
  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, at) => (at % 2 ? ledger : other).claim(id(1), minute)),
  )
  expect(claims.filter((result) => result.kind === 'claimed')).toHaveLength(1)
  const others = claims.filter((result) => result.kind !== 'claimed')
  for (const result of others) expect(result).toMatchObject({ kind: 'leased', waitMs: expect.any(Number) })
  expect(await rowOf(id(1))).toMatchObject({ attempts: 1 })
})

test('a claim that fails says why', async () => {
  const id = await plan('why', { key: 'a' }, { key: 'b' }, { key: 'n', lane: 'news', delayMs: minute })
  await claim(id(1))
  expect(await ledger.claim(id(1), minute)).toEqual({ kind: 'leased', waitMs: expect.any(Number) })
  expect(await ledger.claim(id(2), minute)).toEqual({ kind: 'behind' })
  const notDue = await ledger.claim(id(3), minute)
  expect(notDue.kind === 'not-due' && notDue.waitMs > 0 && notDue.waitMs <= minute).toBe(true)
  expect(await ledger.claim(id(4), minute)).toEqual({ kind: 'unknown' })
  expect(await ledger.claim('nonsense', minute)).toEqual({ kind: 'unknown' })
})

test('effects of a lane are claimed one after another, and another lane does not wait', async () => {
  const id = await plan('lane', { key: 'a' }, { key: 'b' }, { key: 'n', lane: 'news' })
  const first = await claim(id(1))
  await claim(id(3))
  expect(await ledger.claim(id(2), minute)).toEqual({ kind: 'behind' })
  const { heads } = await ledger.settle(first, done('a'), evidence)
  expect(heads.map((head) => head.effectId)).toEqual([id(2), id(3)])
  await claim(id(2))
})

test('an effect that waits for its next try still comes before the later ones of its lane', async () => {
  const id = await plan('order', { key: 'a' }, { key: 'b' })
  await ledger.settle(await claim(id(1)), again, evidence)
  expect(await ledger.claim(id(2), minute)).toEqual({ kind: 'behind' })
})

test('a dead effect blocks its lane, not another; one that does not block lets its lane go on', async () => {
  const id = await plan(
    'dead',
    { key: 'a' },
    { key: 'b' },
    { key: 'n', lane: 'news', isBlocking: false },
    { key: 'm', lane: 'news' },
  )
  const blocked = await ledger.settle(await claim(id(1)), dead('a'), evidence)
  expect(blocked.heads.map((head) => head.effectId)).toEqual([id(3)])
  expect(await ledger.claim(id(2), minute)).toEqual({ kind: 'behind' })
  const passed = await ledger.settle(await claim(id(3)), dead('n'), evidence)
  expect(passed.heads.map((head) => head.effectId)).toEqual([id(4)])
  await claim(id(4))
})

test('done: effect, attempt and result event are saved together; settling twice changes nothing', async () => {
  const id = await plan('done', { key: 'a' }, { key: 'b' })
  const effect = await claim(id(1))
  const results = await Promise.all([
    ledger.settle(effect, done('a'), evidence),
    ledger.settle(effect, done('a'), evidence),
    other.settle(effect, done('a'), evidence),
  ])
  for (const { heads } of results) expect(heads).toEqual([{ effectId: id(2), kind: 'release-stock', revivals: 0 }])
  expect(await rowOf(id(1))).toMatchObject({ status: 'done', isLeased: false, attemptRows: 1 })
  const events =
    await sql`select type, name, source, dedup_key from events where order_id = ${orderIdOf('KU-done')} and seq > 1`
  expect(events).toEqual([
    { type: 'stock.released', name: 'stock.released', source: 'effect', dedup_key: `fx:${id(1)}:0:1` },
  ])
})

test('who finds its effect settled gets the heads that may not have been enqueued', async () => {
  const id = await plan('settled', { key: 'a' }, { key: 'b' })
  await ledger.settle(await claim(id(1)), done('a'), evidence)
  expect(await other.claim(id(1), minute)).toEqual({
    kind: 'settled',
    heads: [{ effectId: id(2), kind: 'release-stock', revivals: 0 }],
  })
})

test('again: the attempt is kept and counts, the effect waits; wait: no try is used up and nothing is kept', async () => {
  const id = await plan('again', { key: 'a' })
  const first = await claim(id(1))
  expect(await ledger.settle(first, wait, evidence)).toEqual({ heads: [] })
  expect(await rowOf(id(1))).toMatchObject({
    attempts: 0,
    wasTried: false,
    isLeased: false,
    isLater: true,
    attemptRows: 0,
  })
  await ledger.settle(first, wait, evidence)
  expect(await rowOf(id(1))).toMatchObject({ attempts: 0 })

  await comeDue(id(1))
  const second = await claim(id(1))
  expect(second).toMatchObject({ attempt: 1, wasUnclear: false })
  await ledger.settle(second, again, evidence)
  await ledger.settle(second, again, evidence)
  const waiting = { status: 'waiting', attempts: 1, wasTried: true, isLeased: false, isLater: true, attemptRows: 1 }
  expect(await rowOf(id(1))).toMatchObject(waiting)
  const notDue = await ledger.claim(id(1), minute)
  expect(notDue.kind).toBe('not-due')

  await comeDue(id(1))
  expect(await claim(id(1))).toMatchObject({ attempt: 2, firstAttemptAt: second.firstAttemptAt })
})

test('an unclear attempt stays unclear through later ones that are clear', async () => {
  const id = await plan('unclear', { key: 'a' })
  await ledger.settle(await claim(id(1)), again, { ...evidence, isUnclear: true })
  await comeDue(id(1))
  const second = await claim(id(1))
  expect(second.wasUnclear).toBe(true)
  await ledger.settle(second, again, { ...evidence, isUnclear: false })
  await comeDue(id(1))
  expect((await claim(id(1))).wasUnclear).toBe(true)
})

test('a lease that ran out makes the earlier attempt unclear; its late success is still recorded', async () => {
  const id = await plan('late', { key: 'a' })
  const first = await claim(id(1))
  await loseLease(id(1))
  const second = await claim(id(1), other)
  expect(second).toMatchObject({ attempt: 2, wasUnclear: true })

  await ledger.settle(first, done('a'), evidence)
  expect(await rowOf(id(1))).toMatchObject({ status: 'done', attemptRows: 1 })
  await other.settle(second, done('a'), evidence)
  expect(await rowOf(id(1))).toMatchObject({ status: 'done', attemptRows: 2 })
  const events = await sql`select dedup_key from events where dedup_key like ${`fx:${id(1)}:%`} order by seq`
  expect(events.map((row) => row.dedup_key)).toEqual([`fx:${id(1)}:0:1`, `fx:${id(1)}:0:2`])
})

test('an attempt that lost its lease neither postpones nor kills what a newer one is doing', async () => {
  const id = await plan('fence', { key: 'a' })
  const first = await claim(id(1))
  await loseLease(id(1))
  const second = await claim(id(1), other)
  await ledger.settle(first, again, evidence)
  await ledger.settle(first, wait, evidence)
  await ledger.settle(first, dead('a'), evidence)
  expect(await rowOf(id(1))).toMatchObject({ status: 'waiting', attempts: 2, isLeased: true, isLater: false })
  expect(await ledger.listDeadLetters({ limit: 10 })).not.toContainEqual(
    expect.objectContaining({ orderNumber: 'KU-fence' }),
  )
  await other.settle(second, done('a'), evidence)
  expect(await rowOf(id(1))).toMatchObject({ status: 'done' })
})

test('dead: a letter with fault, error and fingerprint; reviving gives all tries back, a second click changes nothing', async () => {
  const id = await plan('revive', { key: 'a' }, { key: 'b' })
  await ledger.settle(await claim(id(1)), again, evidence)
  await comeDue(id(1))
  const second = await claim(id(1))
  await ledger.settle(second, dead('a'), evidence)
  expect(await ledger.countOpenDeadLetters()).toBeGreaterThan(0)
  const [letter] = await ledger.listDeadLetters({ status: 'open', limit: 1 })
  expect(letter).toMatchObject({
    orderNumber: 'KU-revive',
    effect: { id: id(1), kind: 'release-stock', lane: 'stock', key: 'a', isBlocking: true },
    payload: { reason: 'a' },
    fault: 'theirs',
    error: 'refused 400',
    attempts: 2,
    firstFailedAt: new Date(second.firstAttemptAt),
    fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
  })

  const clicks = await Promise.all([
    ledger.reviveEffect(letter!.id, 'anna'),
    ledger.reviveEffect(letter!.id, 'boris'),
    other.reviveEffect(letter!.id, 'boris'),
  ])
  const head = { effectId: id(1), kind: 'release-stock', revivals: 1 }
  expect(clicks.filter((click) => click.kind === 'revived')).toHaveLength(1)
  for (const click of clicks) expect(click).toMatchObject({ heads: [head] })
  expect(await rowOf(id(1))).toMatchObject({ status: 'waiting', attempts: 0, revivals: 1, wasTried: false })
  expect((await ledger.listDeadLetters({ id: letter!.id, limit: 1 }))[0]).toMatchObject({
    status: 'replayed',
    resolvedBy: expect.stringMatching(/anna|boris/),
  })

  const third = await claim(id(1))
  expect(third).toMatchObject({ attempt: 1, revivals: 1 })
  await ledger.settle(third, dead('a'), evidence)
  const [next] = await ledger.listDeadLetters({ status: 'open', limit: 1 })
  expect(next?.id).not.toBe(letter!.id)
  expect(await rowOf(id(1))).toMatchObject({ status: 'dead', attemptRows: 3 })
  await ledger.reviveEffect(next!.id, 'anna')
  await ledger.settle(await claim(id(1)), done('a'), evidence)
  expect(await rowOf(id(1))).toMatchObject({ status: 'done', revivals: 2, attemptRows: 4 })
})

test('an effect that its order took back during an attempt that tried nothing is not performed any more', async () => {
  const id = await plan('moot', { key: 'a' }, { key: 'b' })
  const effect = await claim(id(1))
  await ledger.record(requestOf(fullRef('moot'), 'moot-drop', noted({ drop: [1] })))
  await ledger.settle(effect, wait, evidence)
  await comeDue(id(1))
  expect(await ledger.claim(id(1), minute)).toMatchObject({ kind: 'settled', heads: [{ effectId: id(2) }] })
  expect(await rowOf(id(1))).toMatchObject({ status: 'dropped', attempts: 0, attemptRows: 0 })
})

test('an attempt that ends in the same tick in which its order takes the effect back is postponed, not lost', async () => {
  const id = await plan('both', { key: 'a' })
  const effect = await claim(id(1))
  await Promise.all([
    ledger.record(requestOf(fullRef('both'), 'both-drop', noted({ drop: [1] }))),
    ledger.settle(effect, again, evidence),
  ])
  expect(await rowOf(id(1))).toMatchObject({ status: 'waiting', isLeased: false, isLater: true, attemptRows: 1 })
})

test('death and late success of one effect in one tick end as done, without an open letter', async () => {
  const id = await plan('both-ways', { key: 'a' })
  const first = await claim(id(1))
  await loseLease(id(1))
  const second = await claim(id(1))
  await Promise.all([ledger.settle(second, dead('a'), evidence), ledger.settle(first, done('a'), evidence)])
  expect(await rowOf(id(1))).toMatchObject({ status: 'done', attemptRows: 2 })
  const open = await ledger.listDeadLetters({ status: 'open', limit: 100 })
  expect(open.filter((letter) => letter.orderNumber === 'KU-both-ways')).toEqual([])
})

/** Letters of an order, as the person on call finds them. */
async function lettersOf(number: string) {
  const letters = await ledger.listDeadLetters({ limit: 1_000 })
  return letters.filter((letter) => letter.orderNumber === number).map(({ status, resolvedBy }) => [status, resolvedBy])
}

const takeBack = (name: string, by = ledger) =>
  by.record(requestOf(fullRef(name), `${name}-drop`, noted({ drop: [1] })))

test('a dead effect that its order takes back blocks its lane no longer, and its letter is closed', async () => {
  const id = await plan('dead-drop', { key: 'a' }, { key: 'b' })
  await ledger.settle(await claim(id(1)), again, evidence)
  await comeDue(id(1))
  await ledger.settle(await claim(id(1)), dead('a'), evidence)
  expect(await lettersOf('KU-dead-drop')).toEqual([['open', null]])
  const taken = await takeBack('dead-drop')
  expect(taken).toMatchObject({ kind: 'recorded', heads: [{ effectId: id(2) }] })
  expect(await rowOf(id(1))).toMatchObject({ status: 'dropped', isLeased: false, attemptRows: 2 })
  expect(await lettersOf('KU-dead-drop')).toEqual([['discarded', 'ledger']])
  expect(await claim(id(2))).toMatchObject({ key: 'b', attempt: 1 })
})

test('an effect that dies after its order took it back blocks nothing and calls for nobody', async () => {
  const id = await plan('drop-dead', { key: 'a' }, { key: 'b' })
  const effect = await claim(id(1))
  await takeBack('drop-dead', other)
  expect(await rowOf(id(1))).toMatchObject({ status: 'waiting', isLeased: true })
  expect(await ledger.claim(id(2), minute)).toEqual({ kind: 'behind' })
  const { heads } = await ledger.settle(effect, dead('a'), evidence)
  expect(heads.map((head) => head.effectId)).toEqual([id(2)])
  expect(await rowOf(id(1))).toMatchObject({ status: 'dropped', isLeased: false, attemptRows: 1 })
  expect(await lettersOf('KU-drop-dead')).toEqual([])
  await claim(id(2))
})

test('an effect that succeeds after its order took it back is done', async () => {
  const id = await plan('drop-done', { key: 'a' }, { key: 'b' })
  const effect = await claim(id(1))
  await takeBack('drop-done')
  const { heads } = await ledger.settle(effect, done('a'), evidence)
  expect(heads.map((head) => head.effectId)).toEqual([id(2)])
  expect(await rowOf(id(1))).toMatchObject({ status: 'done', attemptRows: 1 })
})

test.each(['died first', 'taken back first'])(
  'an effect that dies in the same tick in which its order takes it back is dropped, without a letter (%s)',
  async (which) => {
    const name = which.replaceAll(' ', '-')
    const id = await plan(name, { key: 'a' }, { key: 'b' })
    const effect = await claim(id(1))
    const requests = [() => ledger.settle(effect, dead('a'), evidence), () => takeBack(name)]
    if (which === 'taken back first') requests.reverse()
    await Promise.all(requests.map((ask) => ask()))
    expect(await rowOf(id(1))).toMatchObject({ status: 'dropped', isLeased: false, attemptRows: 1 })
    expect(await lettersOf(`KU-${name}`)).toEqual([])
    await claim(id(2))
  },
)

test('the death of an older attempt does not drop what a newer one is doing', async () => {
  const id = await plan('older-death', { key: 'a' })
  const first = await claim(id(1))
  await loseLease(id(1))
  const second = await claim(id(1), other)
  await Promise.all([takeBack('older-death'), ledger.settle(first, dead('a'), evidence)])
  expect(await rowOf(id(1))).toMatchObject({ status: 'waiting', isLeased: true })
  await other.settle(second, done('a'), evidence)
  expect(await rowOf(id(1))).toMatchObject({ status: 'done' })
})

test('an effect that was tried and revived is not dropped', async () => {
  const id = await plan('keep', { key: 'a' })
  await ledger.settle(await claim(id(1)), dead('a'), evidence)
  const [letter] = await ledger.listDeadLetters({ status: 'open', limit: 1 })
  await ledger.reviveEffect(letter!.id, 'anna')
  await ledger.record(requestOf(fullRef('keep'), 'keep-drop', noted({ drop: [1] })))
  expect(await rowOf(id(1))).toMatchObject({ status: 'waiting' })
})

test('the success of an attempt that was given up undoes the death and closes the letter', async () => {
  const id = await plan('undead', { key: 'a' }, { key: 'b' })
  const first = await claim(id(1))
  await loseLease(id(1))
  await ledger.settle(await claim(id(1)), dead('a'), evidence)
  const [letter] = await ledger.listDeadLetters({ status: 'open', limit: 1 })
  const { heads } = await ledger.settle(first, done('a'), evidence)
  expect(heads.map((head) => head.effectId)).toEqual([id(2)])
  expect(await rowOf(id(1))).toMatchObject({ status: 'done' })
  expect((await ledger.listDeadLetters({ id: letter!.id, limit: 1 }))[0]).toMatchObject({
    status: 'discarded',
    resolvedBy: 'ledger',
  })
})

test('reviving what is no effect, or was discarded, does nothing', async () => {
  const id = await plan('nothing', { key: 'a' })
  await ledger.settle(await claim(id(1)), dead('a'), evidence)
  const [letter] = await ledger.listDeadLetters({ status: 'open', limit: 1 })
  expect(await ledger.markDiscarded(letter!.id, 'anna', 'settled by phone')).toBe(true)
  expect(await ledger.markDiscarded(letter!.id, 'anna', 'settled by phone')).toBe(false)
  expect(await ledger.reviveEffect(letter!.id, 'anna')).toEqual({ kind: 'already-resolved', heads: [] })
  expect(await ledger.reviveEffect('999999', 'anna')).toEqual({ kind: 'unknown' })
})

test('a drop and a claim at the same moment: either it is dropped, or it is attempted and stays', async () => {
  for (let round = 0; round < 20; round++) {
    const name = `tie-${round}`
    const id = await plan(name, { key: 'a' })
    const [claimed] = await Promise.all([
      other.claim(id(1), minute),
      ledger.record(requestOf(fullRef(name), `${name}-drop`, noted({ drop: [1] }))),
    ])
    const row = await rowOf(id(1))
    expect(row?.status).toBe(claimed.kind === 'claimed' ? 'waiting' : 'dropped')
  }
})

test('many results and events of one tick are settled together, each right', async () => {
  const names = Array.from({ length: 30 }, (_, at) => `many-${at}`)
  const ids = await Promise.all(names.map((name) => plan(name, { key: 'a' }, { key: 'b' })))
  const claimed = await Promise.all(ids.map((id) => claim(id(1))))
  await Promise.all([
    ...claimed.map((effect, at) => ledger.settle(effect, [done('a'), again, dead('a')][at % 3]!, evidence)),
    ...names.map((name) => ledger.record(requestOf(fullRef(name), `${name}-2`))),
  ])
  const rows = await Promise.all(ids.map((id) => rowOf(id(1))))
  expect(rows.map((row) => row?.status)).toEqual(names.map((_, at) => ['done', 'waiting', 'dead'][at % 3]))
  const versions = await Promise.all(names.map(async (name) => (await ledger.findOrderByNumber(`KU-${name}`))?.version))
  expect(versions).toEqual(names.map((_, at) => (at % 3 === 1 ? 2 : 3)))
})
