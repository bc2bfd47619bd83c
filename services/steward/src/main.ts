import { loadConfig } from '@sluice/config'
import { createLedger } from '@sluice/ledger'
import { createFailedJobSweeper, createProducer, createQueueStatsReader } from '@sluice/queue'
import { runEvery, runService, showCatchUpAge, showDeadLettersOpen, showOldestAge } from '@sluice/runtime'
import { createMarketplaceClients } from '@sluice/worker'
import { buryFailedJobs } from './bury-failed-jobs.ts'
import { listAccountCatchUps } from './list-account-catch-ups.ts'
import { repairLaneHeads } from './repair-lane-heads.ts'
import { runCatchUp } from './run-catch-up.ts'

/**
 * `SLUICE_STEWARD_MS` (default 10 000; shorter in tests): how often lane heads are repaired, and how long due they must be
 * for it. Younger ones are on their way: their worker is about to enqueue them.
 */
const REPAIR_EVERY_MS = Number(process.env.SLUICE_STEWARD_MS || 10_000)
const SWEEP_EVERY_MS = 3 * REPAIR_EVERY_MS
const MEASURE_EVERY_MS = 10_000

/** `SLUICE_CATCH_UP_MS`, for tests: how often a list is looked at, and gone through again, whatever its own interval. */
const CATCH_UP_MS = Number(process.env.SLUICE_CATCH_UP_MS || Number.POSITIVE_INFINITY)
const LOOK_EVERY_MS = Math.min(30_000, CATCH_UP_MS)
/** A steward that begins asks what it may have missed, unless it was asked just now: a steward that keeps dying must not use up the limits. */
const AT_START_MS = 60_000

/** Periodic repair. Every run is idempotent, so any number of stewards may run, and one that dies is simply replaced. */
await runService('steward', loadConfig, async ({ config, environment, log, onStop, ready }) => {
  const { databaseUrl, redisUrl } = environment
  const ledger = createLedger({
    databaseUrl,
    settingsFor: () => {
      throw new Error('the steward decides nothing')
    },
  })
  onStop('ledger', () => ledger.close())
  ready('postgres', () => ledger.ping())
  const producer = createProducer({ redisUrl, log })
  onStop('producer', () => producer.close())
  ready('redis', () => producer.assertReady())
  const sweeper = createFailedJobSweeper(redisUrl)
  onStop('sweeper', () => sweeper.close())
  const stats = createQueueStatsReader(redisUrl)
  onStop('queue statistics', () => stats.close())
  const clients = createMarketplaceClients(config, { redisUrl, log })
  onStop('marketplace clients', () => clients.close())
  const lists = listAccountCatchUps(config, clients)

  const loop = (name: string, intervalMs: number, runOnce: (signal: AbortSignal) => Promise<unknown>) => {
    const running = runEvery(name, intervalMs, runOnce, { log })
    onStop(name, () => running.stop())
  }
  loop('repair lane heads', REPAIR_EVERY_MS, async (signal) => {
    const heads = await repairLaneHeads({ ledger, producer, graceMs: REPAIR_EVERY_MS }, signal)
    if (heads > 0) log.info({ event: 'steward.repaired', heads })
  })
  loop('bury failed jobs', SWEEP_EVERY_MS, async () => {
    const jobs = await buryFailedJobs({ ledger, sweeper })
    if (jobs > 0) log.info({ event: 'steward.buried', jobs })
  })
  loop('measure', MEASURE_EVERY_MS, async () => {
    for (const { queue, oldestWaitingMs } of await stats.read()) showOldestAge(queue, oldestWaitingMs / 1_000)
    showDeadLettersOpen('all', await ledger.countOpenDeadLetters())
    for (const { account, subject, ageMs } of await ledger.listCatchUps()) {
      const isOurs = lists.some((list) => list.account === account && list.catchUp.subject === subject)
      if (isOurs) showCatchUpAge({ account, subject, seconds: ageMs / 1_000 })
    }
  })
  // Each list in a loop of its own: one that takes long, or waits for a rate limit, holds up no other.
  for (const list of lists) {
    const regularlyMs = Math.min(list.catchUp.everyMs, CATCH_UP_MS)
    let dueAfterMs = Math.min(regularlyMs, AT_START_MS)
    loop(`catch up with ${list.catchUp.subject} of ${list.account}`, LOOK_EVERY_MS, async (signal) => {
      await runCatchUp({ ledger, producer, log }, list, dueAfterMs, signal)
      dueAfterMs = regularlyMs
    })
  }
})
