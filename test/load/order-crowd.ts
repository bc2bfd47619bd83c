import { setTimeout as delay } from 'node:timers/promises'
import { playKuperScenario, playYandexMarketScenario, type Scenario } from '@sluice/sandbox'
import {
  awaitEnds,
  externalIdOf,
  type LiveOrder,
  numberOf,
  type Observers,
  type Simulators,
} from '../../infra/local/live-orders.ts'

/** Epoch milliseconds, by the marketplace's clock. */
export interface Life {
  placedAt: number
  deliveredAt: number
}

const TIMEOUT_MS = 90_000

export function getScenario<S extends Scenario>(scenarios: readonly S[], name: string): S {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (!found) throw new Error(`the scenario "${name}" is gone`)
  return found
}

/** Places orders together, at once. The scenario may ask nothing special of the back office: it is told nothing. */
export async function placeCrowd(
  { kuper, yandexMarket }: Simulators,
  scenario: Scenario,
  firstOrder: number,
  count: number,
): Promise<LiveOrder[]> {
  const crowd = Array.from({ length: count }, (_, n) => {
    const externalId = externalIdOf(scenario, firstOrder + n)
    return { externalId, number: numberOf(scenario, externalId) }
  })
  switch (scenario.marketplace) {
    case 'kuper':
      await kuper.placeOrders(
        crowd.map(({ externalId, number }) => playKuperScenario(scenario, externalId, number).order),
      )
      break
    case 'yandex-market':
      await yandexMarket.placeOrders(
        crowd.map(({ externalId, number }) => playYandexMarketScenario(scenario, externalId, number).order),
      )
      break
  }
  return crowd.map((order) => ({ ...order, scenario, placedAt: Date.now(), deviations: ['not looked at yet'] }))
}

/** Looks seldom, and only at a count: looking must not slow down what is looked at. `count`: since the last reset. */
export async function untilDelivered(
  simulators: Simulators,
  scenario: Scenario,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS
  while (Date.now() < deadline) {
    if ((await countDelivered(simulators, scenario)) >= count) return
    await delay(200, undefined, { signal })
  }
}

async function countDelivered({ kuper, yandexMarket }: Simulators, { marketplace }: Scenario): Promise<number> {
  switch (marketplace) {
    case 'kuper':
      return (await kuper.getSummary()).orders.byState.shipped ?? 0
    case 'yandex-market':
      return (await yandexMarket.getSummary()).orders.byStatus.DELIVERED ?? 0
  }
}

/** Begin and end of each life; throws unless every one ended as its scenario demands, on all three sides. */
export async function livesOf(observers: Observers, orders: LiveOrder[], signal: AbortSignal): Promise<Life[]> {
  await awaitEnds(observers, orders, { timeoutMs: 30_000, signal })
  signal.throwIfAborted()
  const bad = orders.filter(({ deviations }) => deviations.length > 0)
  if (bad[0]) {
    throw new Error(
      `${bad.length} of ${orders.length} orders went wrong: ${bad[0].number} ${bad[0].deviations.join('; ')}`,
    )
  }
  const views = new Map<string, View>([
    ...(await observers.kuper.listOrders()).map((view) => [view.originalOrderId, view] as const),
    ...(await observers.yandexMarket.listOrders()).map((view) => [view.orderId, view] as const),
  ])
  return orders.map(({ externalId }) => {
    const view = views.get(externalId)
    const delivered = view?.stages.find(({ stage }) => stage === 'delivered')
    if (!view || !delivered) throw new Error(`the marketplace never saw ${externalId} delivered`)
    return { placedAt: Date.parse(view.createdAt), deliveredAt: Date.parse(delivered.at) }
  })
}

/** What both marketplaces show of an order. */
interface View {
  createdAt: string
  stages: { stage: string; at: string }[]
}

export function lasted({ placedAt, deliveredAt }: Life): number {
  return deliveredAt - placedAt
}

/** Of orders that were placed at once: from the first placement until the last one is delivered. */
export function livesPerSecond(lives: readonly Life[]): number {
  const firstPlaced = Math.min(...lives.map(({ placedAt }) => placedAt))
  const lastDelivered = Math.max(...lives.map(({ deliveredAt }) => deliveredAt))
  return lives.length / ((lastDelivered - firstPlaced) / 1_000)
}

/** Of a table of counts by type and status. */
export function countAll(counts: Record<string, Record<string, number>>): number {
  return Object.values(counts)
    .flatMap((each) => Object.values(each))
    .reduce((sum, count) => sum + count, 0)
}
