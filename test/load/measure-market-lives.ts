import { yandexMarketScenarios } from '@sluice/sandbox'
import { type Observers, quicken } from '../../infra/local/live-orders.ts'
import { LIFTED_PARALLEL } from './bench-config.ts'
import { type Latencies, summarizeLatencies } from './latencies.ts'
import { countAll, getScenario, lasted, livesOf, livesPerSecond, placeCrowd, untilDelivered } from './order-crowd.ts'

export interface MarketLivesFigure {
  /** Calls at a time. */
  parallel: number
  orders: number
  livesPerSecond: number
  /** Milliseconds from the Market's placing to the Market's "delivered". */
  life: Latencies
  /** For one order. `reads`: getBusinessOrders; `numbers`: ours, told to the Market. */
  messages: { notifications: number; reads: number; numbers: number; otherChanges: number }
  /** Calls of the crowd that were one too many at a time: the Market answered 420. */
  refused: number
}

/** The Market takes so long for every answer. */
const ANSWER_MS = 50
const WARM_UP_ORDERS = 50
/** With the warming up well below what the Market allows in an hour: 1 000 order numbers for a store. */
const CROWD = 200

/**
 * Whole lives of FBS orders, many at once, through all processes. Throws when an order does not end as it should, or when the
 * Market had anything to object to. Only that more calls come at a time than it allows may happen where processes stand still
 * for longer than the budget waits for Redis (call-budget.ts): that is a figure.
 */
export async function measureMarketLives(options: {
  isLimitLifted: boolean
  observers: Observers
  /** Distinct for every call. */
  firstOrder: number
  signal: AbortSignal
  say: (line: string) => void
}): Promise<MarketLivesFigure> {
  const { isLimitLifted, observers, firstOrder, signal, say } = options
  const { yandexMarket } = observers
  const { end, ...life } = getScenario(yandexMarketScenarios, 'FBS')
  const { commands = [], ...otherwise } = end
  // Our number is left out where calls have to wait too long (report-registered.ts).
  const scenario = { ...life, end: isLimitLifted ? { ...otherwise, commands } : otherwise }

  await quicken(observers, 0)
  // Its notifications must not be what is waited for.
  await yandexMarket.changeSettings({ latencyMs: ANSWER_MS, parallelNotifications: 64 })
  if (isLimitLifted) await yandexMarket.changeSettings({ parallelLimit: LIFTED_PARALLEL })
  const { parallelLimit } = await yandexMarket.getSettings()

  say('warming up')
  const warmUp = await placeCrowd(observers, scenario, firstOrder, WARM_UP_ORDERS)
  await untilDelivered(observers, scenario, WARM_UP_ORDERS, signal)
  await livesOf(observers, warmUp, signal)

  say(`${CROWD} orders at once`)
  const before = await countMessages(observers)
  const crowd = await placeCrowd(observers, scenario, firstOrder + WARM_UP_ORDERS, CROWD)
  await untilDelivered(observers, scenario, WARM_UP_ORDERS + CROWD, signal)
  const lives = await livesOf(observers, crowd, signal)
  const after = await countMessages(observers)

  const objections = (await yandexMarket.listFindings()).violations.filter(({ kind }) => kind !== 'parallel-limit')
  if (objections[0]) throw new Error(`the Market objects: ${objections[0].kind}: ${objections[0].detail}`)
  const each = (what: keyof typeof after): number => (after[what] - before[what]) / CROWD
  return {
    parallel: parallelLimit,
    orders: CROWD,
    livesPerSecond: livesPerSecond(lives),
    life: summarizeLatencies(lives.map(lasted)),
    messages: {
      notifications: each('notifications'),
      reads: each('reads'),
      numbers: each('numbers'),
      otherChanges: each('otherChanges'),
    },
    refused: after.refused - before.refused,
  }
}

async function countMessages({ yandexMarket }: Observers) {
  const { notifications, calls } = await yandexMarket.getSummary()
  const { getBusinessOrders = {}, updateExternalOrderId = {}, ...otherChanges } = calls
  return {
    notifications: notifications.acknowledged,
    reads: countAll({ getBusinessOrders }),
    numbers: updateExternalOrderId['200'] ?? 0,
    otherChanges: countAll(otherChanges),
    refused: Object.values(calls).reduce((sum, answers) => sum + (answers['420'] ?? 0), 0),
  }
}
