import { runWorker } from '@sluice/worker'
import { createTellBackOffice } from './tell-back-office.ts'

/** Effects towards marketplaces and their customers, and news for the back office. */
await runWorker('notification', ({ backOffice, performAtMarketplace }) => ({
  'notify-marketplace': performAtMarketplace,
  'fetch-conversation': performAtMarketplace,
  'reply-to-customer': performAtMarketplace,
  'tell-back-office': createTellBackOffice(backOffice),
}))
