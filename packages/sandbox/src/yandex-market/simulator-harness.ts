import { createManualTimers } from '../timers.ts'
import { createYandexMarketControl } from './control-client.ts'
import type { OrderPlanInput } from './order-plan.ts'
import type { SettingsPatch } from './settings.ts'
import { createYandexMarketSimulator } from './simulator.ts'

export interface ReceivedNotification {
  notificationType: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into notifications freely.
  body: any
  text: string
  url: string
}

export interface ApiAnswer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  body: any
  headers: Headers
}

export const accepted = () => Response.json({ version: '1.0.0', name: 'Sluice', time: '2026-05-01T09:00:00.000Z' })

/** A simulator on a clock that only tests move, with a seller that answers as it is told. No ports. */
export async function createHarness(settings: SettingsPatch = {}) {
  const timers = createManualTimers(new Date('2026-05-01T09:00:00.123Z'))
  const received: ReceivedNotification[] = []
  let answerNotification = (_notification: ReceivedNotification): Response | Promise<Response> => accepted()

  const simulator = createYandexMarketSimulator({
    timers,
    lastId: 50_000_000_000,
    settings: { notificationUrl: 'https://seller.invalid/market?a=b', hasVariety: false, ...settings },
    fetch: async (url, init) => {
      const text = init?.body as string
      const body = JSON.parse(text) as ReceivedNotification['body']
      const notification = { notificationType: String(body.notificationType), body, text, url: url as string }
      received.push(notification)
      return await answerNotification(notification)
    },
  })
  const request = (async (url: string, init?: RequestInit) => simulator.app.request(url, init)) as typeof fetch
  const control = createYandexMarketControl('http://market.invalid', request)
  const ofType = (type?: string) => received.filter((one) => type === undefined || one.notificationType === type)

  async function call(
    method: string,
    path: string,
    body?: unknown,
    init: { headers?: Record<string, string>; signal?: AbortSignal; rawBody?: string } = {},
  ): Promise<ApiAnswer> {
    const sent = init.rawBody ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await simulator.app.request(path, {
      method,
      headers: {
        'api-key': 'sandbox-api-key',
        'x-market-integration': 'Sluice/1.0.0',
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
      ...(init.signal === undefined ? {} : { signal: init.signal }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : parse(text), headers: response.headers }
  }

  await control.connect()
  await timers.advance(0)
  received.length = 0

  return {
    simulator,
    timers,
    control,
    received,
    call,
    types: () => received.map(({ notificationType }) => notificationType),
    ofType,
    /** `STATUS/SUBSTATUS` as they were announced. */
    statuses: () => ofType('ORDER_STATUS_UPDATED').map(({ body }) => `${body.status}/${body.substatus}`),
    sellerAnswers(answer: typeof answerNotification) {
      answerNotification = answer
    },
    /** Places an order and lets its notifications arrive. */
    async place(plan: Partial<OrderPlanInput> = {}): Promise<string> {
      const order = await control.placeOrder({
        lines: [
          { offerId: 'KETTLE', count: 1, price: '2490.00' },
          { offerId: 'MUG', count: 2, price: '390.00' },
        ],
        ...plan,
      })
      await timers.advance(0)
      return order.orderId
    },
    /** The path of an operation on the order. */
    async at(orderId: string, rest: string): Promise<string> {
      const { campaignId } = await control.getOrder(orderId)
      return `/v2/campaigns/${campaignId}/orders/${orderId}/${rest}`
    },
    async setStatus(orderId: string, status: string, substatus?: string): Promise<ApiAnswer> {
      const { campaignId } = await control.getOrder(orderId)
      const order = { status, ...(substatus === undefined ? {} : { substatus }) }
      return await call('PUT', `/v2/campaigns/${campaignId}/orders/${orderId}/status`, { order })
    },
    async read(filter: object, query = ''): Promise<ApiAnswer> {
      return await call('POST', `/v1/businesses/2001/orders${query}`, filter)
    },
    async violations(): Promise<string[]> {
      return (await control.listFindings()).violations.map(({ kind }) => kind)
    },
    async remarks(): Promise<string[]> {
      return (await control.listFindings()).remarks.map(({ kind }) => kind)
    },
  }
}
export type Harness = Awaited<ReturnType<typeof createHarness>>

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
