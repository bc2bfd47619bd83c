import { createMemory, readCall } from '../calls.ts'
import { type Kept, type Running, type RunOptions, runSimulator, type Simulator } from '../run-simulator.ts'
import { withoutOldest } from '../state-file.ts'
import { createCallAnswerer, type KuperCall } from './answer-call.ts'
import { createControl } from './control.ts'
import { createFaults, type FaultsSnapshot } from './faults.ts'
import { createNotificationHandler } from './notifications.ts'
import { isEnded, type KuperOrder } from './order.ts'
import { createOrderBook } from './order-book.ts'
import { createOrderLife } from './order-life.ts'
import type { OrderPlan } from './order-plan.ts'
import { patchSettings, type Settings, type SettingsPatch, settingsSchema } from './settings.ts'
import { createShipmentHandlers } from './shipments.ts'
import { type CallCounts, createCallCounts, summarize } from './summary.ts'
import { createTokens } from './tokens.ts'
import { createFindings, type Findings } from './violations.ts'
import { createWebhooks, type Webhooks, type WebhooksSnapshot } from './webhooks.ts'

/** How many ended orders outlive the process: writing them takes some 30 ms, every 2 s. */
const MAX_ENDED_ORDERS = 1_000

export interface KuperSimulatorOptions extends RunOptions {
  settings?: SettingsPatch
  fetch?: typeof fetch
  /** Number in the first order id (`H` and ten digits). Default: the time, so that restarts do not collide. */
  firstOrderNumber?: number
}

/** What outlives the process; orders and webhooks share their objects, as in memory. */
export interface KuperSnapshot {
  savedAtMs: number
  settings: Settings
  orderNumber: number
  placed: number
  orders: KuperOrder[]
  webhooks: WebhooksSnapshot
  faults: FaultsSnapshot
  findings: ReturnType<Findings['snapshot']>
  counts: ReturnType<CallCounts['read']>
  callTotal: number
  tokenGeneration: number
}

export type KuperSimulator = Simulator<KuperSnapshot>

/** Kuper's token endpoint, notifications endpoint, shipment reads, webhooks and control API. */
export function createKuperSimulator(options: KuperSimulatorOptions = {}): KuperSimulator {
  return runSimulator(options, { name: 'Kuper', shape: 'kuper 2' }, (running) => buildKuper(running, options))
}

function buildKuper(running: Running, options: KuperSimulatorOptions): Kept<KuperSnapshot> {
  const { app, timers, memoryLimit } = running
  const initialSettings = patchSettings(settingsSchema.parse({}), options.settings ?? {})
  let settings: Settings = initialSettings
  let orderNumber = options.firstOrderNumber ?? Date.now()
  let placed = 0

  const readSettings = () => settings
  const now = () => timers.now()
  const faults = createFaults(() => now().getTime())
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
    onAcknowledged(order, delivery, answer) {
      life.onAcknowledged(order, delivery, answer)
      running.changed()
    },
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

  function snapshot(): KuperSnapshot {
    const orders = withoutOldest(book.list(), isEnded, MAX_ENDED_ORDERS)
    const kept = new Set(orders)
    return {
      savedAtMs: now().getTime(),
      settings,
      orderNumber,
      placed,
      orders,
      webhooks: webhooks.snapshot(),
      faults: faults.snapshot((orderId) => {
        const order = book.find(orderId)
        return order !== undefined && !kept.has(order)
      }),
      findings: findings.snapshot(),
      counts: counts.read(),
      callTotal: calls.total(),
      tokenGeneration: tokens.generation(),
    }
  }

  function restore(saved: KuperSnapshot) {
    forgetEverything()
    // Whoever starts us knows today's addresses and secrets.
    settings = patchSettings(saved.settings, options.settings ?? {})
    placed = saved.placed
    calls.restore([], saved.callTotal)
    counts.restore(saved.counts)
    findings.restore(saved.findings)
    tokens.restore(saved.tokenGeneration)
    faults.restore(saved.faults)
    for (const order of saved.orders) book.add(order)
    for (const order of saved.orders) life.resume(order, saved.savedAtMs)
    webhooks.restore(saved.webhooks, saved.savedAtMs)
    // A SIGKILL may have cost the newest orders: their ids must not come again, the merchant knows them.
    orderNumber = Math.max(saved.orderNumber, orderNumber)
  }

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
        running.save()
      },
    }),
  )

  return { snapshot, restore, clear: forgetEverything }
}
