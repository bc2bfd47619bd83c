import { setTimeout as delay } from 'node:timers/promises'
import { scenarios } from '@sluice/sandbox'
import { placeOrder, type Simulators } from './live-orders.ts'

const PLACE_EVERY_MS = 2_500
/** Through all scenarios, but not family by family. */
const STRIDE = 17
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
      if (scenario) await placeOrder(simulators, scenario, nextExternalId())
    } catch (err) {
      tell(`no order placed: ${(err as Error).message}`)
    }
    await delay(PLACE_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined)
  }
}

/** Like Kuper's; another run of this clone must not meet it again. */
function nextExternalId(): string {
  return `H${String(Math.floor(Date.now() / 100) % 10_000_000_000).padStart(10, '0')}`
}

/** One line on the simulated orders, as Kuper sees them. */
export async function describeTraffic({ kuper }: Pick<Simulators, 'kuper'>): Promise<string> {
  const { orders, webhooks, notifications } = await kuper.getSummary()
  const states = Object.entries(orders.byState).map(([state, count]) => `${count} ${state}`)
  const sent = Object.values(notifications)
    .flatMap(Object.values)
    .reduce((sum, count) => sum + count, 0)
  const p99 = webhooks.ackP99Ms === null ? '' : ` (p99 ${Math.round(webhooks.ackP99Ms)} ms)`
  return [
    `orders ${orders.total}${states.length > 0 ? `: ${states.join(', ')}` : ''}`,
    `webhooks ${webhooks.acknowledged}${p99}`,
    `notifications ${sent}`,
  ].join(' · ')
}
