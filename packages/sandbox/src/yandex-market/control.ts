import type { Hono } from 'hono'
import { z } from 'zod'
import type { Memory } from '../calls.ts'
import { type CommonControl, createControlApp, NotThere, oneOrMany } from '../control-routes.ts'
import type { MarketCall } from './answer-call.ts'
import type { Conversations } from './conversations.ts'
import { type Fault, faultSchema } from './faults.ts'
import type { Findings } from './findings.ts'
import { int64 } from './json-int64.ts'
import type { NotificationDelivery, Notifications } from './notifications.ts'
import { isEnded, type MarketOrder } from './order.ts'
import type { OrderLife } from './order-life.ts'
import { cancellationSchema, type OrderPlan, orderPlanSchema, returnPlanSchema } from './order-plan.ts'
import { viewOrders, viewReturn } from './order-view.ts'
import type { createOutage } from './outage.ts'
import type { ReturnLife } from './return-life.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { MarketSummary } from './summary.ts'

export interface ControlDeps extends CommonControl<Fault> {
  store: () => Store
  life: OrderLife
  returns: ReturnLife
  conversations: Conversations
  notifications: Notifications
  findings: Findings
  calls: Memory<MarketCall>
  outage: ReturnType<typeof createOutage>
  settings: () => Settings
  changeSettings: (patch: unknown) => Settings
  place: (plan: OrderPlan) => MarketOrder
  summarize: () => MarketSummary
}

const notificationSchema = z.strictObject({
  type: z.string(),
  body: z.looseObject({}).default({}),
  /** Sent as it is instead of the body. */
  rawBody: z.string().optional(),
  /** Adds the order's `orderId` and `campaignId`. */
  orderId: z.string().optional(),
})
export type NotificationInput = z.input<typeof notificationSchema>

const outageSchema = z.strictObject({
  answer: z.union([z.literal('cut'), z.literal(503)]).default('cut'),
  /** Left out: until it is ended. */
  forMs: z.number().int().positive().nullable().default(null),
})
export type OutageInput = z.input<typeof outageSchema>

const ofOrder = { orderId: z.string().optional() }
const chatSchema = z.strictObject({
  ...ofOrder,
  context: z.enum(['ORDER', 'DIRECT']).default('ORDER'),
  messages: z.array(z.string().min(1)).min(1),
  replies: z.array(z.string().min(1)).default([]),
  withArbiter: z.boolean().default(false),
})
const reviewSchema = z.strictObject({
  ...ofOrder,
  offerId: z.string().optional(),
  rating: z.number().int().min(1).max(5).default(4),
  text: z.string().default('Пришло вовремя'),
  comments: z.array(z.string().min(1)).default([]),
})
const questionSchema = z.strictObject({
  ...ofOrder,
  offerId: z.string().optional(),
  text: z.string().min(1).default('Есть ли инструкция на русском?'),
  answers: z.array(z.string().min(1)).default([]),
})
export type ChatInput = z.input<typeof chatSchema>
export type ReviewInput = z.input<typeof reviewSchema>
export type QuestionInput = z.input<typeof questionSchema>

/** The simulator's own side: `/_control/...`. Wrong input is 400 with zod's issues, an unknown thing 404. */
export function createControl(deps: ControlDeps): Hono {
  const { findings, life, conversations } = deps
  const app = createControlApp(deps, faultSchema)

  const orderAt = (orderId: string): MarketOrder => {
    const order = deps.store().orders.get(orderId)
    if (order === undefined) throw new NotThere()
    return order
  }
  const orderOf = (orderId: string | undefined) => (orderId === undefined ? undefined : orderAt(orderId))
  const view = (order: MarketOrder) => viewOrders([order], deps.store(), findings)[0]!

  app.post('/orders', async (c) => {
    const plans = oneOrMany(orderPlanSchema).parse(await c.req.json())
    const taken = plans.find(({ orderId }) => orderId !== undefined && deps.store().orders.has(orderId))
    if (taken !== undefined) return c.json({ error: `order ${taken.orderId} exists` }, 409)
    return c.json(viewOrders(plans.map(deps.place), deps.store(), findings), 201)
  })
  app.get('/orders', (c) => c.json(viewOrders([...deps.store().orders.values()], deps.store(), findings)))
  app.get('/orders/:id', (c) => c.json(view(orderAt(c.req.param('id')))))

  /** By the buyer; 409 when the order has ended. */
  app.post('/orders/:id/cancel', async (c) => {
    const order = orderAt(c.req.param('id'))
    const { substatus } = cancellationSchema.parse(await c.req.json().catch(() => ({})))
    const isDone = life.cancel(order, 'buyer', substatus)
    return c.json(view(order), isDone ? 200 : 409)
  })
  app.post('/orders/:id/ask-cancellation', (c) => {
    const order = orderAt(c.req.param('id'))
    return c.json(view(order), life.askCancellation(order) ? 200 : 409)
  })
  app.post('/orders/:id/returns', async (c) => {
    const order = orderAt(c.req.param('id'))
    const plan = returnPlanSchema.parse(await c.req.json().catch(() => ({})))
    if (!isEnded(order) || order.status === 'CANCELLED') return c.json({ error: 'not delivered' }, 409)
    return c.json(viewReturn(deps.returns.create(order, plan, 'RETURN')), 201)
  })

  app.get('/returns', (c) => {
    const orderId = c.req.query('orderId')
    const all = [...deps.store().returns.values()]
    return c.json(all.filter((one) => orderId === undefined || one.orderId === orderId).map(viewReturn))
  })
  app.get('/returns/:id', (c) => {
    const one = deps.store().returns.get(c.req.param('id'))
    if (one === undefined) throw new NotThere('return')
    return c.json(viewReturn(one))
  })

  const things = {
    chats: () => deps.store().chats,
    feedbacks: () => deps.store().feedbacks,
    questions: () => deps.store().questions,
  }
  for (const [name, map] of Object.entries(things)) {
    app.get(`/${name}`, (c) => c.json([...map().values()]))
    app.get(`/${name}/:id`, (c) => {
      const one = map().get(c.req.param('id'))
      if (one === undefined) throw new NotThere(name.slice(0, -1))
      return c.json(one)
    })
  }
  app.post('/chats', async (c) => {
    const { orderId, ...plan } = chatSchema.parse(await c.req.json())
    return c.json(conversations.chat(plan, orderOf(orderId)), 201)
  })
  app.post('/chats/:id/messages', async (c) => {
    const chat = deps.store().chats.get(c.req.param('id'))
    if (chat === undefined) throw new NotThere('chat')
    const { text } = z.strictObject({ text: z.string().min(1) }).parse(await c.req.json())
    conversations.say(chat, 'CUSTOMER', text)
    return c.json(chat, 201)
  })
  app.post('/feedbacks', async (c) => {
    const { orderId, ...plan } = reviewSchema.parse(await c.req.json())
    return c.json(conversations.review(plan, orderOf(orderId)), 201)
  })
  app.post('/questions', async (c) => {
    const { orderId, ...plan } = questionSchema.parse(await c.req.json())
    return c.json(conversations.ask(plan, orderOf(orderId)), 201)
  })

  app.post('/notifications', async (c) => {
    const { orderId, body, ...rest } = notificationSchema.parse(await c.req.json())
    const order = orderOf(orderId)
    const names = order && { orderId: int64(order.orderId), campaignId: order.campaignId }
    return c.json(viewNotification(deps.notifications.send({ ...rest, orderId, body: { ...names, ...body } })), 202)
  })
  app.get('/notifications', (c) => {
    const orderId = c.req.query('orderId')
    const type = c.req.query('type')
    const chosen = deps.notifications
      .list()
      .filter((one) => orderId === undefined || one.orderId === orderId)
      .filter((one) => type === undefined || one.type === type)
    return c.json(chosen.map(viewNotification))
  })
  app.get('/calls', (c) => {
    const orderId = c.req.query('orderId')
    const operation = c.req.query('operation')
    const chosen = deps.calls
      .list()
      .filter((call) => orderId === undefined || call.orderIds.includes(orderId))
      .filter((call) => operation === undefined || call.operation === operation)
    return c.json(chosen)
  })
  app.get('/violations', (c) => c.json({ violations: findings.violations(), remarks: findings.remarks() }))
  app.get('/summary', (c) => c.json(deps.summarize()))

  app.post('/outage', async (c) => {
    const { answer, forMs } = outageSchema.parse(await c.req.json().catch(() => ({})))
    deps.outage.start(answer, forMs)
    return c.body(null, 204)
  })
  app.delete('/outage', (c) => {
    deps.outage.end()
    return c.body(null, 204)
  })
  /** As a person who presses the button in the cabinet: a PING comes. */
  app.post('/connect', (c) => {
    deps.notifications.connect()
    return c.body(null, 204)
  })
  return app
}

export type NotificationView = Omit<NotificationDelivery, 'body'> & { body: unknown }

function viewNotification(delivery: NotificationDelivery): NotificationView {
  try {
    return { ...delivery, body: JSON.parse(delivery.body) }
  } catch {
    return delivery
  }
}
