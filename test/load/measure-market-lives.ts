import { yandexMarketScenarios } from '@sluice/sandbox'
import { type Observers, quicken } from '../../infra/local/live-orders.ts'
import { liftedMarketLimits } from './bench-config.ts'
import { type Latencies, summarizeLatencies } from './latencies.ts'
import { countAll, getScenario, lasted, livesOf, livesPerSecond, placeCrowd, untilDelivered } from './order-crowd.ts'

export interface MarketLivesFigure {
  areLimitsLifted: boolean
  /** What the Market takes for every answer, milliseconds. */
  answerMs: number
  orders: number
  livesPerSecond: number
  /** Milliseconds from the Market's placing to the Market's "delivered". */
  life: Latencies
  /** For one order. `reads`: getBusinessOrders; `changes`: all other calls. */
  messages: { notifications: number; reads: number; changes: number }
}

const WARM_UP_ORDERS = 50
/** Twice as many and the warming up are still within an hour's budget of the Market (updateExternalOrderId: 1 000). */
const CROWD = 300

/**
 * Whole lives of FBS orders, many at once, through all processes, one crowd for each of `answersMs`. Throws when an order does
 * not end as it should, or when the Market had anything to object to: more calls at a time than it allows, for one.
 */
export async function measureMarketLives(options: {
  areLimitsLifted: boolean
  answersMs: number[]
  observers: Observers
  /** Distinct for every call. */
  firstOrder: number
  signal: AbortSignal
  say: (line: string) => void
}): Promise<MarketLivesFigure[]> {
  const { areLimitsLifted, answersMs, observers, firstOrder, signal, say } = options
  const { yandexMarket } = observers
  const scenario = getScenario(yandexMarketScenarios, 'FBS')
  await quicken(observers, 0)
  // Its notifications must not be what is waited for.
  await yandexMarket.changeSettings({ parallelNotifications: 64 })
  if (areLimitsLifted) {
    const { parallel: parallelLimit, hourlyBudgets: budgets } = liftedMarketLimits
    await yandexMarket.changeSettings({ parallelLimit, budgets })
  }

  let placed = 0
  const live = async (count: number) => {
    const crowd = await placeCrowd(observers, scenario, firstOrder + placed, count)
    placed += count
    await untilDelivered(observers, scenario, placed, signal)
    return livesOf(observers, crowd, signal)
  }
  say('warming up')
  await live(WARM_UP_ORDERS)

  const figures: MarketLivesFigure[] = []
  for (const answerMs of answersMs) {
    say(`${CROWD} orders at once${answerMs > 0 ? `, answers after ${answerMs} ms` : ''}`)
    await yandexMarket.changeSettings({ latencyMs: answerMs })
    const before = await countMessages(observers)
    const lives = await live(CROWD)
    const after = await countMessages(observers)
    figures.push({
      areLimitsLifted,
      answerMs,
      orders: CROWD,
      livesPerSecond: livesPerSecond(lives),
      life: summarizeLatencies(lives.map(lasted)),
      messages: {
        notifications: (after.notifications - before.notifications) / CROWD,
        reads: (after.reads - before.reads) / CROWD,
        changes: (after.changes - before.changes) / CROWD,
      },
    })
  }
  const { violations } = await yandexMarket.getSummary()
  if (violations.total > 0) throw new Error(`the Market objects: ${JSON.stringify(violations.byKind)}`)
  return figures
}

async function countMessages({ yandexMarket }: Observers): Promise<MarketLivesFigure['messages']> {
  const { notifications, calls } = await yandexMarket.getSummary()
  const { getBusinessOrders = {}, ...changes } = calls
  return {
    notifications: notifications.acknowledged,
    reads: countAll({ getBusinessOrders }),
    changes: countAll(changes),
  }
}
