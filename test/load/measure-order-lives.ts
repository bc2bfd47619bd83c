import { setTimeout as delay } from 'node:timers/promises'
import { type KuperScenario, kuperScenarios, playKuperScenario } from '@sluice/sandbox'
import { awaitEnds, type LiveOrder, type Observers, quicken } from '../../infra/local/live-orders.ts'
import { cpuSecondsOf } from './cpu-seconds.ts'
import { type Latencies, summarizeLatencies } from './latencies.ts'

export interface OrderLivesFigure {
  appendfsync: string
  orders: number
  /** All placed at once: from the first placement until the last one is delivered. */
  livesPerSecond: number
  /** Milliseconds from Kuper's placing to Kuper's "delivered", of those placed at once. */
  crowdedLife: Latencies
  /** The same at a pace that leaves the machine time. */
  calmLife: Latencies
  /** For one order. */
  messages: { webhooks: number; reports: number; calls: number; events: number }
  /** CPU seconds by process, all orders together; empty where there is no /proc. */
  cpuSeconds: Record<string, number>
}

/** Before anything is measured: code is compiled, connections are open. */
const WARM_UP_ORDERS = 300
const CROWD = 400
const CALM_ORDERS = 40
const CALM_EVERY_MS = 150
const TIMEOUT_MS = 90_000

/**
 * Whole lives of orders that Kuper delivers, through all processes, with simulators that lose no time. Throws when an order
 * does not end as it should: a figure of wrong work is worth nothing.
 */
export async function measureOrderLives(options: {
  appendfsync: string
  observers: Observers
  /** By name, whose CPU is counted. */
  pids: Record<string, number>
  /** Distinct for every call. */
  firstOrder: number
  signal: AbortSignal
  say: (line: string) => void
}): Promise<OrderLivesFigure> {
  const { appendfsync, observers, pids, firstOrder, signal, say } = options
  const scenario = kuperScenarios.find(({ name }) => name === 'Kuper delivers')
  if (!scenario) throw new Error('the scenario "Kuper delivers" is gone')
  await quicken(observers, 0)

  say('warming up')
  const warmUp = plan(scenario, firstOrder, WARM_UP_ORDERS)
  await place(observers, warmUp)
  await untilDelivered(observers, WARM_UP_ORDERS, signal)
  await livesOf(observers, warmUp, signal)

  say(`${CALM_ORDERS} orders, one every ${CALM_EVERY_MS} ms`)
  const calm = plan(scenario, firstOrder + WARM_UP_ORDERS, CALM_ORDERS)
  for (const order of calm) {
    await place(observers, [order])
    await delay(CALM_EVERY_MS, undefined, { signal })
  }
  const calmLives = await livesOf(observers, calm, signal)

  say(`${CROWD} orders at once`)
  const crowd = plan(scenario, firstOrder + WARM_UP_ORDERS + CALM_ORDERS, CROWD)
  const cpuBefore = cpuOf(pids)
  await place(observers, crowd)
  await untilDelivered(observers, WARM_UP_ORDERS + CALM_ORDERS + CROWD, signal)
  const cpuAfter = cpuOf(pids)
  const crowdLives = await livesOf(observers, crowd, signal)

  const firstPlaced = Math.min(...crowdLives.map(({ from }) => from))
  const lastDelivered = Math.max(...crowdLives.map(({ to }) => to))
  const lasted = ({ from, to }: { from: number; to: number }): number => to - from
  return {
    appendfsync,
    orders: CROWD,
    livesPerSecond: CROWD / ((lastDelivered - firstPlaced) / 1_000),
    crowdedLife: summarizeLatencies(crowdLives.map(lasted)),
    calmLife: summarizeLatencies(calmLives.map(lasted)),
    messages: await countMessages(observers, WARM_UP_ORDERS + CALM_ORDERS + CROWD),
    cpuSeconds: Object.fromEntries(
      Object.entries(cpuAfter).map(([name, seconds]) => [name, seconds - (cpuBefore[name] ?? 0)]),
    ),
  }
}

function plan(scenario: KuperScenario, firstOrder: number, count: number): LiveOrder<KuperScenario>[] {
  return Array.from({ length: count }, (_, n) => {
    const externalId = `H${firstOrder + n}`
    const number = `KU-${externalId}`
    return { scenario, externalId, number, placedAt: Date.now(), deviations: ['not looked at yet'] }
  })
}

async function place({ kuper }: Observers, orders: LiveOrder<KuperScenario>[]): Promise<void> {
  await kuper.placeOrders(
    orders.map(({ scenario, externalId, number }) => playKuperScenario(scenario, externalId, number).order),
  )
}

/** Looks seldom, and only at a count: looking must not slow down what is looked at. */
async function untilDelivered({ kuper }: Observers, count: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS
  while (Date.now() < deadline) {
    const { orders } = await kuper.getSummary()
    if ((orders.byState.shipped ?? 0) >= count) return
    await delay(200, undefined, { signal })
  }
}

/** Begin and end of each life; throws unless every one ended as its scenario demands, on all three sides. */
async function livesOf(
  observers: Observers,
  orders: LiveOrder[],
  signal: AbortSignal,
): Promise<{ from: number; to: number }[]> {
  await awaitEnds(observers, orders, { timeoutMs: 30_000, signal })
  const bad = orders.filter(({ deviations }) => deviations.length > 0)
  if (bad[0]) {
    throw new Error(
      `${bad.length} of ${orders.length} orders went wrong: ${bad[0].number} ${bad[0].deviations.join('; ')}`,
    )
  }
  const views = new Map((await observers.kuper.listOrders()).map((view) => [view.originalOrderId, view]))
  return orders.map(({ externalId }) => {
    const view = views.get(externalId)
    const delivered = view?.stages.find(({ stage }) => stage === 'delivered')
    if (!view || !delivered) throw new Error(`Kuper never saw ${externalId} delivered`)
    return { from: Date.parse(view.createdAt), to: Date.parse(delivered.at) }
  })
}

async function countMessages({ kuper, backOffice }: Observers, orders: number): Promise<OrderLivesFigure['messages']> {
  const [{ webhooks, notifications }, { calls, events }] = [await kuper.getSummary(), await backOffice.getSummary()]
  const reports = Object.values(notifications)
    .flatMap(Object.values)
    .reduce((sum, count) => sum + count, 0)
  return {
    webhooks: webhooks.acknowledged / orders,
    reports: reports / orders,
    calls: calls.total / orders,
    events: events.accepted / orders,
  }
}

function cpuOf(pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).flatMap(([name, pid]) => {
      const seconds = cpuSecondsOf(pid)
      return seconds === undefined ? [] : [[name, seconds]]
    }),
  )
}
