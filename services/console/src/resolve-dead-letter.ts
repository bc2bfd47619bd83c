import { type EventJob, type Parsed, parseEventJob } from '@sluice/contracts'
import type { DeadLetter, Ledger } from '@sluice/ledger'
import { type EventProducer, QueueOverloaded, QueueUnavailable } from '@sluice/queue'

export interface ResolveDeps {
  ledger: Pick<Ledger, 'listDeadLetters' | 'reviveEffect' | 'markReplayed' | 'markDiscarded'>
  producer: Pick<EventProducer, 'enqueueEffects' | 'replayEvent'>
}

/** What came of a click. All of them are answers for a person; only a broken ledger throws. */
export type Resolution =
  | 'retried'
  /** The effect waits in the ledger, but Redis could not be told. */
  | 'retried-without-queue'
  | 'already-retried'
  /** Somebody else resolved it while its job was being enqueued. */
  | 'overtaken'
  /** Redis does not take the job. */
  | 'queue-unavailable'
  | 'unparsable'
  | 'discarded'
  | 'already-discarded'
  | 'reason-missing'
  | 'not-discardable'
  | 'unknown'

/** Which letters are jobs of events. The others are dead effects. */
export function jobOf(letter: Pick<DeadLetter, 'effect' | 'payload'>): Parsed<EventJob> | undefined {
  return letter.effect === null ? parseEventJob(letter.payload) : undefined
}

/** Does once more what the letter died of. Repeating it is harmless, see below. */
export async function retryDeadLetter(deps: ResolveDeps, id: string, by: string): Promise<Resolution> {
  const letter = await findLetter(deps, id)
  if (letter === undefined) return 'unknown'
  return letter.effect === null ? retryEvent(deps, letter, by) : retryEffect(deps, letter, by)
}

/**
 * An effect: one statement lets it wait again and closes the letter, then its lane's heads are enqueued.
 *
 * - Dies before the revival: nothing has happened; the letter is open.
 * - Dies after the revival, before enqueueing, or Redis is away: the steward finds a due head without a job and enqueues it.
 *   A second click does it at once: the ledger answers with the same heads, and their job ids are the same.
 * - Clicked twice, or by two people: the event `effect.revived` has a key of the letter, so it is recorded once.
 * - Postgres fails with its answer lost: the page says so; the letter shows which it was, and clicking again is harmless.
 */
async function retryEffect({ ledger, producer }: ResolveDeps, { id, status }: DeadLetter, by: string) {
  if (status === 'discarded') return 'already-discarded'
  const revival = await ledger.reviveEffect(id, by)
  switch (revival.kind) {
    case 'unknown':
      return 'unknown'
    case 'revived':
    case 'already-resolved':
      break
  }
  try {
    await producer.enqueueEffects(revival.heads)
  } catch (err) {
    if (isQueueAway(err)) return 'retried-without-queue'
    throw err
  }
  return revival.kind === 'revived' ? 'retried' : 'already-retried'
}

/**
 * An event: its job is enqueued under an id of the letter, then the letter is closed. Never the other way round: a closed
 * letter whose event was not enqueued would be lost.
 *
 * - Dies before enqueueing, or Redis is away: the letter is open, nothing has happened.
 * - Dies between the two, or Postgres is away: the event is recorded although its letter is still open. Clicking again
 *   enqueues the same job id; should Redis have forgotten that, the ledger knows the event's dedup key and changes nothing.
 * - Clicked twice: the second finds the letter closed. Two at the same moment: the same job id, one of them closes it.
 * - The event dies again: its job has an id of its own, so it gets a letter of its own.
 */
async function retryEvent({ ledger, producer }: ResolveDeps, letter: DeadLetter, by: string) {
  if (letter.status !== 'open') return letter.status === 'replayed' ? 'already-retried' : 'already-discarded'
  const job = parseEventJob(letter.payload)
  if (!job.ok) return 'unparsable'
  try {
    await producer.replayEvent({ id: letter.id, job: job.value })
  } catch (err) {
    if (isQueueAway(err)) return 'queue-unavailable'
    throw err
  }
  return (await ledger.markReplayed(letter.id, by)) ? 'retried' : 'overtaken'
}

/**
 * Closes the letter of an event for good: what it said is not recorded. One statement, so there is nothing in between to die
 * in; a second click finds the letter closed. A dead effect is not discarded: its lane would stay blocked without a trace.
 */
export async function discardDeadLetter(deps: ResolveDeps, id: string, by: string, why: string): Promise<Resolution> {
  const letter = await findLetter(deps, id)
  if (letter === undefined) return 'unknown'
  if (letter.effect !== null) return 'not-discardable'
  if (letter.status !== 'open') return letter.status === 'replayed' ? 'already-retried' : 'already-discarded'
  if (why === '') return 'reason-missing'
  return (await deps.ledger.markDiscarded(id, by, why)) ? 'discarded' : 'overtaken'
}

async function findLetter({ ledger }: ResolveDeps, id: string): Promise<DeadLetter | undefined> {
  const [letter] = await ledger.listDeadLetters({ id, limit: 1 })
  return letter
}

function isQueueAway(err: unknown): boolean {
  return err instanceof QueueUnavailable || err instanceof QueueOverloaded
}
