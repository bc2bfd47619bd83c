import type { Redis } from 'ioredis'
import { connectCasually } from './connect-redis.ts'
import { DEFAULT_LAYOUT, keyPrefix, listShards, QUEUES, type QueueLayout, type QueueName } from './topology.ts'

export interface QueueStats {
  queue: QueueName
  /** Ready to run and not yet fetched. */
  waiting: number
  active: number
  /** Waiting for their time. */
  delayed: number
  failed: number
  /** Finished ones that Redis still remembers. */
  completed: number
  /** Age of the job that has been ready to run for the longest time; 0 when none waits. */
  oldestWaitingMs: number
}

export interface QueueStatsReader {
  /** All queues, in the order of QUEUES. A fixed number of cheap commands, whatever the depth. Rejects when Redis is away. */
  read(): Promise<QueueStats[]>
  close(): void
}

export function createQueueStatsReader(redisUrl: string, layout: QueueLayout = DEFAULT_LAYOUT): QueueStatsReader {
  const redis = connectCasually(redisUrl)
  // Told to the caller by read().
  redis.on('error', () => {})
  return {
    read: () => readQueueStats(redis, layout),
    close: () => redis.disconnect(),
  }
}

async function readQueueStats(redis: Redis, layout: QueueLayout): Promise<QueueStats[]> {
  const shards = listShards(layout)
  return Promise.all(
    QUEUES.map(async (queue) => {
      const parts = await Promise.all(shards.map((shard) => readShard(redis, keyPrefix(layout, shard), queue)))
      const sum = (field: Exclude<keyof QueueStats, 'queue'>) => parts.reduce((total, part) => total + part[field], 0)
      return {
        queue,
        waiting: sum('waiting'),
        active: sum('active'),
        delayed: sum('delayed'),
        failed: sum('failed'),
        completed: sum('completed'),
        oldestWaitingMs: Math.max(...parts.map((part) => part.oldestWaitingMs)),
      }
    }),
  )
}

async function readShard(redis: Redis, prefix: string, queue: QueueName): Promise<Omit<QueueStats, 'queue'>> {
  const key = (part: string) => `${prefix}:${queue}:${part}`
  const [waiting, active, delayed, failed, completed, oldestId] = await Promise.all([
    redis.llen(key('wait')),
    redis.llen(key('active')),
    redis.zcard(key('delayed')),
    redis.zcard(key('failed')),
    redis.zcard(key('completed')),
    // Jobs are pushed at the head and fetched from the tail.
    redis.lindex(key('wait'), -1),
  ])
  const oldest = oldestId === null ? [] : await redis.hmget(key(oldestId), 'timestamp', 'delay')
  const readySince = Number(oldest[0] ?? Number.NaN) + Number(oldest[1] ?? 0)
  return {
    waiting,
    active,
    delayed,
    failed,
    completed,
    oldestWaitingMs: Number.isNaN(readySince) ? 0 : Math.max(0, Date.now() - readySince),
  }
}

/** What lies ready for a worker: waiting jobs, and delayed ones whose time has come. */
export async function countWaiting(
  redis: Redis,
  prefix: string,
  queue: QueueName,
): Promise<{ waiting: number; isPaused: boolean }> {
  const key = (part: string) => `${prefix}:${queue}:${part}`
  const [waiting, due, paused] = await Promise.all([
    redis.llen(key('wait')),
    // BullMQ's score is the due time in milliseconds, times 4096, plus a counter.
    redis.zcount(key('delayed'), '-inf', Date.now() * 4096),
    redis.hget(key('meta'), 'paused'),
  ])
  return { waiting: waiting + due, isPaused: paused !== null }
}
