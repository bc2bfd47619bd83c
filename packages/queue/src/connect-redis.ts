import { Redis, type RedisOptions } from 'ioredis'

const reconnecting = {
  /** Soon again after an outage, never a storm. */
  retryStrategy: (times: number) => Math.min(50 * times, 500) + Math.floor(Math.random() * 50),
  /** A replica that was the master until a moment ago: look again for the master. */
  reconnectOnError: (err: Error) => err.message.startsWith('READONLY'),
} satisfies RedisOptions

/**
 * Commands wait for as long as Redis is away. For workers. A connection that owes an answer for twelve seconds is replaced,
 * and what was asked on it is asked again: it may have been lost without a word (a firewall or a machine that forgot it)
 * while new ones work. Longer than BullMQ lets Redis keep a worker waiting for a job (10 s), and short enough for a lock
 * that could not be renewed at half its 30 s to be renewed in time.
 */
export const PATIENT = {
  ...reconnecting,
  maxRetriesPerRequest: null,
  connectTimeout: 5_000,
  socketTimeout: 12_000,
} satisfies RedisOptions

/**
 * Commands fail at once while Redis is away, and those under way fail with the connection instead of being sent again.
 * A connection that answers nothing for two seconds is replaced. For what has to answer quickly.
 */
const HASTY = {
  ...reconnecting,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 2_000,
  socketTimeout: 2_000,
} satisfies RedisOptions

/** Commands wait for the first connection, but not through an outage. For what looks at queues now and then. */
const CASUAL = {
  ...reconnecting,
  maxRetriesPerRequest: 2,
  connectTimeout: 2_000,
  socketTimeout: 5_000,
} satisfies RedisOptions

/** All connect in the background; Redis may be away. The caller listens to `error`. */
export function connectHastily(redisUrl: string): Redis {
  return new Redis(redisUrl, HASTY)
}

export function connectPatiently(redisUrl: string): Redis {
  return new Redis(redisUrl, PATIENT)
}

export function connectCasually(redisUrl: string): Redis {
  return new Redis(redisUrl, CASUAL)
}
