export { type BoardQueues, createBoardQueues } from './create-board-queues.ts'
export { createProducer, type EffectHead, type EventProducer, type ProducerOptions } from './create-producer.ts'
export { effectJobId, eventJobId, type JobKind } from './job-ids.ts'
export type { JobResult } from './job-result.ts'
export type { QueueLog } from './log.ts'
export { QueueOverloaded, QueueUnavailable } from './queue-errors.ts'
export { createQueueStatsReader, type QueueStats, type QueueStatsReader } from './queue-stats.ts'
export {
  type DeadJob,
  type JobReport,
  type JobRun,
  startWorker,
  type WorkerHost,
  type WorkerOptions,
} from './start-worker.ts'
export { createFailedJobSweeper, type FailedJob, type FailedJobFate, type FailedJobSweeper } from './sweep-failed.ts'
export { DEFAULT_LAYOUT, QUEUES, type QueueLayout, type QueueName, queueForEffect, queueForEvent } from './topology.ts'
