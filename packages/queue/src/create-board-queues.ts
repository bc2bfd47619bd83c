import type { Queue } from 'bullmq'
import { connectCasually } from './connect-redis.ts'
import { openQueues } from './open-queues.ts'
import { DEFAULT_LAYOUT, type QueueLayout } from './topology.ts'

/** Handles for bull-board. Look only: whatever changes a queue goes through the producer, the sweeper and the workers. */
export interface BoardQueues {
  queues: Queue[]
  close(): Promise<void>
}

export function createBoardQueues(redisUrl: string, layout: QueueLayout = DEFAULT_LAYOUT): BoardQueues {
  const redis = connectCasually(redisUrl)
  // An outage is seen on the board itself.
  redis.on('error', () => {})
  const open = openQueues(redis, layout)
  return {
    queues: open.all.map(({ handle }) => handle),
    async close() {
      await open.close()
      redis.disconnect()
    },
  }
}
