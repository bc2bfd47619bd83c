import type { Totals } from '@sluice/ledger'
import type { BackOfficeSummary, KuperSummary, MarketSummary, Scenario } from '@sluice/sandbox'
import type { LiveOrder } from './live-orders.ts'
import { paint } from './progress.ts'

export interface DemoFigures {
  orders: LiveOrder[]
  tookMs: number
  kuper: KuperSummary
  yandexMarket: MarketSummary
  backOffice: BackOfficeSummary
  totals: Totals
  openDeadLetters: number
}

type FamilyOf<M extends Scenario['marketplace']> = Extract<Scenario, { marketplace: M }>['family']

const titles: { [M in Scenario['marketplace']]: Record<FamilyOf<M>, string> } = {
  kuper: {
    D: 'Kuper delivers',
    P: 'pickup',
    M: 'merchant delivers',
    R: 'restaurant',
    X: 'short stock',
    C: 'cancelled',
  },
  'yandex-market': {
    FBS: 'FBS',
    Express: 'Express',
    DBS: 'DBS',
    digital: 'digital goods',
    'at the Market': 'FBY, LaaS',
    talk: 'chats, reviews, questions',
  },
}
const names: Record<Scenario['marketplace'], string> = { kuper: 'Kuper', 'yandex-market': 'Yandex Market' }

/** The report of a demo. Good: every order ended as its scenario demands, and nobody at the other end saw anything illegal. */
export function describeDemo(figures: DemoFigures): { text: string; isGood: boolean } {
  const { orders, tookMs, kuper, yandexMarket, backOffice, totals, openDeadLetters } = figures
  const bad = orders.filter((order) => order.deviations.length > 0)
  const violations = [kuper, yandexMarket, backOffice].flatMap((there) =>
    there.violations.newest.map(({ kind, detail }) => `${kind}: ${detail}`),
  )
  const isGood = bad.length === 0 && violations.length === 0 && orders.length > 0 && openDeadLetters === 0

  const webhooks = kuper.webhooks.acknowledged + yandexMarket.notifications.acknowledged
  const eventsIn = webhooks + backOffice.events.accepted
  const reports = sum(Object.values(kuper.notifications).flatMap(Object.values))
  const calls = sum(Object.values(yandexMarket.calls).flatMap(Object.values))
  const lives = orders.flatMap(({ placedAt, endedAt }) => (endedAt === undefined ? [] : [endedAt - placedAt]))
  const rows: [string, string][] = [
    ['events in', `${eventsIn}  (${webhooks} webhooks, ${backOffice.events.accepted} of the back office)`],
    ['duplicates refused', String(eventsIn - totals.eventsFromOutside)],
    ['calls out', `${reports} to Kuper, ${calls} to Yandex Market, ${backOffice.calls.total} to the back office`],
    ['retries', `${totals.retries} of ${totals.attempts} attempts`],
    ['dead letters', `${totals.deadLetters}, open ${openDeadLetters}`],
    ['acknowledgement', `${latency(kuper.webhooks)} to Kuper; ${latency(yandexMarket.notifications)} to Yandex Market`],
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
  const columns = ['delivered', 'cancelled', 'returned'] as const
  const row = (title: string, cells: (string | number)[]): string =>
    `  ${title.padEnd(30)}${cells.map((cell) => String(cell || '').padStart(11)).join('')}`
  const rows = Object.entries(titles).flatMap(([marketplace, families]) => [
    paint('bold', `  ${names[marketplace as Scenario['marketplace']]}`),
    ...Object.entries(families).map(([family, title]) => {
      const own = orders.filter(({ scenario }) => scenario.marketplace === marketplace && scenario.family === family)
      const good = own.filter(({ deviations }) => deviations.length === 0)
      const counts = columns.map((status) => good.filter(({ scenario }) => scenario.end.status.endsWith(status)).length)
      const label = family.length === 1 ? `${family}  ${title}` : title
      return row(`  ${label}`, [own.length, ...counts, own.length - good.length])
    }),
  ])
  return [paint('grey', row('', ['orders', ...columns, 'wrong'])), ...rows]
}

function latency({ ackP50Ms, ackP99Ms }: { ackP50Ms: number | null; ackP99Ms: number | null }): string {
  return `p50 ${ms(ackP50Ms)}, p99 ${ms(ackP99Ms)}`
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0)
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
