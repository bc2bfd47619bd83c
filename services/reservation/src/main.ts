import { runWorker } from '@sluice/worker'
import { createReserveStock } from './reserve-stock.ts'

/** New orders: records them, reads them where they were only announced, checks stock and shelf life, reserves or finds them short. */
await runWorker('reservation', ({ backOffice, performAtMarketplace }) => ({
  'fetch-order': performAtMarketplace,
  'reserve-stock': createReserveStock(backOffice, () => new Date().toISOString().slice(0, 10)),
}))
