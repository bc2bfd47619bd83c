import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { keyPrefix, listShards, QUEUES, type QueueLayout, type QueueName } from './topology.ts'

export interface OpenQueues {
  get(queue: QueueName, shard: number): Queue
  all: { queue: QueueName; shard: number; handle: Queue }[]
  /** Leaves the connection open. */
  close(): Promise<void>
}

/**
 * Handles of all queues on one connection of the caller. They can be made while Redis is away: without waiting for it
 * and without asking its version, BullMQ 6 has nothing to await that could stay rejected for good.
 */
export function openQueues(redis: Redis, layout: QueueLayout): OpenQueues {
  const all = listShards(layout).flatMap((shard) =>
    QUEUES.map((queue) => {
      const handle = new Queue(queue, {
        connection: redis,
        prefix: keyPrefix(layout, shard),
        skipVersionCheck: true,
        skipWaitingForReady: true,
        skipMetasUpdate: true,
      })
      // The connection's owner listens to its errors; without a listener here they would be thrown.
      handle.on('error', () => {})
      return { queue, shard, handle }
    }),
  )
  const byName = new Map(all.map(({ queue, shard, handle }) => [`${queue}/${shard}`, handle]))
  return {
    all,
    get(queue, shard) {
      const handle = byName.get(`${queue}/${shard}`)
      if (!handle) throw new Error(`no queue ${queue} in shard ${shard}`)
      return handle
    },
    async close() {
      await Promise.all(all.map(({ handle }) => handle.close()))
    },
  }
}
