import { connectRedis } from '@sluice/outbound'
import { runWorker } from '@sluice/worker'
import { createMarketplaceClients, createNotifyMarketplace } from './notify-marketplace.ts'
import { createTellBackOffice } from './tell-back-office.ts'

/** Effects towards the marketplaces and news for the back office. */
await runWorker('notification', ({ config, redisUrl, log, backOffice, onStop }) => {
  const redis = connectRedis(redisUrl, (err) => log.warn({ event: 'redis.error', err }))
  onStop('redis', () => redis.disconnect())
  const clients = createMarketplaceClients(config, redis)
  onStop('marketplace clients', () => Promise.all([...clients.values()].map((client) => client.close())))
  return {
    'notify-marketplace': createNotifyMarketplace(config, clients),
    'tell-back-office': createTellBackOffice(backOffice),
  }
})
