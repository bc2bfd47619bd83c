import { laneHeads } from '@sluice/orders'
import { createTcpProxy, createTestDatabase, eventually, type TestDatabase } from '@sluice/testkit'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowLockTimeoutMs, type Sql } from './connect.ts'
import { createLedger, type Ledger } from './create-ledger.ts'
import { fakeApply, fullRef, noted, requestOf, settingsFor } from './fake-core.ts'
import { migrate } from './migrate.ts'
import { orderIdOf } from './order-id.ts'
import { createWriter } from './write-group.ts'

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

const writerOptions = { maxGroup: 100, groupsInFlight: 1, apply: fakeApply, laneHeads, settingsFor }

async function eventsOf(number: string) {
  return sql<{ seq: number; dedupKey: string; verdict: string }[]>`
    select seq, dedup_key as "dedupKey", verdict from events where order_id = ${orderIdOf(number)} order by seq`
}

test('the first event creates the order, saves its effects and answers the lane heads', async () => {
  const event = noted({
    plan: [{ key: 'a' }, { key: 'b' }, { key: 'c', lane: 'news', delayMs: 60_000 }],
    attention: 'x',
  })
  const result = await ledger.record(requestOf(fullRef('first', { externalUuid: 'shop:u-1' }), 'first-1', event))
  const id = orderIdOf('KU-first')
  expect(result).toEqual({
    kind: 'recorded',
    orderId: id,
    version: 1,
    verdict: 'applied',
    heads: [
      { effectId: `${id}.1`, kind: 'release-stock', revivals: 0 },
      { effectId: `${id}.3`, kind: 'tell-back-office', revivals: 0, delayMs: 60_000 },
    ],
  })
  const [order] = await sql`select number, external_uuid, version, status, attention from orders where id = ${id}`
  expect(order).toEqual({
    number: 'KU-first',
    external_uuid: 'u-1',
    version: 1,
    status: 'announced',
    attention: ['effect-dead'],
  })
  const effects = await sql`select key, status, idempotency_key from effects where order_id = ${id} order by seq`
  expect(effects.map((row) => row.idempotency_key)).toEqual(['KU-first/a', 'KU-first/b', 'KU-first/c'])
  const [event1] =
    await sql`select name, type, source, occurred_at, received_at, payload from events where order_id = ${id}`
  expect(event1).toEqual({
    name: 'test.marketplace.noted',
    type: 'marketplace.noted',
    source: 'marketplace',
    occurred_at: new Date('2025-03-01T10:00:00Z'),
    received_at: new Date('2025-03-01T10:00:01.250Z'),
    payload: event,
  })
})

test('the same event again changes nothing and answers the heads the order has now', async () => {
  const request = requestOf(fullRef('twice'), 'twice-1', noted({ plan: [{ key: 'a', delayMs: 60_000 }] }))
  const first = await ledger.record(request)
  await ledger.record(requestOf(fullRef('twice'), 'twice-2', noted({ plan: [{ key: 'n', lane: 'news' }] })))
  const again = await other.record(request)
  expect(again).toMatchObject({ kind: 'duplicate', version: 1, verdict: 'applied' })
  expect('heads' in again && again.heads).toMatchObject([
    { effectId: `${orderIdOf('KU-twice')}.1`, delayMs: expect.any(Number) },
    { effectId: `${orderIdOf('KU-twice')}.2` },
  ])
  expect(first).toMatchObject({ kind: 'recorded' })
  expect(await eventsOf('KU-twice')).toHaveLength(2)
})

test('the same event 50 times at once, in two processes, is one event', async () => {
  const request = requestOf(fullRef('fifty'), 'fifty-1', noted({ plan: [{ key: 'a' }] }))
  const results = await Promise.all(Array.from({ length: 50 }, (_, at) => (at % 2 ? ledger : other).record(request)))
  expect(results.filter((result) => result.kind === 'recorded')).toHaveLength(1)
  expect(results.filter((result) => result.kind === 'duplicate')).toHaveLength(49)
  for (const result of results) expect(result).toMatchObject({ version: 1, heads: [{ kind: 'release-stock' }] })
  expect(await eventsOf('KU-fifty')).toHaveLength(1)
})

test('parallel events of one order from two processes all land, with consecutive seq and nothing overwritten', async () => {
  const results = await Promise.all(
    Array.from({ length: 120 }, (_, at) => {
      const event = noted({ plan: [{ key: `k${at}`, lane: 'news' }] })
      return (at % 2 ? ledger : other).record(requestOf(fullRef('hot'), `hot-${at}`, event))
    }),
  )
  const versions = results.map((result) => ('version' in result ? result.version : 0)).sort((a, b) => a - b)
  expect(versions).toEqual(Array.from({ length: 120 }, (_, at) => at + 1))
  expect((await eventsOf('KU-hot')).map((row) => row.seq)).toEqual(versions)
  const order = await ledger.findOrderByNumber('KU-hot')
  expect(order?.version).toBe(120)
  expect(Object.keys(order?.effects ?? {})).toHaveLength(120)
  const [{ count }] = await sql<[{ count: number }]>`
    select count(*)::integer as count from effects where order_id = ${orderIdOf('KU-hot')}`
  expect(count).toBe(120)
})

test('many orders from two processes that meet in their groups in any order do not deadlock', async () => {
  const numbers = Array.from({ length: 60 }, (_, at) => `meet-${at}`)
  for (let round = 0; round < 3; round++) {
    const results = await Promise.all([
      ...numbers.map((id) => ledger.record(requestOf(fullRef(id), `a-${round}-${id}`))),
      ...numbers.toReversed().map((id) => other.record(requestOf(fullRef(id), `b-${round}-${id}`))),
    ])
    expect(results.every((result) => result.kind === 'recorded')).toBe(true)
  }
  const [{ wrong }] = await sql<[{ wrong: number }]>`
    select count(*)::integer as wrong from orders where number like 'KU-meet-%' and version <> 6`
  expect(wrong).toBe(0)
})

test('one bad event of a group fails alone: a decision that throws, a row the database refuses, a number of another account', async () => {
  const results = await Promise.allSettled([
    ledger.record(requestOf(fullRef('group-1'), 'group-1')),
    ledger.record(requestOf(fullRef('group-2'), 'group-2', noted({ throws: 'no idea' }))),
    ledger.record(requestOf(fullRef('group-2'), 'group-2b')),
    ledger.record(requestOf(fullRef('group-3'), 'group-3', noted({ verdict: 'nonsense' }))),
    ledger.record(requestOf(fullRef('group-3'), 'group-3b')),
    ledger.record(requestOf({ ...fullRef('first'), account: 'other' }, 'group-4')),
    ...Array.from({ length: 20 }, (_, at) => ledger.record(requestOf(fullRef(`group-9${at}`), `group-9${at}`))),
  ])
  expect(results.map((result) => result.status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    ...Array.from({ length: 20 }, () => 'fulfilled'),
  ])
  expect(results[1]).toMatchObject({ reason: { code: 'refused', message: expect.stringContaining('no idea') } })
  expect(results[3]).toMatchObject({
    reason: { code: 'refused', message: expect.stringContaining('events_verdict_check') },
  })
  expect(results[5]).toMatchObject({
    reason: { code: 'refused', message: expect.stringContaining('belongs to kuper main') },
  })
  expect(await eventsOf('KU-group-3')).toEqual([{ seq: 1, dedupKey: 'group-3b', verdict: 'applied' }])
})

test('what the database says about a refused row does not quote the row', async () => {
  const request = requestOf(fullRef('private'), 'private-1', noted({ verdict: 'nonsense', attention: 'Ivan Petrov' }))
  const err = await ledger.record(request).catch((reason: unknown) => reason)
  expect(JSON.stringify(err, Object.getOwnPropertyNames(Object(err)))).not.toContain('Petrov')
  expect(JSON.stringify((err as Error).cause)).not.toContain('Petrov')
})

test('an event that only names an order finds it by number, id or UUID, and creates none', async () => {
  const account = { marketplace: 'kuper', account: 'main' }
  const missing = await Promise.all([
    ledger.record(requestOf({ ...account, number: 'KU-nobody' }, 'find-1')),
    ledger.record(requestOf({ ...account, externalUuid: 'u-nobody' }, 'find-2')),
  ])
  expect(missing).toEqual([{ kind: 'unknown-order' }, { kind: 'unknown-order' }])

  const found = await Promise.all([
    ledger.record(requestOf(fullRef('find', { externalUuid: 'u-find' }), 'find-3')),
    ledger.record(requestOf({ ...account, externalUuid: 'shop:u-find' }, 'find-4')),
  ])
  expect(found).toMatchObject([{ version: 1 }, { version: 2 }])
  const later = [{ number: 'KU-find' }, { externalUuid: 'other:u-find' }, { externalId: 'find' }]
  const results = await Promise.all(
    later.map((ref, at) => other.record(requestOf({ ...account, ...ref }, `find-5-${at}`))),
  )
  expect(results.map((result) => result.kind)).toEqual(['recorded', 'recorded', 'recorded'])
  expect(await eventsOf('KU-find')).toHaveLength(5)
})

test('an order learns its UUID from a later event', async () => {
  await ledger.record(requestOf(fullRef('learn'), 'learn-1'))
  await ledger.record(requestOf(fullRef('learn', { externalUuid: 'shop:u-learn' }), 'learn-2'))
  const result = await ledger.record(
    requestOf({ marketplace: 'kuper', account: 'main', externalUuid: 'u-learn' }, 'learn-3'),
  )
  expect(result).toMatchObject({ kind: 'recorded', orderId: orderIdOf('KU-learn'), version: 3 })
})

test('a connection that is cut mid-statement loses nothing, and asking again succeeds', async () => {
  await ledger.record(requestOf(fullRef('cut'), 'cut-1'))
  const blocker = await sql.reserve()
  await blocker`begin`
  await blocker`select from orders where number = 'KU-cut' for update`
  const request = requestOf(fullRef('cut'), 'cut-2', noted({ plan: [{ key: 'a' }] }))
  const failed = expect(ledger.record(request)).rejects.toMatchObject({ code: 'unavailable' })
  await eventually(async () => {
    const killed = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%for no key update%'`
    expect(killed.length).toBe(1)
  })
  await failed
  await blocker`rollback`
  blocker.release()
  expect(await eventsOf('KU-cut')).toHaveLength(1)
  expect(await ledger.record(request)).toMatchObject({
    kind: 'recorded',
    version: 2,
    heads: [{ kind: 'release-stock' }],
  })
})

test('an effect is dropped only when it was never attempted', async () => {
  const ref = fullRef('drop')
  await ledger.record(
    requestOf(ref, 'drop-1', noted({ plan: [{ key: 'a' }, { key: 'b' }, { key: 'n', lane: 'news' }] })),
  )
  const id = orderIdOf('KU-drop')
  expect(await ledger.claim(`${id}.1`, 60_000)).toMatchObject({ kind: 'claimed' })
  await ledger.record(requestOf(ref, 'drop-2', noted({ drop: [1, 2] })))
  const statuses = async () =>
    (await sql`select status from effects where order_id = ${id} order by seq`).map((r) => r.status)
  expect(await statuses()).toEqual(['waiting', 'dropped', 'waiting'])
})

test('an effect that is decided and taken back within one group is saved as dropped', async () => {
  const ref = fullRef('back')
  const results = await Promise.all([
    ledger.record(requestOf(ref, 'back-1', noted({ plan: [{ key: 'a' }] }))),
    ledger.record(requestOf(ref, 'back-2', noted({ drop: [1] }))),
  ])
  expect(results).toMatchObject([{ heads: [] }, { heads: [] }])
  const [effect] = await sql`select status, settled_at from effects where order_id = ${orderIdOf('KU-back')}`
  expect(effect).toEqual({ status: 'dropped', settled_at: expect.any(Date) })
})

test('U+001D of a marking code is kept, NUL is replaced, also in keys that are looked up', async () => {
  const code = '010460\u001d21abc'
  const request = requestOf(fullRef('nul\0'), 'nul\0-1', noted({ plan: [{ key: 'a', note: `${code}\0` }] }))
  expect(await ledger.record(request)).toMatchObject({ kind: 'recorded' })
  expect(await ledger.record(request)).toMatchObject({ kind: 'duplicate' })
  const [effect] = await sql`select payload from effects where idempotency_key = ${'KU-nul\ufffd/a'}`
  expect(effect?.payload).toEqual({ reason: `${code}\ufffd` })
})

test('an unreadable time of the sender is no reason to refuse the event', async () => {
  const request = requestOf(fullRef('time'), 'time-1')
  const envelope = { ...request.envelope, occurredAt: 'yesterday' }
  expect(await ledger.record({ ...request, envelope })).toMatchObject({ kind: 'recorded' })
})

test('a group costs two round trips, however many events it has', async () => {
  const queries: string[] = []
  const counted = postgres(database.url, { max: 1, fetch_types: false, debug: (_, query) => queries.push(query) })
  const writer = createWriter({ ...writerOptions, pool: { run: (statement) => statement(counted) } })
  const requests = Array.from({ length: 40 }, (_, at) => requestOf(fullRef(`trip-${at % 25}`), `trip-${at}`))
  const results = await Promise.all(requests.map((request) => writer.ask({ kind: 'event', ...request })))
  expect(results.every((result) => result.kind === 'recorded')).toBe(true)
  expect(queries).toHaveLength(2)
  await counted.end()
})

test('connections that have gone silent are given up after one deadline, and the next events are recorded over new ones', async () => {
  const url = new URL(database.url)
  const proxy = await createTcpProxy(Number(url.port))
  url.host = `127.0.0.1:${proxy.port}`
  const behind = createLedger({ databaseUrl: url.href, settingsFor, apply: fakeApply, answerTimeoutMs: 1_000 })
  const recordAll = (round: string) =>
    Promise.allSettled(
      Array.from({ length: 8 }, (_, at) => behind.record(requestOf(fullRef(`silent-${at}`), `silent-${round}-${at}`))),
    )
  try {
    // Opens every connection of the pool.
    await Promise.all(Array.from({ length: 8 }, () => behind.countOpenDeadLetters()))
    proxy.forgetConnections()
    for (const result of await recordAll('meanwhile')) {
      expect(result).toMatchObject({ reason: { code: 'unavailable' } })
    }
    for (const result of await recordAll('after')) expect(result).toMatchObject({ value: { kind: 'recorded' } })
    await behind.ping()
  } finally {
    await behind.close()
    await proxy.close()
  }
})

test('an order that somebody keeps locked fails alone and soon, however many are recorded with it', async () => {
  const ids = Array.from({ length: 50 }, (_, at) => `locked-${at}`)
  await Promise.all(ids.map((id) => ledger.record(requestOf(fullRef(id), `${id}-1`))))
  const blocker = await sql.reserve()
  await blocker`begin`
  await blocker`select from orders where number in ('KU-locked-7', 'KU-locked-31') for update`
  const startedAt = performance.now()
  const results = await Promise.allSettled(ids.map((id) => ledger.record(requestOf(fullRef(id), `${id}-2`))))
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  await blocker`rollback`
  blocker.release()
  results.forEach((result, at) => {
    expect(result).toMatchObject(
      [7, 31].includes(at) ? { reason: { code: 'unavailable' } } : { value: { kind: 'recorded', version: 2 } },
    )
  })
})

test('a table that is locked for longer than any row keeps results waiting, and none is given back', async () => {
  await ledger.record(requestOf(fullRef('table'), 'table-1', noted({ plan: [{ key: 'a' }] })))
  const claimed = await ledger.claim(`${orderIdOf('KU-table')}.1`, 60_000)
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
  const blocker = await sql.reserve()
  await blocker`begin`
  await blocker`lock table orders in share mode`
  const settled = ledger.settle(
    claimed.effect,
    { kind: 'done', event: { type: 'stock.released', key: 'a' } },
    { at: new Date().toISOString(), durationMs: 1, outcome: 'done' },
  )
  const isSettled = expect(settled).resolves.toMatchObject({ heads: [] })
  try {
    await eventually(async () => {
      const waiting = await sql`
        select from pg_locks where relation = 'orders'::regclass and not granted
          and waitstart < clock_timestamp() - ${`${rowLockTimeoutMs + 200} milliseconds`}::interval`
      expect(waiting).toHaveLength(1)
    })
  } finally {
    await blocker`rollback`
    blocker.release()
  }
  await isSettled
})

test('events that give a known order another number are refused at once, and keep nobody waiting', async () => {
  const ids = Array.from({ length: 60 }, (_, at) => `renamed-${at}`)
  await Promise.all(ids.map((id) => ledger.record(requestOf(fullRef(id), `${id}-1`))))
  const queries: string[] = []
  const counted = postgres(database.url, { max: 1, fetch_types: false, debug: (_, query) => queries.push(query) })
  const writer = createWriter({ ...writerOptions, pool: { run: (statement) => statement(counted) } })
  const renamed = ids.map((id) => requestOf({ ...fullRef(id), number: `XX-${id}` }, `${id}-2`))
  const results = await Promise.allSettled(
    [...renamed, requestOf(fullRef('healthy'), 'healthy-1')].map((request) =>
      writer.ask({ kind: 'event', ...request }),
    ),
  )
  await counted.end()
  expect(results.pop()).toMatchObject({ value: { kind: 'recorded' } })
  for (const result of results) {
    expect(result).toMatchObject({
      reason: {
        code: 'refused',
        message: expect.stringMatching(/has the number KU-renamed-\d+, and the event says XX-renamed-\d+/),
      },
    })
  }
  // Load and save fail, load and save again.
  expect(queries).toHaveLength(4)
})

test('what violates a unique constraint again, whatever was saved meanwhile, is refused', async () => {
  const event = noted({ plan: [{ key: 'same' }, { key: 'same' }] })
  const results = await Promise.allSettled([
    ledger.record(requestOf(fullRef('plan-twice'), 'plan-twice-1', event)),
    ledger.record(requestOf(fullRef('plan-once'), 'plan-once-1')),
  ])
  expect(results).toMatchObject([
    { reason: { code: 'refused', message: expect.stringContaining('effects_idempotency_key_key') } },
    { value: { kind: 'recorded' } },
  ])
})

test('an unreachable database is told as unavailable', async () => {
  const away = createLedger({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', settingsFor, apply: fakeApply })
  await expect(away.record(requestOf(fullRef('away'), 'away-1'))).rejects.toMatchObject({ code: 'unavailable' })
  await expect(away.ping()).rejects.toMatchObject({ code: 'unavailable' })
  await away.close()
  await ledger.ping()
})

test('cutting every connection again and again while events pour in loses none and records none twice', async () => {
  const requests = Array.from({ length: 400 }, (_, at) => requestOf(fullRef(`pour-${at % 80}`), `pour-${at}`))
  const cut = createLedger({ databaseUrl: database.url, settingsFor, apply: fakeApply })
  let recorded = 0
  await Promise.all(
    requests.map(async (request) => {
      await eventually(() => cut.record(request))
      recorded += 1
      if (recorded % 20 !== 0) return
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'sluice'`
    }),
  )
  await cut.close()
  const [{ count }] = await sql<[{ count: number }]>`
    select count(*)::integer as count from events where dedup_key like 'pour-%'`
  expect(count).toBe(400)
  const [{ wrong }] = await sql<[{ wrong: number }]>`
    select count(*)::integer as wrong from orders o
    where number like 'KU-pour-%' and (version <> 5 or (select count(*) from events e where e.order_id = o.id) <> 5)`
  expect(wrong).toBe(0)
})
