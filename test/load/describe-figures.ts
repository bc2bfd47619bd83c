import type { MachineSheet } from './machine-sheet.ts'
import type { AcknowledgementFigure } from './measure-acknowledgement.ts'
import type { MarketLivesFigure } from './measure-market-lives.ts'
import type { OrderLivesFigure } from './measure-order-lives.ts'
import type { RecordingFigure } from './measure-recording.ts'
import { type ScalingFigure, SLOW_ANSWER_MS, SLOW_CONCURRENCY } from './measure-scaling.ts'

export interface Figures {
  machine: MachineSheet
  acknowledgement: AcknowledgementFigure[]
  lives: OrderLivesFigure[]
  marketLives: MarketLivesFigure[]
  scaling: ScalingFigure[]
  recording: RecordingFigure
}

interface Table {
  title: string
  /** The first column is text, the others are figures. */
  head: string[]
  rows: string[][]
}

/** For a terminal. */
export function describeFigures(figures: Figures): string {
  return [sheetOf(figures.machine), ...tablesOf(figures).map(toText)].join('\n\n')
}

/** For docs/performance.md. */
export function figuresAsMarkdown(figures: Figures): string {
  const [acknowledgement, lives, cpu, market, scaling, recording] = tablesOf(figures).map(toMarkdown)
  const parts = [acknowledgement, lives, cpu, market, scaling, chartOf(figures.scaling), recording]
  return [sheetOf(figures.machine), ...parts].join('\n\n')
}

function sheetOf(machine: MachineSheet): string {
  const { date, cpu, cores, memoryGib, system, node, redis, postgres, loadBefore, loadAfter } = machine
  return [
    `Taken on ${date} on ${cores} cores (${cpu}), ${memoryGib} GiB, ${system},`,
    `Node ${node}, Redis ${redis}, Postgres ${postgres}.`,
    `Load average before ${loadBefore.toFixed(1)}, after ${loadAfter.toFixed(1)}.`,
  ].join('\n')
}

function tablesOf({ acknowledgement, lives, marketLives, scaling, recording }: Figures): Table[] {
  return [
    {
      title: 'Acknowledgement: webhook in, 200 out, one ingress process',
      head: ['webhook', 'load', 'appendfsync', 'a second', 'p50', 'p99', 'longest', 'refused', 'CPU each'],
      rows: acknowledgement.map(
        ({ webhook, load, appendfsync, acknowledgedPerSecond, latencies, refused, cpuMsEach }) => [
          webhook,
          load,
          appendfsync,
          count(acknowledgedPerSecond),
          ms(latencies.p50),
          ms(latencies.p99),
          ms(latencies.max),
          String(Object.values(refused).reduce((sum, times) => sum + times, 0)),
          cpuMsEach === undefined ? '-' : `${cpuMsEach.toFixed(2)} ms`,
        ],
      ),
    },
    {
      title: `Orders of Kuper: from placed to delivered, through all processes${messagesOf(lives)}`,
      head: ['', 'appendfsync', 'a second', 'median life', 'p99'],
      rows: lives.flatMap(({ appendfsync, orders, livesPerSecond, crowdedLife, calmLife }) => [
        ['a few at a time', appendfsync, '', ms(calmLife.p50), ms(calmLife.p99)],
        [`${orders} at once`, appendfsync, livesPerSecond.toFixed(1), ms(crowdedLife.p50), ms(crowdedLife.p99)],
      ]),
    },
    cpuTable(lives),
    {
      title: `Orders of Yandex Market: from placed to delivered, through all processes${changesOf(marketLives)}`,
      head: [
        'calls at a time',
        'orders at once',
        'a second',
        'median life',
        'p99',
        'reads each',
        'numbers told',
        'refused',
      ],
      rows: marketLives.map(({ parallel, orders, livesPerSecond, life, messages, refused }) => [
        String(parallel),
        String(orders),
        livesPerSecond.toFixed(1),
        ms(life.p50),
        ms(life.p99),
        messages.reads.toFixed(2),
        `${(messages.numbers * 100).toFixed(0)} %`,
        String(refused),
      ]),
    },
    {
      title: `Scaling one worker: reports to a Kuper that takes ${SLOW_ANSWER_MS} ms, ${SLOW_CONCURRENCY} at a time for each process`,
      head: ['processes of notification', 'reports a second', 'of one'],
      rows: scaling.map(({ processes, notificationsPerSecond }) => [
        String(processes),
        count(notificationsPerSecond),
        `${(notificationsPerSecond / (scaling[0]?.notificationsPerSecond ?? Number.NaN)).toFixed(1)} x`,
      ]),
    },
    {
      title: 'Recording: the ledger alone',
      head: ['in flight', 'events a second', 'p50', 'p99'],
      rows: [
        [
          String(recording.inFlight),
          count(recording.eventsPerSecond),
          ms(recording.latencies.p50),
          ms(recording.latencies.p99),
        ],
      ],
    },
  ]
}

/** How much work one life is. */
function messagesOf([figure]: OrderLivesFigure[]): string {
  if (!figure) return ''
  const { webhooks, reports, calls, events } = figure.messages
  const [w, r, c, e] = [webhooks, reports, calls, events].map((each) => each.toFixed(0))
  return ` (each ${w} webhooks of and ${r} reports to Kuper, ${c} calls to and ${e} events of the back office)`
}

function changesOf([figure]: MarketLivesFigure[]): string {
  if (!figure) return ''
  const { notifications, otherChanges } = figure.messages
  const [n, c] = [notifications, otherChanges].map((each) => each.toFixed(0))
  return ` (each ${n} notifications, ${c} changes at the Market and our number)`
}

/** Where the machine's time goes: CPU of each process for one order. */
function cpuTable(lives: OrderLivesFigure[]): Table {
  const names = Object.keys(lives[0]?.cpuSeconds ?? {})
  const each = (figure: OrderLivesFigure, seconds: number): string => ((seconds * 1_000) / figure.orders).toFixed(1)
  const sum = (figure: OrderLivesFigure): number => Object.values(figure.cpuSeconds).reduce((a, b) => a + b, 0)
  const rows = names
    .map((name) => ({ name, seconds: lives[0]?.cpuSeconds[name] ?? 0 }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .map(({ name }) => [name, ...lives.map((figure) => each(figure, figure.cpuSeconds[name] ?? 0))])
  return {
    title: 'Where the CPU goes: milliseconds of each process for one order of Kuper',
    head: ['process', ...lives.map(({ appendfsync }) => appendfsync)],
    rows: [...rows, ['all', ...lives.map((figure) => each(figure, sum(figure)))]],
  }
}

function chartOf(scaling: ScalingFigure[]): string {
  const values = scaling.map(({ notificationsPerSecond }) => Math.round(notificationsPerSecond))
  return [
    '```mermaid',
    'xychart-beta',
    '  title "Reports a second, by processes of the notification worker"',
    `  x-axis [${scaling.map(({ processes }) => processes).join(', ')}]`,
    `  y-axis "a second" 0 --> ${Math.ceil(Math.max(...values) / 50) * 50}`,
    `  bar [${values.join(', ')}]`,
    '```',
  ].join('\n')
}

function toText({ title, head, rows }: Table): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [title, ...[head, ...rows].map((cells) => `  ${line(cells)}`)].join('\n')
}

function toMarkdown({ title, head, rows }: Table): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [`**${title}**`, '', line(head), line(rule), ...rows.map(line)].join('\n')
}

function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}

function ms(value: number): string {
  return value < 100 ? `${value.toFixed(1)} ms` : `${count(value)} ms`
}
