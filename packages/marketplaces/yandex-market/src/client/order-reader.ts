import type { CallPriority } from '@sluice/outbound'
import { type Entries, ordersAnswerSchema, type WireOrder } from '../wire-schema.ts'
import { type Failure, toFailure } from './classify-answer.ts'
import type { Exchange } from './exchange.ts'
import type { MarketCaller } from './market-caller.ts'
import { getBusinessOrders, ORDERS_PAGE_SIZE } from './market-calls.ts'

/** What reading one order came to. */
export type OrderRead =
  | { kind: 'order'; order: WireOrder; exchange: Exchange }
  /** Neither among the true orders nor among the test orders. */
  | { kind: 'missing'; exchange: Exchange }
  | { kind: 'failed'; failure: Failure; exchange?: Exchange }

/** Reads orders one by one for its callers, and together for the Market. */
export interface OrderReader {
  read(orderId: string, signal: AbortSignal): Promise<OrderRead>
}

interface Waiting {
  orderId: string
  settle(read: OrderRead): void
}

/** What is announced together is read together. */
const GATHER_MS = 5
/** So long the budget is waited for with the door open: whoever comes meanwhile shares the call. */
const PATIENCE_MS = 2_000
const PRIORITY: CallPriority = 4

/**
 * One call at a time for the cabinet, for all who wait when it goes out, 50 at most; who comes during a call waits for the
 * next one. Orders that are not in the answer are asked for once more among the test orders. A failure is everybody's; only
 * what the Market refuses to more than one, or answers too long, is asked again in halves, so that one bad id fails alone.
 *
 * Nothing is changed, so a crash at any point costs nothing but the calls.
 */
export function createOrderReader(caller: MarketCaller, businessId: string): OrderReader {
  let waiting: Waiting[] = []
  let isRunning = false

  return {
    read: (orderId, signal) =>
      new Promise((resolve) => {
        const stop = () => settle({ kind: 'failed', failure: { kind: 'not-tried', cause: 'stopping', waitMs: 1_000 } })
        const settle = (read: OrderRead) => {
          signal.removeEventListener('abort', stop)
          waiting = waiting.filter((other) => other.settle !== settle)
          resolve(read)
        }
        signal.addEventListener('abort', stop)
        waiting.push({ orderId, settle })
        if (signal.aborted) stop()
        else void start()
      }),
  }

  async function start(): Promise<void> {
    if (isRunning) return
    isRunning = true
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    try {
      while (waiting.length > 0) await readNext()
    } finally {
      isRunning = false
    }
  }

  async function readNext(): Promise<void> {
    const batch = waiting.splice(0, ORDERS_PAGE_SIZE)
    try {
      await readBatch(batch, false, () => batch.push(...waiting.splice(0, ORDERS_PAGE_SIZE - batch.length)))
    } catch (err) {
      // A bug of ours: whoever waits must not wait for ever.
      const detail = `reading orders: ${err instanceof Error ? err.message : String(err)}`
      for (const { settle } of batch) settle(failed({ kind: 'refused', fault: 'ours', detail }))
    }
  }

  async function readBatch(batch: Waiting[], isTest: boolean, fillUp: () => void = () => {}): Promise<void> {
    const { answer, exchange } = await caller.sendLater(
      { operation: 'getBusinessOrders', entity: `business-${businessId}` },
      () => {
        fillUp()
        return getBusinessOrders(businessId, { orderIds: idsOf(batch), isTest })
      },
      { priority: PRIORITY, patienceMs: PATIENCE_MS },
    )
    const list = answer.kind === 'ok' ? ordersAnswerSchema.safeParse(answer.body).data?.orders : undefined
    const isRefused = answer.kind === 'rejected' || answer.kind === 'not-found' || (answer.kind === 'ok' && !list)
    const isCutOff = answer.kind === 'unavailable' && answer.status === 200
    if ((isRefused || isCutOff) && idsOf(batch).length > 1) {
      const half = Math.ceil(batch.length / 2)
      await readBatch(batch.slice(0, half), isTest)
      return readBatch(batch.slice(half), isTest)
    }
    if (list && exchange) {
      const missing = settleFound(batch, list, exchange, isTest)
      if (missing.length > 0) await readBatch(missing, true)
      return
    }
    const failure = toFailure(answer)
    for (const { settle } of batch) settle(failed(failure, exchange))
  }
}

/** Returns those that are still to be asked for. */
function settleFound(
  batch: Waiting[],
  { read, unreadable }: Entries<WireOrder>,
  exchange: Exchange,
  isTest: boolean,
): Waiting[] {
  return batch.filter(({ orderId, settle }) => {
    const order = read.find((candidate) => candidate.orderId === orderId)
    const fault = unreadable.find(({ id }) => id === orderId)?.fault
    if (order) settle({ kind: 'order', order, exchange: alone(exchange, orderId) })
    else if (fault) settle(failed({ kind: 'refused', fault: 'theirs', detail: `order ${orderId}: ${fault}` }, exchange))
    else if (isTest) settle({ kind: 'missing', exchange: alone(exchange, orderId) })
    return !order && !fault && !isTest
  })
}

/** What the attempts of one order keep says nothing of the other 49. */
function alone(exchange: Exchange, orderId: string): Exchange {
  const { orders } = exchange.result.body as { orders: { orderId?: unknown }[] }
  const own = orders.filter((order) => String(order?.orderId) === orderId)
  const result = { ...exchange.result, body: { orders: own } } as Exchange['result']
  return { call: exchange.call, result }
}

function idsOf(batch: readonly Waiting[]): string[] {
  return [...new Set(batch.map(({ orderId }) => orderId))]
}

function failed(failure: Failure, exchange?: Exchange): OrderRead {
  return { kind: 'failed', failure, ...(exchange && { exchange }) }
}
