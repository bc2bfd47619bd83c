import { createMemory } from '../calls.ts'
import { type Kept, type Running, type RunOptions, runSimulator, type Simulator } from '../run-simulator.ts'
import { withoutOldest } from '../state-file.ts'
import type { Action } from './actions.ts'
import { createAgenda, type Due } from './agenda.ts'
import { createAnnouncements } from './announce.ts'
import { createCallAnswerer, type MarketCall } from './answer-call.ts'
import { cabinetOperations } from './cabinet-operations.ts'
import { contentOperations } from './content-operations.ts'
import { createControl } from './control.ts'
import { chatOperations, feedbackOperations, questionOperations } from './conversation-operations.ts'
import { createConversations } from './conversations.ts'
import { createFaults, type FaultsSnapshot } from './faults.ts'
import { createFindings, type Findings } from './findings.ts'
import { createNotifications, type NotificationsSnapshot } from './notifications.ts'
import { isEnded, type MarketOrder } from './order.ts'
import { createOrderLife } from './order-life.ts'
import { orderOperations } from './order-operations.ts'
import type { OrderPlan } from './order-plan.ts'
import { createOutage, type Outage } from './outage.ts'
import { createRateLimits } from './rate-limits.ts'
import { createReturnLife } from './return-life.ts'
import { returnOperations } from './return-operations.ts'
import { patchSettings, type Settings, type SettingsPatch, settingsSchema } from './settings.ts'
import { createStore, nextId, partOf, type Store } from './store.ts'
import { type CallCounts, createCallCounts, summarize } from './summary.ts'

/** How many orders that nothing happens to any more outlive the process. */
const MAX_ENDED_ORDERS = 1_000

export interface YandexMarketSimulatorOptions extends RunOptions {
  settings?: SettingsPatch
  fetch?: typeof fetch
  /** What comes before the first id. Default: the time, so that restarts do not collide. */
  lastId?: number
}

/** What outlives the process; its parts share their objects, as in memory. */
export interface YandexMarketSnapshot {
  savedAtMs: number
  settings: Settings
  store: Store
  agenda: Due<Action>[]
  notifications: NotificationsSnapshot
  announced: number
  faults: FaultsSnapshot
  findings: ReturnType<Findings['snapshot']>
  counts: ReturnType<CallCounts['read']>
  callTotal: number
  outage: Outage | undefined
}

export type YandexMarketSimulator = Simulator<YandexMarketSnapshot>

/** The Market: Partner API, notifications and control API. */
export function createYandexMarketSimulator(options: YandexMarketSimulatorOptions = {}): YandexMarketSimulator {
  return runSimulator(options, { name: 'Yandex Market', shape: 'yandex-market 1' }, (running) =>
    buildMarket(running, options),
  )
}

function buildMarket(running: Running, options: YandexMarketSimulatorOptions): Kept<YandexMarketSnapshot> {
  const { app, timers, memoryLimit } = running
  const initialSettings = patchSettings(settingsSchema.parse({}), options.settings ?? {})
  let current: Settings = initialSettings
  let store = createStore(options.lastId ?? Date.now())

  const settings = () => current
  const readStore = () => store
  const now = () => timers.now()
  const faults = createFaults(() => now().getTime())
  const findings = createFindings(memoryLimit, now)
  const calls = createMemory<MarketCall>(memoryLimit)
  const counts = createCallCounts()
  const limits = createRateLimits(settings, () => now().getTime())
  const outage = createOutage(timers, () => notifications.resume())
  const notifications = createNotifications({
    timers,
    settings,
    faults,
    findings,
    fetch: options.fetch ?? fetch,
    memoryLimit,
    isDown: outage.isOn,
    onSettled: running.changed,
  })
  const announce = createAnnouncements({ timers, settings, send: notifications.send })
  const agenda = createAgenda<Action>(timers, (action) => {
    if ('returnId' in action) returns.perform(action)
    else life.perform(action)
  })
  const { schedule } = agenda
  const conversations = createConversations({
    store: readStore,
    now,
    announce,
    echoesSeller: () => current.echoesSeller,
  })
  const shared = { store: readStore, timers, settings, findings, announce, conversations, schedule }
  const returns = createReturnLife(shared)
  const life = createOrderLife({ ...shared, returns })
  const operationDeps = { store: readStore, now, findings, life }
  const conversationDeps = { ...operationDeps, conversations, businessId: () => current.businessId }
  const answerer = createCallAnswerer({
    timers,
    settings,
    operations: [
      ...cabinetOperations({ settings, findings }),
      ...orderOperations({ ...operationDeps, settings }),
      ...contentOperations(operationDeps),
      ...returnOperations({ ...operationDeps, returns }),
      ...chatOperations(conversationDeps),
      ...feedbackOperations(conversationDeps),
      ...questionOperations(conversationDeps),
    ],
    limits,
    faults,
    findings,
    calls,
    count: counts.count,
    outage: outage.answer,
  })

  function place(plan: OrderPlan): MarketOrder {
    const campaignId =
      plan.campaignId ?? current.campaigns.find(({ models }) => models.includes(plan.model))?.campaignId ?? 1
    const orderId = plan.orderId ?? nextId(store)
    for (const fault of plan.faults) faults.add({ ...fault, orderId })
    const order = life.place(plan, { orderId, campaignId })
    forgetOldest()
    return order
  }

  function forgetOldest(): void {
    for (const [orderId, { returnIds }] of store.orders) {
      if (store.orders.size <= memoryLimit) return
      store.orders.delete(orderId)
      for (const returnId of returnIds) store.returns.delete(returnId)
      faults.forgetOrder(orderId)
    }
  }

  function forgetEverything(): void {
    timers.clear()
    answerer.releaseHanging()
    notifications.clear()
    announce.clear()
    agenda.clear()
    faults.clear()
    limits.clear()
    outage.clear()
    calls.clear()
    counts.clear()
    findings.clear()
    store = createStore(store.lastId)
  }

  function snapshot(): YandexMarketSnapshot {
    const kept = new Set(withoutOldest(store.orders.values(), isEnded, MAX_ENDED_ORDERS).map(({ orderId }) => orderId))
    return {
      savedAtMs: now().getTime(),
      settings: current,
      store: partOf(store, kept),
      agenda: agenda.snapshot(({ orderId }) => kept.has(orderId)),
      notifications: notifications.snapshot(),
      announced: announce.snapshot(),
      faults: faults.snapshot((orderId) => store.orders.has(orderId) && !kept.has(orderId)),
      findings: findings.snapshot(),
      counts: counts.read(),
      callTotal: calls.total(),
      outage: outage.snapshot(),
    }
  }

  function restore(saved: YandexMarketSnapshot): void {
    const freshId = store.lastId
    forgetEverything()
    // Whoever starts us knows today's addresses and secrets.
    current = patchSettings(saved.settings, options.settings ?? {})
    // A SIGKILL may have cost the newest orders: their ids must not come again, the seller knows them.
    store = { ...saved.store, lastId: Math.max(saved.store.lastId, freshId) }
    calls.restore([], saved.callTotal)
    counts.restore(saved.counts)
    findings.restore(saved.findings)
    faults.restore(saved.faults)
    announce.restore(saved.announced)
    outage.restore(saved.outage, saved.savedAtMs)
    notifications.restore(saved.notifications, saved.savedAtMs)
    agenda.restore(saved.agenda, saved.savedAtMs)
  }

  app.route(
    '/_control',
    createControl({
      store: readStore,
      life,
      returns,
      conversations,
      notifications,
      findings,
      faults,
      calls,
      outage,
      settings,
      place,
      changeSettings(patch) {
        current = patchSettings(current, patch)
        notifications.settingsChanged()
        return current
      },
      summarize: () => summarize(store, notifications, counts, findings),
      reset() {
        forgetEverything()
        const { notificationUrl, apiKeys, businessId, campaigns } = current
        current = { ...initialSettings, notificationUrl, apiKeys, businessId, campaigns }
        notifications.connect()
        running.save()
      },
    }),
  )
  app.all('/_control/*', (c) => c.json({ error: 'no such control' }, 404))
  app.all('*', answerer.answerCall)

  return { snapshot, restore, clear: forgetEverything, started: notifications.reconnect }
}
