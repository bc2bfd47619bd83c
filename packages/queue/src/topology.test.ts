import { expect, test } from 'vitest'
import { effectJobId, eventJobId, kindOfJob, replayJobId } from './job-ids.ts'
import { retryDelayMs } from './job-options.ts'
import { keyPrefix, listShards, shardFor } from './topology.ts'

test('one shard is one hash slot, and an order always meets the same shard', () => {
  expect(keyPrefix({ prefix: 'sluice', shards: 1 }, 0)).toBe('{sluice:0}')
  const layout = { prefix: 'sluice', shards: 4 }
  expect(listShards(layout)).toEqual([0, 1, 2, 3])
  const shards = Array.from({ length: 200 }, (_, i) => shardFor(`KU-H${i}`, layout))
  expect(new Set(shards)).toEqual(new Set([0, 1, 2, 3]))
  expect(shards[7]).toBe(shardFor('KU-H7', layout))
})

test('job ids say what they are, and are never integers or with a colon', () => {
  const ids = {
    event: eventJobId('kuper:main:H1:order.created:abc'),
    effect: effectJobId('0198c0de-0000-7000-8000-000000000000.3', 2),
  }
  expect(ids.event).toMatch(/^ev-[0-9a-f]{32}$/)
  expect(ids.effect).toBe('fx-0198c0de-0000-7000-8000-000000000000.3-2')
  expect(kindOfJob(ids.event)).toBe('event')
  expect(kindOfJob(ids.effect)).toBe('effect')
  expect(kindOfJob('17a')).toBe('unknown')
})

test('a replay meets neither the dead job nor the replay of another dead letter', () => {
  const key = 'kuper:main:H1:order.created:abc'
  expect(new Set([eventJobId(key), replayJobId(key, '1'), replayJobId(key, '2')]).size).toBe(3)
  expect(replayJobId(key, 'a:b')).not.toContain(':')
  expect(kindOfJob(replayJobId(key, '1'))).toBe('event')
})

test('delays grow to five minutes and are spread', () => {
  expect([1, 2, 3, 6, 7, 8].map((attempt) => retryDelayMs(attempt, 0))).toEqual([
    1_000, 3_000, 9_000, 243_000, 300_000, 300_000,
  ])
  expect(retryDelayMs(3, 1)).toBe(4_500)
})
