import { Counter, Gauge, Histogram } from 'prom-client'

// Every number that services publish about their work, in one place. Labels are bounded: see `bounded`.

const WORK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const acknowledgements = new Histogram({
  name: 'sluice_http_acknowledgement_seconds',
  help: 'From the first byte of a webhook or back-office event to our answer.',
  labelNames: ['route', 'status'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
})

const jobs = new Histogram({
  name: 'sluice_job_seconds',
  help: 'One run of a job, by what it came to: done, wait, retry, dead.',
  labelNames: ['queue', 'outcome'] as const,
  buckets: WORK_SECONDS,
})

const attempts = new Histogram({
  name: 'sluice_effect_attempt_seconds',
  help: 'One attempt at an effect, by the destination’s answer.',
  labelNames: ['kind', 'outcome'] as const,
  buckets: WORK_SECONDS,
})

const effects = new Counter({
  name: 'sluice_effects_total',
  help: 'Effects that came to an end: done, dead.',
  labelNames: ['kind', 'outcome'] as const,
})

const deadLettersOpen = new Gauge({
  name: 'sluice_dead_letters_open',
  help: 'Dead letters that nobody has resolved yet.',
  labelNames: ['queue'] as const,
})

const oldestAge = new Gauge({
  name: 'sluice_queue_oldest_age_seconds',
  help: 'Age of the oldest job that waits to be worked on; 0 when none does.',
  labelNames: ['queue'] as const,
})

const catchUpAge = new Gauge({
  name: 'sluice_catch_up_age_seconds',
  help: 'Time since a list of a marketplace was last gone through to its end.',
  labelNames: ['account', 'subject'] as const,
})

/** `route` is the pattern (`/kuper-webhook/:account`), never the path that was asked for. */
export function countAcknowledgement(ack: { route: string; status: number; durationMs: number }): void {
  acknowledgements.observe({ route: bounded('route', ack.route), status: String(ack.status) }, ack.durationMs / 1_000)
}

export function countJob(job: { queue: string; outcome: string; durationMs: number }): void {
  jobs.observe({ queue: bounded('queue', job.queue), outcome: bounded('job', job.outcome) }, job.durationMs / 1_000)
}

export function countAttempt(attempt: { kind: string; outcome: string; durationMs: number }): void {
  attempts.observe(
    { kind: bounded('kind', attempt.kind), outcome: bounded('attempt', attempt.outcome) },
    attempt.durationMs / 1_000,
  )
}

export function countEffect(effect: { kind: string; outcome: 'done' | 'dead' }): void {
  effects.inc({ kind: bounded('kind', effect.kind), outcome: effect.outcome })
}

export function showDeadLettersOpen(queue: string, count: number): void {
  deadLettersOpen.set({ queue: bounded('queue', queue) }, count)
}

export function showOldestAge(queue: string, ageSeconds: number): void {
  oldestAge.set({ queue: bounded('queue', queue) }, ageSeconds)
}

export function showCatchUpAge(age: { account: string; subject: string; seconds: number }): void {
  catchUpAge.set({ account: bounded('account', age.account), subject: bounded('subject', age.subject) }, age.seconds)
}

const MAX_VALUES = 50
const seen = new Map<string, Set<string>>()

/** Every label value is a time series for ever: after 50 of one label the rest counts as `other`. */
function bounded(label: string, value: string): string {
  const values = seen.get(label) ?? new Set()
  seen.set(label, values)
  if (!values.has(value) && values.size >= MAX_VALUES) return 'other'
  values.add(value)
  return value
}
