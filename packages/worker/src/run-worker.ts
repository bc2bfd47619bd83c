import { type BackOfficeClient, createBackOfficeClient } from '@sluice/back-office'
import { type Config, loadConfig } from '@sluice/config'
import { createLedger } from '@sluice/ledger'
import { createProducer, type QueueName, startWorker } from '@sluice/queue'
import { countJob, runService } from '@sluice/runtime'
import { createBurial } from './bury-job.ts'
import { createEffectHandler, type Perform, type Performers } from './handle-effect.ts'
import { createEventHandler } from './handle-event.ts'
import { createMarketplaceClients } from './marketplace-clients.ts'
import { orderSettings } from './order-settings.ts'
import { createPerformAtMarketplace } from './perform-at-marketplace.ts'
import { retryPolicies } from './retry-policies.ts'

/** What a worker's effects are made from. */
export interface WorkerContext {
  config: Config
  backOffice: BackOfficeClient
  /** Performs the effects of any marketplace, at the account of their order. */
  performAtMarketplace: Perform
}

/**
 * One worker process: records the events of its queue and performs its effects. Any number of them may run; Postgres and
 * Redis keep them apart. Stops by finishing what runs: queue first, then clients, then the database.
 *
 * `SLUICE_JOB_LOCK_MS` (default 30 000, for tests): after so long, and up to as long again, the jobs of a worker that died
 * are given to another one.
 */
export async function runWorker(queue: QueueName, createPerformers: (ctx: WorkerContext) => Performers): Promise<void> {
  await runService(queue, loadConfig, async ({ config, environment, log, onStop, ready }) => {
    const { databaseUrl, redisUrl } = environment
    const ledger = createLedger({ databaseUrl, settingsFor: orderSettings(config) })
    onStop('ledger', () => ledger.close())
    ready('postgres', () => ledger.ping())

    const backOffice = createBackOfficeClient(config.backOffice)
    onStop('back office client', () => backOffice.close())
    const clients = createMarketplaceClients(config, { redisUrl, log })
    onStop('marketplace clients', () => clients.close())
    const performAtMarketplace = createPerformAtMarketplace(config, clients)
    const performers = createPerformers({ config, backOffice, performAtMarketplace })

    const producer = createProducer({ redisUrl, log })
    onStop('producer', () => producer.close())

    const handleEffect = createEffectHandler({
      ledger,
      producer,
      performers,
      retryPolicyFor: retryPolicies(config),
      leaseMs: config.effects.leaseSeconds * 1_000,
      log,
    })
    const worker = await startWorker({
      redisUrl,
      queue,
      log,
      concurrency: config.workers.concurrency,
      ...(process.env.SLUICE_JOB_LOCK_MS && { lockMs: Number(process.env.SLUICE_JOB_LOCK_MS) }),
      handleEvent: createEventHandler({ ledger, producer, log }),
      handleEffect,
      onDead: createBurial({ ledger, queue, log }),
      onJob: countJob,
      // Only a new process helps; whoever runs us starts one.
      onStuck: () => process.exit(1),
    })
    onStop('worker', () => worker.close())
    ready('redis', () => worker.assertReady())
  })
}
