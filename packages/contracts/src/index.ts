export { type EffectJob, parseEffectJob } from './effect-job.ts'
export { type EventJob, type EventRef, parseEventJob } from './event-job.ts'
export type { JobEnvelope, JobEvent } from './order-event.ts'
export type { Parsed } from './parsed.ts'
