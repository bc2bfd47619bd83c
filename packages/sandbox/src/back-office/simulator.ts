import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { createMemory, readCall } from '../calls.ts'
import { createRealTimers, type Timers } from '../kuper/timers.ts'
import { addHealth, type Listening, listen } from '../serve.ts'
import { type BackOfficeCall, createCallAnswerer } from './answer-call.ts'
import { orderEventSchema, reservationSchema, returnSchema, stockQuerySchema } from './contract-schema.ts'
import { createControl } from './control.ts'
import { createEventSender, type PostEvents, postOverHttp } from './event-sender.ts'
import { createFaults } from './faults.ts'
import { createFindings } from './findings.ts'
import { createOrderDesk } from './order-desk.ts'
import { patchSettings, type Settings, type SettingsPatch, settingsSchema } from './settings.ts'
import { createStock } from './stock.ts'
import { summarize } from './summary.ts'

export interface BackOfficeSimulatorOptions {
  /** Where `start` listens; 0 picks a free port. */
  port?: number
  hostname?: string
  settings?: SettingsPatch
  timers?: Timers
  post?: PostEvents
  /** Begins the ids of its events. Default: random, so that restarts do not collide. */
  runId?: string
  /** How many calls and findings are remembered. */
  memoryLimit?: number
}

export interface BackOfficeSimulator {
  app: Hono
  /** Throws before `start`. */
  readonly url: string
  start(): Promise<{ url: string }>
  /** Stops listening and everything that is scheduled. */
  stop(): Promise<void>
}

/** A merchant's system with stock, reservations and staff, all in memory. Contract: docs/back-office.md. */
export function createBackOfficeSimulator(options: BackOfficeSimulatorOptions = {}): BackOfficeSimulator {
  const timers = options.timers ?? createRealTimers()
  const memoryLimit = options.memoryLimit ?? 20_000
  const initialSettings = patchSettings(settingsSchema.parse({}), options.settings ?? {})
  let current: Settings = initialSettings
  let listening: Listening | undefined

  const settings = () => current
  const now = () => timers.now()
  const faults = createFaults(() => now().getTime())
  const findings = createFindings(memoryLimit, now)
  const calls = createMemory<BackOfficeCall>(memoryLimit)
  const stock = createStock({ supply: () => current.supply, today: now })
  const sender = createEventSender({ settings, timers, faults, findings, post: options.post ?? postOverHttp })
  const runId = options.runId ?? `bo-${randomUUID().slice(0, 8)}`
  const desk = createOrderDesk({ settings, timers, stock, findings, sender, runId })
  const answerer = createCallAnswerer({ token: () => current.token, timers, faults, findings, calls })

  function forgetEverything() {
    timers.clear()
    answerer.releaseHanging()
    answerer.clear()
    sender.clear()
    desk.clear()
    stock.clear()
    faults.clear()
    calls.clear()
    findings.clear()
  }

  const app = new Hono()
  addHealth(app)

  app.post('/stock/query', async (c) =>
    answerer.answerCall(c, {
      kind: 'stock',
      received: await readCall(c.req),
      schema: stockQuerySchema,
      process: ({ storeId, skus, orderNumber }) => desk.queryStock(storeId, skus, orderNumber),
    }),
  )
  app.put('/reservations/:orderNumber', async (c) => {
    const orderNumber = c.req.param('orderNumber')
    return answerer.answerCall(c, {
      kind: 'reserve',
      received: await readCall(c.req),
      orderNumber,
      schema: reservationSchema.refine((body) => body.orderNumber === orderNumber, {
        path: ['orderNumber'],
        error: 'differs from the one in the path',
      }),
      // The lots and the day may be chosen anew when the call is repeated later.
      meaning: ({ storeId, fulfilment, lines }) => [
        storeId,
        fulfilment,
        lines.map(({ sku, quantity, weightGrams }) => [sku, quantity, weightGrams]),
      ],
      process: desk.reserve,
    })
  })
  app.delete('/reservations/:orderNumber', async (c) => {
    const orderNumber = c.req.param('orderNumber')
    return answerer.answerCall(c, {
      kind: 'release',
      received: await readCall(c.req),
      orderNumber,
      process: () => desk.release(orderNumber),
    })
  })
  app.post('/returns', async (c) =>
    answerer.answerCall(c, {
      kind: 'return',
      received: await readCall(c.req),
      schema: returnSchema,
      process: desk.takeBack,
    }),
  )
  app.post('/order-events', async (c) =>
    answerer.answerCall(c, {
      kind: 'news',
      received: await readCall(c.req),
      schema: orderEventSchema,
      // `at` is when it was told.
      meaning: ({ id, type, data }) => [id, type, data],
      process: desk.hear,
    }),
  )

  app.route(
    '/_control',
    createControl({
      desk,
      stock,
      faults,
      findings,
      calls,
      settings,
      changeSettings(patch) {
        current = patchSettings(current, patch)
        return current
      },
      summarize: () =>
        summarize({
          desk,
          stock,
          sender,
          findings,
          calls: calls.list(),
          callTotal: calls.total(),
          isIdle: desk.isIdle() && sender.isIdle() && answerer.isIdle(),
        }),
      reset() {
        forgetEverything()
        const { eventsUrl, eventsToken, token } = current
        current = { ...initialSettings, eventsUrl, eventsToken, token }
      },
    }),
  )

  return {
    app,
    get url() {
      if (listening === undefined) throw new Error('the back office simulator has not been started')
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
