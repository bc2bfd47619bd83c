import type { Totals } from '@sluice/ledger'
import type { BackOfficeSummary, Family, KuperSummary } from '@sluice/sandbox'
import type { LiveOrder } from './live-orders.ts'
import { paint } from './progress.ts'

export interface DemoFigures {
  orders: LiveOrder[]
  tookMs: number
  kuper: KuperSummary
  backOffice: BackOfficeSummary
  totals: Totals
  openDeadLetters: number
}

const families: Record<Family, string> = {
  D: 'Kuper delivers',
  P: 'pickup',
  M: 'merchant delivers',
  R: 'restaurant',
  X: 'short stock',
  C: 'cancelled',
}

/** The report of a demo. Good: every order ended as its scenario demands, and nobody at the other end saw anything illegal. */
export function describeDemo(figures: DemoFigures): { text: string; isGood: boolean } {
  const { orders, tookMs, kuper, backOffice, totals, openDeadLetters } = figures
  const bad = orders.filter((order) => order.deviations.length > 0)
  const violations = [...kuper.violations.newest, ...backOffice.violations.newest].map(
    ({ kind, detail }) => `${kind}: ${detail}`,
  )
  const isGood = bad.length === 0 && violations.length === 0 && orders.length > 0 && openDeadLetters === 0

  const eventsIn = kuper.webhooks.acknowledged + backOffice.events.accepted
  const sent = Object.values(kuper.notifications)
    .flatMap(Object.values)
    .reduce((sum, count) => sum + count, 0)
  const lives = orders.flatMap(({ placedAt, endedAt }) => (endedAt === undefined ? [] : [endedAt - placedAt]))
  const rows: [string, string][] = [
    [
      'events in',
      `${eventsIn}  (${kuper.webhooks.acknowledged} webhooks, ${backOffice.events.accepted} of the back office)`,
    ],
    ['duplicates refused', String(eventsIn - totals.eventsFromOutside)],
    ['notifications out', `${sent} to Kuper, ${backOffice.calls.total} calls to the back office`],
    ['retries', `${totals.retries} of ${totals.attempts} attempts`],
    ['dead letters', `${totals.deadLetters}, open ${openDeadLetters}`],
    ['acknowledgement', `p50 ${ms(kuper.webhooks.ackP50Ms)}, p99 ${ms(kuper.webhooks.ackP99Ms)}`],
    ['time per order', `median ${seconds(quantile(lives, 0.5))}, longest ${seconds(quantile(lives, 1))}`],
    ['all together', seconds(tookMs)],
  ]
  const lines = [
    '',
    paint('bold', `${orders.length - bad.length} of ${orders.length} orders ended as they should`),
    '',
    ...ends(orders),
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(20)} ${value}`),
    '',
    ...bad.flatMap(({ scenario, number, deviations }) => [
      paint('red', `✘ ${number} ${scenario.family} ${scenario.name}`),
      ...deviations.map((deviation) => `    ${deviation}`),
    ]),
    ...violations.map((violation) => paint('red', `✘ ${violation}`)),
    isGood ? paint('green', '✔ Every order ended as its scenario demands.') : paint('red', '✘ Not as it should be.'),
  ]
  return { text: lines.join('\n'), isGood }
}

/** One row for each family, with how its orders ended. */
function ends(orders: LiveOrder[]): string[] {
  const columns = ['delivered', 'cancelled'] as const
  const head = `  ${''.padEnd(22)}${'orders'.padStart(8)}${columns.map((name) => name.padStart(11)).join('')}${'wrong'.padStart(8)}`
  const rows = Object.entries(families).map(([family, title]) => {
    const own = orders.filter(({ scenario }) => scenario.family === family)
    const good = own.filter(({ deviations }) => deviations.length === 0)
    const counts = columns.map((status) => good.filter(({ scenario }) => scenario.end.status === status).length)
    const cells = counts.map((count) => String(count || '').padStart(11)).join('')
    return `  ${`${family}  ${title}`.padEnd(22)}${String(own.length).padStart(8)}${cells}${String(own.length - good.length || '').padStart(8)}`
  })
  return [paint('grey', head), ...rows]
}

function quantile(values: number[], q: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} ms`
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : `${(value / 1_000).toFixed(1)} s`
}
