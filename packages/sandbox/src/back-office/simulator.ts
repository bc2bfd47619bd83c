import { randomUUID } from 'node:crypto'
import { createMemory, readCall } from '../calls.ts'
import { type Kept, type Running, type RunOptions, runSimulator, type Simulator } from '../run-simulator.ts'
import { type BackOfficeCall, type CallAnswerer, createCallAnswerer } from './answer-call.ts'
import { orderEventSchema, reservationSchema, returnSchema, stockQuerySchema } from './contract-schema.ts'
import { createControl } from './control.ts'
import { type ConversationDeskSnapshot, createConversationDesk } from './conversation-desk.ts'
import { createEventSender, type PostEvents, postOverHttp, type SenderSnapshot } from './event-sender.ts'
import { createFaults, type Faults } from './faults.ts'
import { createFindings, type Findings } from './findings.ts'
import { createOrderDesk, type DeskSnapshot } from './order-desk.ts'
import { patchSettings, type Settings, type SettingsPatch, settingsSchema } from './settings.ts'
import { createStock, type StockSnapshot } from './stock.ts'
import { summarize } from './summary.ts'

export interface BackOfficeSimulatorOptions extends RunOptions {
  settings?: SettingsPatch
  post?: PostEvents
  /** Begins the ids of its events. Default: random, so that restarts do not collide. */
  runId?: string
}

/** What outlives the process; its parts share their objects, as in memory. */
export interface BackOfficeSnapshot {
  savedAtMs: number
  settings: Settings
  desk: DeskSnapshot
  conversations: ConversationDeskSnapshot
  stock: StockSnapshot
  sender: SenderSnapshot
  keys: ReturnType<CallAnswerer['snapshot']>
  faults: ReturnType<Faults['snapshot']>
  findings: ReturnType<Findings['snapshot']>
  callTotal: number
}

export type BackOfficeSimulator = Simulator<BackOfficeSnapshot>

/** A merchant's system with stock, reservations and staff. Contract: docs/back-office.md. */
export function createBackOfficeSimulator(options: BackOfficeSimulatorOptions = {}): BackOfficeSimulator {
  return runSimulator(options, { name: 'back office', shape: 'back-office 2' }, (running) =>
    buildBackOffice(running, options),
  )
}

function buildBackOffice(running: Running, options: BackOfficeSimulatorOptions): Kept<BackOfficeSnapshot> {
  const { app, timers, memoryLimit } = running
  const initialSettings = patchSettings(settingsSchema.parse({}), options.settings ?? {})
  let current: Settings = initialSettings

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
    onSettled: running.changed,
  })
  const runId = options.runId ?? `bo-${randomUUID().slice(0, 8)}`
  const desk = createOrderDesk({ settings, timers, stock, findings, sender, runId })
  const conversations = createConversationDesk({
    settings,
    timers,
    findings,
    sender,
    planFor: desk.planFor,
    runId,
  })
  const answerer = createCallAnswerer({ token: () => current.token, timers, faults, findings, calls })

  function forgetEverything() {
    timers.clear()
    answerer.releaseHanging()
    answerer.clear()
    sender.clear()
    desk.clear()
    conversations.clear()
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
      conversations: conversations.snapshot(),
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
    conversations.restore(saved.conversations)
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
      process: (body) => ('conversation' in body ? conversations.hear(body) : desk.hear(body)),
    }),
  )

  app.route(
    '/_control',
    createControl({
      desk,
      conversations,
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
          isIdle: desk.isIdle() && conversations.isIdle() && sender.isIdle() && answerer.isIdle(),
        }),
      reset() {
        forgetEverything()
        const { eventsUrl, eventsToken, token } = current
        current = { ...initialSettings, eventsUrl, eventsToken, token }
        running.save()
      },
    }),
  )

  return { snapshot, restore, clear: forgetEverything }
}
