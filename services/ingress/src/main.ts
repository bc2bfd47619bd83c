import { loadConfig, policyFor } from '@sluice/config'
import { marketplaces } from '@sluice/marketplaces'
import { createProducer } from '@sluice/queue'
import { countAcknowledgement, runService, serveHttp } from '@sluice/runtime'
import { createApp } from './create-app.ts'
import { recordAnswer } from './record-answer.ts'

await runService('ingress', loadConfig, async ({ config, environment, log, onStop, ready }) => {
  // Redis may be away: webhooks are answered 503 until it is there. One that would lose them is not used at all.
  const producer = createProducer({ redisUrl: environment.redisUrl, log, onUnfit: () => process.exit(1) })
  onStop('queues', () => producer.close())
  ready('redis', () => producer.assertReady())

  const accounts = config.accounts.map((account) => ({
    ...account,
    policy: policyFor(config, { account: account.id }),
  }))
  const endpoints = Object.values(marketplaces).flatMap(({ name, createWebhookEndpoint }) => {
    const own = accounts.filter(({ marketplace }) => marketplace === name)
    return own.length > 0 ? [createWebhookEndpoint(own)] : []
  })
  const app = createApp({
    endpoints,
    accounts: config.accounts,
    backOfficeTokens: config.backOffice.inboundTokens,
    producer,
    log,
    countAcknowledgement,
  })

  const server = await serveHttp(
    app,
    { host: environment.host, port: environment.port ?? 8080 },
    {
      onTurnedAway: ({ status, ...why }) =>
        recordAnswer({ log, countAcknowledgement }, { route: 'unknown', ...why }, status, 0),
    },
  )
  // Closed before the queues: what is being answered is enqueued first.
  onStop('http server', () => server.close())
  log.info({ event: 'ingress.listening', url: server.url })
})
