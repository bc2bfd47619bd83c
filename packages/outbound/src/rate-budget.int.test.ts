import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { createRateBudget } from './rate-budget.ts'

const url = process.env.SLUICE_TEST_REDIS_URL
if (!url) throw new Error('SLUICE_TEST_REDIS_URL is not set: run through infra/local/with-servers.ts')
const connections = [new Redis(url), new Redis(url)] as const
let key: string
beforeEach(() => {
  key = `test-${randomUUID()}`
})
afterAll(() => {
  for (const redis of connections) redis.disconnect()
})

test('processes share one budget: a burst, then nothing until an interval has passed', async () => {
  // So slow that no second call becomes free while the test runs.
  const [a, b] = connections.map((redis) => createRateBudget(redis, { key, perSecond: 0.1, burst: 3 }))
  const waits = await Promise.all([a!.take(), b!.take(), a!.take(), b!.take()])
  expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(3)
  const waitMs = Math.max(...waits)
  expect(waitMs).toBeGreaterThan(5_000)
  expect(waitMs).toBeLessThanOrEqual(10_000)
})

test('those turned away are told different times, one interval apart, none longer than 30 s', async () => {
  const budget = createRateBudget(connections[0], { key, perSecond: 0.2, burst: 1 })
  expect(await budget.take()).toBe(0)
  const waits: number[] = []
  for (let i = 0; i < 8; i++) waits.push(Math.round((await budget.take()) / 1000))
  expect(waits).toEqual([5, 10, 15, 20, 25, 30, 5, 10])
})

test('a call is free again once its time has come', async () => {
  const budget = createRateBudget(connections[0], { key, perSecond: 20, burst: 1 })
  expect(await budget.take()).toBe(0)
  expect(await budget.take()).toBeGreaterThan(0)
  await vi.waitFor(async () => expect(await budget.take()).toBe(0), { interval: 20, timeout: 5_000 })
})

test('the budget leaves no keys behind for good', async () => {
  const budget = createRateBudget(connections[0], { key, perSecond: 5, burst: 1 })
  await budget.take()
  expect(await connections[0].pttl(`{sluice}:rate:${key}`)).toBeGreaterThan(0)
})

test('without Redis calls are let through and this is told', async () => {
  const away = new Redis({ host: '127.0.0.1', port: 1, retryStrategy: () => 1_000 })
  away.on('error', () => {})
  const onUnavailable = vi.fn()
  const budget = createRateBudget(away, { key, perSecond: 1, burst: 1, onUnavailable })
  expect([await budget.take(), await budget.take()]).toEqual([0, 0])
  expect(onUnavailable).toHaveBeenCalledTimes(2)
  away.disconnect()
})
