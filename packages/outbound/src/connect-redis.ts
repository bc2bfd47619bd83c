import { Redis } from 'ioredis'

/**
 * A connection for tokens and rate budgets, in the background. Commands fail within a moment while Redis is away: what
 * uses them can do without. A connection that answers nothing for two seconds is replaced.
 */
export function connectRedis(redisUrl: string, onError: (err: Error) => void): Redis {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    socketTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * times, 500),
  })
  redis.on('error', onError)
  return redis
}
