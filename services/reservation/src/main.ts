import { runWorker } from '@sluice/worker'
import { createReserveStock } from './reserve-stock.ts'

/** New orders: records them, checks stock and shelf life, reserves or finds them short. */
await runWorker('reservation', ({ backOffice }) => ({
  'reserve-stock': createReserveStock(backOffice, () => new Date().toISOString().slice(0, 10)),
}))
