import { createManualTimers } from '../timers.ts'
import { createKuperControl } from './control-client.ts'
import type { OrderPlanInput } from './order-plan.ts'
import type { SettingsPatch } from './settings.ts'
import { createKuperSimulator } from './simulator.ts'

export interface ReceivedWebhook {
  eventType: string
  payload: Record<string, unknown>
  envelope: Record<string, unknown>
  headers: Headers
}

/** A simulator on a clock that only tests move, with a merchant that answers as it is told. No ports. */
export function createHarness(settings: SettingsPatch = {}) {
  const timers = createManualTimers(new Date('2025-06-02T07:00:00Z'))
  const received: ReceivedWebhook[] = []
  let answerWebhook = (webhook: ReceivedWebhook): Response =>
    webhook.eventType === 'order.created'
      ? Response.json({ status: 'created', number: `N-${String(webhook.payload.originalOrderId)}` })
      : Response.json({ status: 'ok' })

  const simulator = createKuperSimulator({
    timers,
    firstOrderNumber: 1,
    settings: { webhookUrl: 'http://merchant.invalid/kuper-webhook', ...settings },
    fetch: async (_url, init) => {
      const envelope = JSON.parse(init?.body as string) as { event_type: string; payload: Record<string, unknown> }
      const webhook = {
        eventType: envelope.event_type,
        payload: envelope.payload,
        envelope,
        headers: new Headers(init?.headers),
      }
      received.push(webhook)
      return answerWebhook(webhook)
    },
  })
  const request = (async (url: string, init?: RequestInit) => simulator.app.request(url, init)) as typeof fetch
  const control = createKuperControl('http://kuper.invalid', request)

  async function fetchToken(form: Record<string, string> = {}): Promise<Response> {
    return await simulator.app.request('/auth/token', {
      method: 'POST',
      body: new URLSearchParams({
        client_id: 'sandbox-client',
        client_secret: 'sandbox-secret',
        grant_type: 'client_credentials',
        ...form,
      }),
    })
  }

  let token: string | undefined
  async function authorization(): Promise<string> {
    token ??= ((await (await fetchToken()).json()) as { access_token: string }).access_token
    return `Bearer ${token}`
  }

  async function notify(
    orderId: string,
    type: string,
    payload: Record<string, unknown> = {},
    init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    return await simulator.app.request('/ofm/api/v1/notifications', {
      method: 'POST',
      headers: { authorization: await authorization(), 'content-type': 'application/json', ...init.headers },
      body: JSON.stringify({ event: { type, payload: { order_id: orderId, ...payload } } }),
      ...(init.signal === undefined ? {} : { signal: init.signal }),
    })
  }

  return {
    simulator,
    timers,
    control,
    received,
    fetchToken,
    authorization,
    notify,
    eventTypes: () => received.map((webhook) => webhook.eventType),
    merchantAnswers(answer: typeof answerWebhook) {
      answerWebhook = answer
    },
    /** Places an order and lets its order.created arrive. */
    async place(plan: Partial<OrderPlanInput> = {}): Promise<string> {
      const order = await control.placeOrder({
        storeId: 'store-1',
        lines: [{ id: '100', quantity: 2, price: '58.00', discountPrice: '52.00' }],
        ...plan,
      })
      await timers.advance(0)
      return order.originalOrderId
    },
    async get(path: string): Promise<Response> {
      return await simulator.app.request(path, { headers: { authorization: await authorization() } })
    },
    unchanged: (orderId: string) => ({ order: { originalOrderId: orderId, changed: false } }),
  }
}
