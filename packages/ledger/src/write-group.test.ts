import { laneHeads } from '@sluice/orders'
import postgres from 'postgres'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { rowLockTimeoutMs, type Sql, tableLockTimeoutMs } from './connect.ts'
import { fakeApply, fullRef, requestOf, settingsFor } from './fake-core.ts'
import { createWriter } from './write-group.ts'

const lockTimeout = () =>
  Object.assign(new postgres.PostgresError({ message: 'lock timeout' } as never), { code: '55P03' })

/** Records `count` orders; `save` stands for the statement that saves so many of them. Its time is that of the fake clock. */
async function recordAll(count: number, save: (orders: number) => void) {
  const sql = async (strings: TemplateStringsArray, ...[orders]: string[]) => {
    if (!strings.join('').includes('insert into orders')) return [{ orders: [], events: [], effects: [] }]
    const rows = JSON.parse(orders!) as { id: string }[]
    save(rows.length)
    return rows.map(({ id }) => ({ id }))
  }
  const writer = createWriter({
    pool: { run: (statement) => statement(sql as unknown as Sql) },
    maxGroup: 100,
    groupsInFlight: 1,
    apply: fakeApply,
    laneHeads,
    settingsFor,
  })
  const requests = Array.from({ length: count }, (_, at) => requestOf(fullRef(`all-${at}`), `all-${at}`))
  return Promise.allSettled(requests.map((request) => writer.ask({ kind: 'event', ...request })))
}

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

test.each([1, 100])(
  'while a whole table is locked a group of %i waits as it is, and is given up well within its time',
  async (count) => {
    const startedAt = performance.now()
    const saves: number[] = []
    const results = await recordAll(count, (orders) => {
      saves.push(orders)
      vi.advanceTimersByTime(tableLockTimeoutMs)
      throw lockTimeout()
    })
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'unavailable' } })
    expect(performance.now() - startedAt).toBeGreaterThan(10_000)
    expect(performance.now() - startedAt).toBeLessThan(18_000)
    for (const orders of saves) expect(orders).toBe(count)
  },
)

test.each([1, 100])(
  'a table that is free again within ten seconds costs a group of %i nothing but time',
  async (count) => {
    let tries = 0
    const results = await recordAll(count, () => {
      tries += 1
      if (tries === 4) return
      vi.advanceTimersByTime(tableLockTimeoutMs)
      throw lockTimeout()
    })
    for (const result of results) expect(result).toMatchObject({ value: { kind: 'recorded' } })
  },
)

test('a row that stays locked is given up alone and after one wait, without a wait as long for each part', async () => {
  const startedAt = performance.now()
  const alone = await recordAll(1, () => {
    vi.advanceTimersByTime(rowLockTimeoutMs)
    throw lockTimeout()
  })
  expect(alone).toMatchObject([{ reason: { code: 'unavailable' } }])
  expect(performance.now() - startedAt).toBe(rowLockTimeoutMs)
  let isFirst = true
  const group = await recordAll(8, (orders) => {
    if (orders === 1) return
    vi.advanceTimersByTime(isFirst ? rowLockTimeoutMs : 50)
    isFirst = false
    throw lockTimeout()
  })
  for (const result of group) expect(result).toMatchObject({ value: { kind: 'recorded' } })
})
