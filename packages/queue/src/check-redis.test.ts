import { expect, test } from 'vitest'
import { judgeRedis } from './check-redis.ts'

const info = (policy: string, aof: string) =>
  `# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n# Persistence\r\naof_enabled:${aof}\r\n`

test('a Redis that keeps everything is fit', () => {
  expect(judgeRedis(info('noeviction', '1'))).toEqual({ kind: 'fit', warnings: [] })
})

test('a Redis that may throw jobs away is refused', () => {
  expect(judgeRedis(info('allkeys-lru', '1'))).toEqual({
    kind: 'unfit',
    reason: expect.stringContaining('maxmemory-policy is allkeys-lru'),
  })
})

test('a Redis without append-only file is warned about', () => {
  expect(judgeRedis(info('noeviction', '0'))).toEqual({
    kind: 'fit',
    warnings: [expect.stringContaining('appendonly is off')],
  })
})

test('a managed Redis that tells nothing is warned about', () => {
  expect(judgeRedis('')).toMatchObject({ kind: 'fit', warnings: [expect.any(String), expect.any(String)] })
})
