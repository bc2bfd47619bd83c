import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { createMemory, readCall } from '../calls.ts'
import { createRealTimers, type Timers, watchTimers } from '../kuper/timers.ts'
import { addHealth, type Listening, type Log, listen } from '../serve.ts'
import { createStateFile } from '../state-file.ts'
import { type BackOfficeCall, type CallAnswerer, createCallAnswerer } from './answer-call.ts'
import { orderEventSchema, reservationSchema, returnSchema, stockQuerySchema } from './contract-schema.ts'
import { createControl } from './control.ts'
import { createEventSender, type PostEvents, postOverHttp, type SenderSnapshot } from './event-sender.ts'
import { createFaults, type Faults } from './faults.ts'
import { createFindings, type Findings } from './findings.ts'
import { createOrderDesk, type DeskSnapshot } from './order-desk.ts'
import { patchSettings, type Settings, type SettingsPatch, settingsSchema } from './settings.ts'
import { createStock, type StockSnapshot } from './stock.ts'
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
  /** Where `start` finds the state of the last run, and where it is kept; without it, in memory alone. */
  stateFile?: string
  log?: Log
}

/** What outlives the process; its parts share their objects, as in memory. */
export interface BackOfficeSnapshot {
  savedAtMs: number
  settings: Settings
  desk: DeskSnapshot
  stock: StockSnapshot
  sender: SenderSnapshot
  keys: ReturnType<CallAnswerer['snapshot']>
  faults: ReturnType<Faults['snapshot']>
  findings: ReturnType<Findings['snapshot']>
  callTotal: number
}

export interface BackOfficeSimulator {
  app: Hono
  /** Throws before `start`. */
  readonly url: string
  start(): Promise<{ url: string }>
  /** Stops listening and everything that is scheduled; saves the state first, where it is kept. */
  stop(): Promise<void>
  /** The simulator's own objects: to be copied or written before anything else happens. */
  snapshot(): BackOfficeSnapshot
  /** Forgets everything and goes on where the snapshot was taken; the time in between does not count. Takes its objects. */
  restore(snapshot: BackOfficeSnapshot): void
}

/** A merchant's system with stock, reservations and staff. Contract: docs/back-office.md. */
export function createBackOfficeSimulator(options: BackOfficeSimulatorOptions = {}): BackOfficeSimulator {
  const ownTimers = options.timers ?? createRealTimers()
  const stateFile =
    options.stateFile === undefined
      ? undefined
      : createStateFile({
          path: options.stateFile,
          shape: 'back-office 1',
          snapshot,
          restore,
          clear: forgetEverything,
          timers: ownTimers,
          log: options.log ?? (() => {}),
        })
  const timers = stateFile === undefined ? ownTimers : watchTimers(ownTimers, stateFile.changed)
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
  const sender = createEventSender({
    settings,
    timers,
    faults,
    findings,
    post: options.post ?? postOverHttp,
    onSettled: () => stateFile?.changed(),
  })
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

  function snapshot(): BackOfficeSnapshot {
    const orders = desk.snapshot()
    return {
      savedAtMs: now().getTime(),
      settings: current,
      desk: orders,
      stock: stock.snapshot((orderNumber) => orders.orders.has(orderNumber)),
      sender: sender.snapshot(),
      keys: answerer.snapshot(),
      faults: faults.snapshot(),
      findings: findings.snapshot(),
      callTotal: calls.total(),
    }
  }

  /**
   * The run keeps its own id: a SIGKILL may have cost the newest events, and Sluice would take others under their ids
   * for repeats.
   */
  function restore(saved: BackOfficeSnapshot): void {
    forgetEverything()
    // Whoever starts us knows today's addresses and secrets.
    current = patchSettings(saved.settings, options.settings ?? {})
    calls.restore([], saved.callTotal)
    findings.restore(saved.findings)
    faults.restore(saved.faults)
    answerer.restore(saved.keys)
    stock.restore(saved.stock)
    sender.restore(saved.sender, saved.savedAtMs)
    desk.restore(saved.desk)
  }

  const app = new Hono()
  addHealth(app)
  if (stateFile !== undefined) {
    app.use(async (c, next) => {
      await next()
      if (c.req.method !== 'GET') stateFile.changed()
    })
  }

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
        stateFile?.save()
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
      // Before the first call can come: it may be about an order of the last run.
      stateFile?.load()
      listening = await listen(app, {
        port: options.port ?? 0,
        ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      })
      return { url: listening.url }
    },
    async stop() {
      await listening?.close()
      listening = undefined
      stateFile?.close()
      forgetEverything()
    },
    snapshot,
    restore,
  }
}
