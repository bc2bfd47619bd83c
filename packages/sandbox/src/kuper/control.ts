import type { Hono } from 'hono'
import { z } from 'zod'
import type { Memory } from '../calls.ts'
import { type CommonControl, createControlApp, NotThere, oneOrMany } from '../control-routes.ts'
import type { KuperCall } from './answer-call.ts'
import { type Fault, type Faults, faultSchema } from './faults.ts'
import type { KuperOrder } from './order.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderLife } from './order-life.ts'
import { cancellationSchema, type OrderPlan, orderPlanSchema, updateSchema } from './order-plan.ts'
import { viewOrders } from './order-view.ts'
import type { Settings } from './settings.ts'
import type { KuperSummary } from './summary.ts'
import type { Findings } from './violations.ts'
import type { WebhookDelivery, Webhooks, WebhookToSend } from './webhooks.ts'

export interface ControlDeps extends CommonControl<Fault> {
  book: OrderBook
  life: OrderLife
  webhooks: Webhooks
  faults: Faults
  findings: Findings
  calls: Memory<KuperCall>
  settings: () => Settings
  place: (plan: OrderPlan) => KuperOrder
  changeSettings: (patch: unknown) => Settings
  expireTokens: () => void
  summarize: () => KuperSummary
  reset: () => void
}

const webhookSchema = z.strictObject({
  eventType: z.string(),
  payload: z.looseObject({}).default({}),
  /** Sent as it is instead of the envelope. */
  rawBody: z.string().optional(),
  auth: z
    .union([
      z.enum(['none', 'wrong']),
      z.strictObject({ scheme: z.literal('client-token'), token: z.string() }),
      z.strictObject({ scheme: z.literal('basic'), user: z.string(), password: z.string() }),
      z.strictObject({ scheme: z.literal('bearer'), token: z.string() }),
    ])
    .optional(),
  retry: z.boolean().default(true),
})
export type WebhookInput = z.input<typeof webhookSchema>

/** The simulator's own side: `/_control/...`. Wrong input is 400 with zod's issues, an unknown order 404. */
export function createControl(deps: ControlDeps): Hono {
  const { book, life, findings } = deps
  const app = createControlApp(deps, faultSchema)

  const orderAt = (orderId: string): KuperOrder => {
    const order = book.find(orderId)
    if (order === undefined) throw new NotThere()
    return order
  }
  const view = (order: KuperOrder) => viewOrders([order], findings)[0]!

  app.post('/orders', async (c) => {
    const plans = oneOrMany(orderPlanSchema).parse(await c.req.json())
    const taken = plans.find((plan) => plan.originalOrderId !== undefined && book.find(plan.originalOrderId))
    if (taken !== undefined) return c.json({ error: `order ${taken.originalOrderId} exists` }, 409)
    return c.json(viewOrders(plans.map(deps.place), findings), 201)
  })
  app.get('/orders', (c) => c.json(viewOrders(book.list(), findings)))
  app.get('/orders/:id', (c) => c.json(view(orderAt(c.req.param('id')))))

  app.post('/orders/:id/cancel', async (c) => {
    const order = orderAt(c.req.param('id'))
    const cancellation = cancellationSchema.safeParse(await c.req.json().catch(() => undefined))
    const isDone = life.cancelByKuper(order, cancellation.data ?? order.plan.script.cancellation)
    return c.json(view(order), isDone ? 200 : 409)
  })
  app.post('/orders/:id/update', async (c) => {
    const order = orderAt(c.req.param('id'))
    const isDone = life.updateOrder(order, updateSchema.parse(await c.req.json()))
    return c.json(view(order), isDone ? 200 : 409)
  })
  app.post('/orders/:id/webhook', async (c) => {
    const order = orderAt(c.req.param('id'))
    return c.json(viewWebhook(deps.webhooks.send(webhookToSend(await c.req.json(), order))), 202)
  })
  app.post('/webhook', async (c) =>
    c.json(viewWebhook(deps.webhooks.send(webhookToSend(await c.req.json(), undefined))), 202),
  )

  app.get('/webhooks', (c) => {
    const orderId = c.req.query('orderId')
    const eventType = c.req.query('eventType')
    const chosen = deps.webhooks
      .list()
      .filter((one) => orderId === undefined || one.orderId === orderId)
      .filter((one) => eventType === undefined || one.eventType === eventType)
    return c.json(chosen.map(viewWebhook))
  })
  app.get('/calls', (c) => {
    const orderId = c.req.query('orderId')
    const on = c.req.query('on')
    const chosen = deps.calls
      .list()
      .filter((call) => orderId === undefined || call.orderId === orderId)
      .filter((call) => on === undefined || call.on === on)
    return c.json(chosen)
  })
  app.get('/violations', (c) => c.json({ violations: findings.violations(), remarks: findings.remarks() }))
  app.get('/summary', (c) => c.json(deps.summarize()))

  app.post('/tokens/expire', (c) => {
    deps.expireTokens()
    return c.body(null, 204)
  })
  return app
}

function webhookToSend(input: unknown, order: KuperOrder | undefined): WebhookToSend {
  const { auth, ...webhook } = webhookSchema.parse(input)
  if (auth === 'wrong') return { ...webhook, order, auth: { scheme: 'client-token', token: 'not-the-token' } }
  return { ...webhook, order, ...(auth === undefined ? {} : { auth }) }
}

export type WebhookView = Omit<WebhookDelivery, 'body'> & { body: unknown }

function viewWebhook(delivery: WebhookDelivery): WebhookView {
  try {
    return { ...delivery, body: JSON.parse(delivery.body) }
  } catch {
    return delivery
  }
}
