import { runWorker } from '@sluice/worker'
import { createReleaseStock, createTakeBackGoods } from './give-back.ts'

/** Cancellations and returns: records them, answers the marketplace, releases the reserve or takes the goods back. */
await runWorker('cancellation', ({ backOffice, performAtMarketplace }) => ({
  'fetch-return': performAtMarketplace,
  'answer-cancellation-request': performAtMarketplace,
  'decide-return': performAtMarketplace,
  'release-stock': createReleaseStock(backOffice),
  'take-back-goods': createTakeBackGoods(backOffice),
}))
