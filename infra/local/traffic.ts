import { setTimeout as delay } from 'node:timers/promises'
import { kuperScenarios, yandexMarketScenarios } from '@sluice/sandbox'
import { externalIdOf, placeOrder, type Simulators } from './live-orders.ts'

const PLACE_EVERY_MS = 2_500
/** Through all scenarios, but not family by family. */
const STRIDE = 17
const scenarios = mix(kuperScenarios, yandexMarketScenarios)
/** Watchable: an order lives for ten to twenty seconds. */
export const WATCHABLE_STEP_MS = 700

/** Places an order every few seconds, by one scenario after another, until the user stops. */
export async function keepOrdersFlowing(
  simulators: Simulators,
  stopping: AbortSignal,
  tell: (problem: string) => void,
): Promise<void> {
  for (let n = Math.floor(Math.random() * scenarios.length); !stopping.aborted; n += STRIDE) {
    const scenario = scenarios[n % scenarios.length]
    try {
      if (scenario) await placeOrder(simulators, scenario, externalIdOf(scenario, nextNumber()))
    } catch (err) {
      tell(`no order placed: ${(err as Error).message}`)
    }
    await delay(PLACE_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined)
  }
}

/** Another run of this clone must not meet it again. */
function nextNumber(): number {
  return Math.floor(Date.now() / 100) % 10_000_000_000
}

/** By turns, as long as there are some of both; then the rest. */
export function mix<A, B>(some: readonly A[], others: readonly B[]): (A | B)[] {
  const longest = Math.max(some.length, others.length)
  return Array.from({ length: longest }, (_, n) => [...some.slice(n, n + 1), ...others.slice(n, n + 1)]).flat()
}

/** One line on the simulated orders, as the marketplaces see them. */
export async function describeTraffic({
  kuper,
  yandexMarket,
}: Pick<Simulators, 'kuper' | 'yandexMarket'>): Promise<string> {
  const [there, market] = await Promise.all([kuper.getSummary(), yandexMarket.getSummary()])
  return [
    `Kuper ${countStates(there.orders.total, there.orders.byState)}`,
    `Market ${countStates(market.orders.total, market.orders.byStatus)}`,
    `webhooks ${there.webhooks.acknowledged + market.notifications.acknowledged}${showWorst([there.webhooks.ackP99Ms, market.notifications.ackP99Ms])}`,
  ].join(' · ')
}

function countStates(total: number, byState: Record<string, number>): string {
  const states = Object.entries(byState).map(([state, count]) => `${count} ${state.toLowerCase()}`)
  return `${total}${states.length > 0 ? `: ${states.join(', ')}` : ''}`
}

function showWorst(p99s: (number | null)[]): string {
  const known = p99s.filter((p99) => p99 !== null)
  return known.length === 0 ? '' : ` (p99 ${Math.round(Math.max(...known))} ms)`
}
