import { runWorker } from '@sluice/worker'
import { createReleaseStock, createTakeBackGoods } from './give-back.ts'

/** Cancellations: records them, releases the reserve or takes the goods back. */
await runWorker('cancellation', ({ backOffice }) => ({
  'release-stock': createReleaseStock(backOffice),
  'take-back-goods': createTakeBackGoods(backOffice),
}))
