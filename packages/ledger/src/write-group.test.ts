import { laneHeads } from '@sluice/orders'
import postgres from 'postgres'
import { afterEach, expect, test, vi } from 'vitest'
import type { Sql } from './connect.ts'
import { fakeApply, fullRef, requestOf, settingsFor } from './fake-core.ts'
import { createWriter } from './write-group.ts'

afterEach(() => vi.useRealTimers())

test('while the whole table is locked a group is given up well within its time, however large it is', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  let saves = 0
  const sql = async (strings: TemplateStringsArray) => {
    if (!strings.join('').includes('insert into orders')) return [{ orders: [], events: [], effects: [] }]
    saves += 1
    vi.advanceTimersByTime(1_000)
    throw Object.assign(new postgres.PostgresError({ message: 'lock timeout' } as never), { code: '55P03' })
  }
  const writer = createWriter({
    pool: { run: (statement) => statement(sql as unknown as Sql) },
    maxGroup: 100,
    groupsInFlight: 1,
    apply: fakeApply,
    laneHeads,
    settingsFor,
  })
  const requests = Array.from({ length: 100 }, (_, at) => requestOf(fullRef(`all-${at}`), `all-${at}`))
  const results = await Promise.allSettled(requests.map((request) => writer.ask({ kind: 'event', ...request })))
  for (const result of results) expect(result).toMatchObject({ reason: { code: 'unavailable' } })
  expect(saves).toBeLessThan(15)
})
