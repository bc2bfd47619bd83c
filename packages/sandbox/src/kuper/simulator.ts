import { Hono } from 'hono'
import { createMemory, readCall } from '../calls.ts'
import { addHealth, type Listening, listen } from '../serve.ts'
import { createCallAnswerer, type KuperCall } from './answer-call.ts'
import { createControl } from './control.ts'
import { createFaults } from './faults.ts'
import { createNotificationHandler } from './notifications.ts'
import { createOrderBook } from './order-book.ts'
import { createOrderLife } from './order-life.ts'
import type { OrderPlan } from './order-plan.ts'
import { patchSettings, type Settings, type SettingsPatch, settingsSchema } from './settings.ts'
import { createShipmentHandlers } from './shipments.ts'
import { createCallCounts, summarize } from './summary.ts'
import { createRealTimers, type Timers } from './timers.ts'
import { createTokens } from './tokens.ts'
import { createFindings } from './violations.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

export interface KuperSimulatorOptions {
  /** Where `start` listens; 0 picks a free port. */
  port?: number
  hostname?: string
  settings?: SettingsPatch
  timers?: Timers
  fetch?: typeof fetch
  /** Number in the first order id (`H` and ten digits). Default: the time, so that restarts do not collide. */
  firstOrderNumber?: number
  /** How many orders, calls and webhooks are remembered. */
  memoryLimit?: number
}

export interface KuperSimulator {
  app: Hono
  /** Throws before `start`. */
  readonly url: string
  start(): Promise<{ url: string }>
  /** Stops listening and everything that is scheduled. */
  stop(): Promise<void>
}

/** Kuper's token endpoint, notifications endpoint, shipment reads, webhooks and control API, all in memory. */
export function createKuperSimulator(options: KuperSimulatorOptions = {}): KuperSimulator {
  const timers = options.timers ?? createRealTimers()
  const memoryLimit = options.memoryLimit ?? 20_000
  const initialSettings = patchSettings(settingsSchema.parse({}), options.settings ?? {})
  let settings: Settings = initialSettings
  let orderNumber = options.firstOrderNumber ?? Date.now()
  let placed = 0
  let listening: Listening | undefined

  const readSettings = () => settings
  const now = () => timers.now()
  const faults = createFaults()
  const book = createOrderBook(memoryLimit, faults.forgetOrder)
  const findings = createFindings(memoryLimit, now)
  const calls = createMemory<KuperCall>(memoryLimit)
  const counts = createCallCounts()
  const tokens = createTokens(readSettings, now)
  const answerer = createCallAnswerer({ timers, faults, calls, count: counts.count })
  const webhooks: Webhooks = createWebhooks({
    timers,
    settings: readSettings,
    faults,
    fetch: options.fetch ?? fetch,
    memoryLimit,
    onAcknowledged: (order, delivery, answer) => life.onAcknowledged(order, delivery, answer),
  })
  const life = createOrderLife({ book, timers, settings: readSettings, findings, webhooks })

  function place(plan: OrderPlan) {
    placed += 1
    let originalOrderId = plan.originalOrderId
    while (originalOrderId === undefined || (plan.originalOrderId === undefined && book.find(originalOrderId))) {
      originalOrderId = `H${String(orderNumber % 10_000_000_000).padStart(10, '0')}`
      orderNumber += 1
    }
    for (const fault of plan.faults) faults.add({ ...fault, orderId: originalOrderId })
    return life.place(plan, { seq: placed, originalOrderId })
  }

  function forgetEverything() {
    timers.clear()
    answerer.releaseHanging()
    webhooks.clear()
    faults.clear()
    book.clear()
    calls.clear()
    counts.clear()
    findings.clear()
    placed = 0
  }

  const app = new Hono()
  addHealth(app)

  app.post('/auth/token', async (c) => {
    const received = await readCall(c.req)
    const form = new URLSearchParams(received.rawBody)
    return await answerer.answerCall(c, { on: 'token', received, process: () => tokens.answer(form) })
  })

  const verify = tokens.verify
  const notify = createNotificationHandler({ book, life, timers, settings: readSettings, verify, findings, answerer })
  app.post('/ofm/api/v1/notifications', notify)
  app.post('/v1/notifications', notify)
  app.post('/v3/notifications', notify)

  const shipments = createShipmentHandlers({ book, settings: readSettings, verify, findings, answerer })
  app.get('/ofm/api/v1/shipments', shipments.list)
  app.get('/ofm/api/v1/shipments/:orderId', shipments.read)
  app.get('/ofm/api/v1/shipments/:orderId/state', shipments.readState)

  app.route(
    '/_control',
    createControl({
      book,
      life,
      webhooks,
      faults,
      findings,
      calls,
      settings: readSettings,
      place,
      changeSettings(patch) {
        settings = patchSettings(settings, patch)
        return settings
      },
      expireTokens: tokens.revokeAll,
      summarize: () => summarize(book.list(), placed, webhooks, counts, findings),
      reset() {
        forgetEverything()
        settings = { ...initialSettings, webhookUrl: settings.webhookUrl, webhookAuth: settings.webhookAuth }
      },
    }),
  )

  return {
    app,
    get url() {
      if (listening === undefined) throw new Error('the Kuper simulator has not been started')
      return listening.url
    },
    async start() {
      listening = await listen(app, {
        port: options.port ?? 0,
        ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      })
      return { url: listening.url }
    },
    async stop() {
      forgetEverything()
      await listening?.close()
      listening = undefined
    },
  }
}
