import { setTimeout as delay } from 'node:timers/promises'
import { kuperScenarios } from '@sluice/sandbox'
import { type LiveOrder, type Observers, quicken } from '../../infra/local/live-orders.ts'
import { cpuSecondsOf } from './cpu-seconds.ts'
import { type Latencies, summarizeLatencies } from './latencies.ts'
import { countAll, getScenario, lasted, livesOf, livesPerSecond, placeCrowd, untilDelivered } from './order-crowd.ts'

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
  const scenario = getScenario(kuperScenarios, 'Kuper delivers')
  await quicken(observers, 0)

  say('warming up')
  const warmUp = await placeCrowd(observers, scenario, firstOrder, WARM_UP_ORDERS)
  await untilDelivered(observers, scenario, WARM_UP_ORDERS, signal)
  await livesOf(observers, warmUp, signal)

  say(`${CALM_ORDERS} orders, one every ${CALM_EVERY_MS} ms`)
  const calm: LiveOrder[] = []
  for (let n = WARM_UP_ORDERS; n < WARM_UP_ORDERS + CALM_ORDERS; n++) {
    calm.push(...(await placeCrowd(observers, scenario, firstOrder + n, 1)))
    await delay(CALM_EVERY_MS, undefined, { signal })
  }
  const calmLives = await livesOf(observers, calm, signal)

  say(`${CROWD} orders at once`)
  const cpuBefore = cpuOf(pids)
  const crowd = await placeCrowd(observers, scenario, firstOrder + WARM_UP_ORDERS + CALM_ORDERS, CROWD)
  await untilDelivered(observers, scenario, WARM_UP_ORDERS + CALM_ORDERS + CROWD, signal)
  const cpuAfter = cpuOf(pids)
  const crowdLives = await livesOf(observers, crowd, signal)

  return {
    appendfsync,
    orders: CROWD,
    livesPerSecond: livesPerSecond(crowdLives),
    crowdedLife: summarizeLatencies(crowdLives.map(lasted)),
    calmLife: summarizeLatencies(calmLives.map(lasted)),
    messages: await countMessages(observers, WARM_UP_ORDERS + CALM_ORDERS + CROWD),
    cpuSeconds: Object.fromEntries(
      Object.entries(cpuAfter).map(([name, seconds]) => [name, seconds - (cpuBefore[name] ?? 0)]),
    ),
  }
}

async function countMessages({ kuper, backOffice }: Observers, orders: number): Promise<OrderLivesFigure['messages']> {
  const [{ webhooks, notifications }, { calls, events }] = [await kuper.getSummary(), await backOffice.getSummary()]
  return {
    webhooks: webhooks.acknowledged / orders,
    reports: countAll(notifications) / orders,
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
