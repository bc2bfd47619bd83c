import { loadConfig } from '@sluice/config'
import { createLedger } from '@sluice/ledger'
import { createBoardQueues, createProducer, createQueueStatsReader } from '@sluice/queue'
import { runService, serveHttp, type TurnedAway } from '@sluice/runtime'
import { orderSettings } from '@sluice/worker'
import { createBoard } from './bull-board.ts'
import { readConsoleSettings } from './console-settings.ts'
import { createApp } from './create-app.ts'

/**
 * For the person on call. Ready as soon as it listens: it is needed most when Redis or Postgres is away, and says so on its
 * pages.
 */
await runService(
  'console',
  (env) => ({ ...loadConfig(env), console: readConsoleSettings(env) }),
  async ({ config, environment, log, onStop }) => {
    const { databaseUrl, redisUrl, port = 8090 } = environment
    const { host, isOpen, ownHosts } = config.console
    const settingsFor = orderSettings(config)
    const ledger = createLedger({ databaseUrl, settingsFor })
    onStop('ledger', () => ledger.close())
    const producer = createProducer({ redisUrl, log })
    onStop('producer', () => producer.close())
    const queueStats = createQueueStatsReader(redisUrl)
    onStop('queue statistics', () => queueStats.close())
    const boardQueues = createBoardQueues(redisUrl)
    onStop('board queues', () => boardQueues.close())

    /** Of an account that was taken out of the configuration nobody asks anything any more. */
    const listOwnCatchUps = async () =>
      (await ledger.listCatchUps()).filter(({ account }) => config.accounts.some(({ id }) => id === account))
    const app = createApp({
      ledger: { ...ledger, listCatchUps: listOwnCatchUps },
      producer,
      queueStats,
      policyOf: (order) =>
        config.accounts.some(({ id }) => id === order.ref.account) ? settingsFor(order).policy : undefined,
      board: createBoard(boardQueues, '/queues'),
      ownHosts,
      log,
    })
    const onTurnedAway = (request: TurnedAway) => log.warn({ event: 'console.refused', ...request })
    const server = await serveHttp(app, { host, port }, { onTurnedAway })
    onStop('http server', () => server.close())
    if (isOpen)
      log.warn({ event: 'console.open', host, detail: 'no password is asked of whoever reaches this address' })
    log.info({ event: 'console.listening', url: server.url })
  },
)
