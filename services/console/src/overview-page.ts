import type { LaneStats, OrderSummary } from '@sluice/ledger'
import type { QueueStats } from '@sluice/queue'
import { html } from 'hono/html'
import { type Html, type PageFrame, refreshToggle, renderPage, scrollable } from './layout.ts'
import { renderOrderTable } from './order-table.ts'
import { renderPartProblem } from './part-problem.ts'
import type { Part } from './read-part.ts'
import { showDuration } from './show-time.ts'

export interface LedgerOverview {
  openDeadLetters: number
  lanes: LaneStats[]
  /** At most ATTENTION_SHOWN + 1. */
  needingAttention: OrderSummary[]
  latest: OrderSummary[]
}

export const ATTENTION_SHOWN = 20

/** A job or effect that has been ready for so long is worth a look. */
const SLOW_MS = 60_000

export function renderOverviewPage(
  parts: { queues: Part<QueueStats[]>; ledger: Part<LedgerOverview> },
  { now, refresh }: { now: Date; refresh?: PageFrame['refresh'] },
): Html {
  const { queues, ledger } = parts
  return renderPage(
    { title: 'Overview', section: '/', ...(refresh && { refresh }) },
    html`${refreshToggle(refresh, '/', '/?refresh=10')}
${ledger.kind === 'read' ? renderSummary(ledger.value) : renderPartProblem('Postgres', ledger)}
<section aria-labelledby="queues"><h2 id="queues">Queues</h2>
${queues.kind === 'read' ? renderQueues(queues.value) : renderPartProblem('Redis', queues)}
</section>
${ledger.kind === 'read' && renderLedger(ledger.value, now)}`,
  )
}

function renderSummary({ openDeadLetters, needingAttention }: LedgerOverview): Html {
  const count = needingAttention.length > ATTENTION_SHOWN ? `${ATTENTION_SHOWN}+` : String(needingAttention.length)
  return html`<ul class="figures">
<li class="${openDeadLetters > 0 ? 'bad' : 'good'}"><a href="/dead-letters"><b>${openDeadLetters}</b> open dead letter${openDeadLetters !== 1 && 's'}</a></li>
<li class="${needingAttention.length > 0 ? 'bad' : 'good'}"><a href="#attention"><b>${count}</b> order${count !== '1' && 's'} need${count === '1' && 's'} attention</a></li>
</ul>`
}

function renderQueues(queues: readonly QueueStats[]): Html {
  return scrollable(
    'Queues',
    html`<table>
<thead><tr><th scope="col">Queue</th>${['Waiting', 'Active', 'Delayed', 'Failed', 'Oldest waiting'].map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${queues.map(
  ({ queue, waiting, active, delayed, failed, oldestWaitingMs }) => html`<tr>
<th scope="row"><a href="/queues/queue/${queue}">${queue}</a></th>
${number(waiting)}${number(active)}${number(delayed)}${number(failed, failed > 0)}${age(waiting > 0 ? oldestWaitingMs : undefined)}
</tr>`,
)}
</tbody>
</table>`,
  )
}

function renderLedger({ lanes, needingAttention, latest }: LedgerOverview, now: Date): Html {
  return html`<section aria-labelledby="lanes"><h2 id="lanes">Lanes</h2>
${lanes.length === 0 ? html`<p class="quiet">Nothing waits to be done.</p>` : renderLanes(lanes)}
</section>
<section aria-labelledby="attention"><h2 id="attention">Orders that need attention</h2>
${needingAttention.length === 0 ? html`<p class="quiet">None.</p>` : renderOrderTable('Orders that need attention', needingAttention.slice(0, ATTENTION_SHOWN), now)}
${needingAttention.length > ATTENTION_SHOWN && html`<p class="quiet">The newest ${ATTENTION_SHOWN} are shown; there are more.</p>`}
</section>
<section aria-labelledby="latest"><h2 id="latest">Latest orders</h2>
${latest.length === 0 ? html`<p class="quiet">No order has come yet.</p>` : renderOrderTable('Latest orders', latest, now)}
<p><a href="/orders">All orders</a></p>
</section>`
}

function renderLanes(lanes: readonly LaneStats[]): Html {
  return scrollable(
    'Lanes',
    html`<table>
<thead><tr><th scope="col">Lane</th><th scope="col">Effect</th>${['Waiting', 'Of these due', 'Oldest due'].map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${lanes.map(
  ({ lane, kind, waiting, due, oldestDueMs }) => html`<tr>
<th scope="row">${lane}</th><td>${kind}</td>${number(waiting)}${number(due)}${age(due > 0 ? oldestDueMs : undefined)}
</tr>`,
)}
</tbody>
</table>`,
  )
}

function number(value: number, isBad = false): Html {
  return html`<td class="number ${isBad && 'warn'}">${value}</td>`
}

function age(ms: number | undefined): Html {
  if (ms === undefined) return html`<td class="number quiet">–</td>`
  return html`<td class="number ${ms > SLOW_MS && 'warn'}">${showDuration(ms)}</td>`
}
