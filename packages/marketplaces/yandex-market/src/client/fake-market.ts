import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { MarketplaceAttempt, MarketplaceEffect, Performed } from '@sluice/marketplace-port'
import { createOrder, defaultPolicy, type Order, type PlacedOrder } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import { yandexMarketAccountSchema } from '../settings-schema.ts'
import type { Account } from './attempt.ts'
import { createYandexMarketClient, type YandexMarketClient } from './create-yandex-market-client.ts'
import type { Operation } from './market-calls.ts'
import { checkRequest } from './request-schema.ts'

/** For tests: a Partner API that shows `orders` and otherwise answers as told. Every request is checked by our own schemas. */
export interface FakeMarket {
  client: YandexMarketClient
  account: Account
  /** What `getBusinessOrders` finds, true and test orders. */
  orders: Record<string, unknown>[]
  calls: SeenCall[]
  /** Replaces the answer to one operation; the list gives one answer after another, the last one for good. */
  answer(operation: Operation, ...answers: FakeAnswer[]): void
  perform(effect: MarketplaceEffect, attempt?: Partial<MarketplaceAttempt>): Promise<Performed>
  /** `updateOrderStatus {"order":…}` for every call, but for reads of orders. */
  changes(): string[]
  close(): Promise<void>
}

export interface SeenCall {
  operation: Operation
  path: string
  query: Record<string, string>
  headers: IncomingHttpHeaders
  body: unknown
  /** The body as it came. */
  raw: string
}

export type FakeAnswer = Response | 'cut' | ((call: SeenCall) => Response)

interface Response {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** Redis away: calls go out uncounted. */
export const noRedis = {
  eval: () => Promise.reject(new Error('away')),
  get: () => Promise.reject(new Error('away')),
  set: () => Promise.reject(new Error('away')),
  del: () => Promise.reject(new Error('away')),
}

export async function startFakeMarket(
  options: { api?: object; redis?: Redis; now?: () => number } = {},
): Promise<FakeMarket> {
  const answers = new Map<Operation, FakeAnswer[]>()
  const calls: SeenCall[] = []
  const server = createServer((req, res) => {
    void text(req).then((raw) => {
      const checked = checkRequest(req.method ?? '', req.url ?? '', raw)
      if ('fault' in checked) {
        res.writeHead(418).end(JSON.stringify({ errors: [{ code: 'NONCONFORMING', message: checked.fault }] }))
        return
      }
      const call: SeenCall = { ...checked, headers: req.headers, raw }
      calls.push(call)
      const list = answers.get(call.operation) ?? []
      const next = list.length > 1 ? list.shift() : list[0]
      const answer = typeof next === 'function' ? next(call) : (next ?? defaultAnswer(call))
      if (answer === 'cut') {
        res.destroy()
        return
      }
      res.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      res.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const account = testAccount({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...options.api,
  })
  const client = createYandexMarketClient(account, {
    redis: options.redis ?? (noRedis as unknown as Redis),
    log: { warn: () => {} },
    ...(options.now && { now: options.now }),
  })

  const market: FakeMarket = {
    client,
    account,
    orders: [],
    calls,
    answer: (operation, ...list) => answers.set(operation, list),
    perform: (effect, attempt) => client.perform(effect, { ...testAttempt(), ...attempt }),
    changes: () =>
      calls
        .filter(({ operation }) => operation !== 'getBusinessOrders')
        .map(({ operation, body }) => (body === undefined ? operation : `${operation} ${JSON.stringify(body)}`)),
    async close() {
      await client.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return market

  function defaultAnswer({ operation, body }: SeenCall): Response {
    if (operation !== 'getBusinessOrders') return { status: 200, body: { status: 'OK' } }
    const { orderIds, fake = false } = body as { orderIds?: number[]; fake?: boolean }
    const found = market.orders.filter(
      (order) => (order.fake ?? false) === fake && (!orderIds || orderIds.includes(Number(order.orderId))),
    )
    return { status: 200, body: { orders: found, paging: {} } }
  }
}

export function testAccount(api: object = {}): Account {
  const settings = yandexMarketAccountSchema.parse({ businessId: '7001', api: { apiKey: 'ACMA:secret', ...api } })
  return { id: 'main', numberPrefix: 'YM-', stores: [{ id: '4400' }], ...settings }
}

export function errorAnswer(status: number, message: string, headers: Record<string, string> = {}) {
  return { status, headers, body: { status: 'ERROR', errors: [{ code: 'BAD_REQUEST', message }] } }
}

/** As `getBusinessOrders` shows it. */
export function wireOrder(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    orderId: 58001,
    campaignId: 4400,
    programType: 'FBS',
    status: 'PROCESSING',
    substatus: 'STARTED',
    creationDate: '2026-05-01T10:00:00+03:00',
    updateDate: '2026-05-01T10:05:00+03:00',
    paymentType: 'PREPAID',
    paymentMethod: 'SBP',
    fake: false,
    items: [
      { id: 1, offerId: 'TEA', offerName: 'Tea', count: 2 },
      { id: 2, offerId: 'CUP', offerName: 'Cup', count: 1 },
    ],
    delivery: {
      type: 'DELIVERY',
      serviceName: 'Market',
      deliveryServiceId: 51,
      deliveryPartnerType: 'YANDEX_MARKET',
      dates: { fromDate: '2026-05-04' },
    },
    ...fields,
  }
}

export const placedOrder: PlacedOrder = {
  storeId: '4400',
  fulfilment: 'marketplace-delivery',
  lines: [
    { sku: 'TEA', quantity: 2, lineId: '1' },
    { sku: 'CUP', quantity: 1, lineId: '2' },
  ],
}

export function knownOrder(placed: Partial<PlacedOrder> = {}, facts: Partial<Order> = {}): Order {
  const ref = { id: 'o', marketplace: 'yandex-market', account: 'main', externalId: '58001', number: 'YM-58001' }
  return { ...createOrder(ref), placed: { value: { ...placedOrder, ...placed }, stamp: '1' }, ...facts }
}

export function conversationOrder(externalId: string, facts: Partial<Order> = {}): Order {
  const ref = { id: 'c', marketplace: 'yandex-market', account: 'main', externalId, number: `YM-${externalId}` }
  return { ...createOrder(ref), ...facts }
}

function testAttempt(): MarketplaceAttempt {
  return {
    order: knownOrder(),
    idempotencyKey: 'YM-58001/notify-marketplace/ready',
    wasUnclear: false,
    policy: defaultPolicy,
    signal: new AbortController().signal,
  }
}
