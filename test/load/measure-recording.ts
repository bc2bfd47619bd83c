import { createLedger } from '@sluice/ledger'
import { getMarketplace } from '@sluice/marketplaces'
import { defaultPolicy, type OrderEvent } from '@sluice/orders'
import { type Latencies, summarizeLatencies } from './latencies.ts'

export interface RecordingFigure {
  inFlight: number
  eventsPerSecond: number
  /** Milliseconds for one event, its wait for a group included. */
  latencies: Latencies
}

const IN_FLIGHT = 100
const WARM_UP_MS = 1_000
const MEASURED_MS = 4_000

const goods = [
  { sku: '100245', name: 'Парацетамол таблетки 500 мг №20', quantity: 2, price: '58.00' },
  { sku: '100312', name: 'Ибупрофен таблетки 400 мг №20', quantity: 1, price: '149.00' },
]
const life: OrderEvent[] = [
  { type: 'order.placed', order: { storeId: 'apteka-017', lines: goods } },
  { type: 'assembly.started' },
  { type: 'courier.assigned', courier: { name: 'Иван', phone: '+79000000002' } },
  { type: 'assembly.finished' },
  { type: 'order.paid', amount: '265.00' },
]

/** The ledger alone, in this process: a hundred orders at a time, each with its events one after another. */
export async function measureRecording(databaseUrl: string, signal: AbortSignal): Promise<RecordingFigure> {
  const ledger = createLedger({
    databaseUrl,
    settingsFor: () => ({ policy: defaultPolicy, pickupCode: '0000', traits: getMarketplace('kuper').traits }),
  })
  try {
    const countFrom = performance.now() + WARM_UP_MS
    const endAt = countFrom + MEASURED_MS
    const latencies: number[] = []
    let orders = 0
    const recordOrders = async (): Promise<void> => {
      for (;;) {
        const externalId = `R${++orders}`
        const ref = { marketplace: 'kuper', account: 'main', externalId, number: `KU-${externalId}` }
        for (const [n, event] of life.entries()) {
          const startedAt = performance.now()
          if (startedAt > endAt || signal.aborted) return
          const receivedAt = new Date().toISOString()
          const envelope = { event, source: 'marketplace', dedupKey: `bench:${externalId}:${n}`, receivedAt } as const
          const { kind } = await ledger.record({ ref, envelope, name: event.type })
          if (kind !== 'recorded') throw new Error(`${event.type} of ${externalId}: ${kind}`)
          const now = performance.now()
          if (startedAt >= countFrom && now <= endAt) latencies.push(now - startedAt)
        }
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, recordOrders))
    signal.throwIfAborted()
    return {
      inFlight: IN_FLIGHT,
      eventsPerSecond: latencies.length / (MEASURED_MS / 1_000),
      latencies: summarizeLatencies(latencies),
    }
  } finally {
    await ledger.close()
  }
}
