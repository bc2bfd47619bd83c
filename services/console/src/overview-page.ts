import type { CatchUpState, LaneStats, OrderSummary, Subject } from '@sluice/ledger'
import type { QueueStats } from '@sluice/queue'
import { html } from 'hono/html'
import { renderCatchUps } from './catch-up-table.ts'
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
  /** At most ATTENTION_SHOWN + 1. */
  conversationsNeedingAttention: OrderSummary[]
  latest: OrderSummary[]
  catchUps: CatchUpState[]
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

function renderSummary({ openDeadLetters, needingAttention, conversationsNeedingAttention }: LedgerOverview): Html {
  const count = countOf(needingAttention)
  const conversations = countOf(conversationsNeedingAttention)
  return html`<ul class="figures">
<li class="${openDeadLetters > 0 ? 'bad' : 'good'}"><a href="/dead-letters"><b>${openDeadLetters}</b> open dead letter${openDeadLetters !== 1 && 's'}</a></li>
<li class="${needingAttention.length > 0 ? 'bad' : 'good'}"><a href="#attention"><b>${count}</b> order${count !== '1' && 's'} need${count === '1' && 's'} attention</a></li>
${conversations !== '0' && html`<li class="bad"><a href="#conversations"><b>${conversations}</b> conversation${conversations !== '1' && 's'} need${conversations === '1' && 's'} attention</a></li>`}
</ul>`
}

function countOf(needingAttention: readonly OrderSummary[]): string {
  return needingAttention.length > ATTENTION_SHOWN ? `${ATTENTION_SHOWN}+` : String(needingAttention.length)
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

function renderLedger(overview: LedgerOverview, now: Date): Html {
  const { lanes, needingAttention, conversationsNeedingAttention, latest, catchUps } = overview
  return html`<section aria-labelledby="lanes"><h2 id="lanes">Lanes</h2>
${lanes.length === 0 ? html`<p class="quiet">Nothing waits to be done.</p>` : renderLanes(lanes)}
</section>
<section aria-labelledby="attention"><h2 id="attention">Orders that need attention</h2>
${renderNeedingAttention('order', needingAttention, now)}
</section>
${
  conversationsNeedingAttention.length > 0 &&
  html`<section aria-labelledby="conversations"><h2 id="conversations">Conversations that need attention</h2>
${renderNeedingAttention('conversation', conversationsNeedingAttention, now)}
</section>`
}
<section aria-labelledby="catch-up"><h2 id="catch-up">Catch-up</h2>
<p class="quiet">What marketplaces are asked for regularly, in case they did not tell.</p>
${renderCatchUps(catchUps, now)}
</section>
<section aria-labelledby="latest"><h2 id="latest">Latest orders</h2>
${latest.length === 0 ? html`<p class="quiet">No order has come yet.</p>` : renderOrderTable('Latest orders', latest, now)}
<p><a href="/orders">All orders</a></p>
</section>`
}

function renderNeedingAttention(subject: Subject, needing: readonly OrderSummary[], now: Date): Html {
  if (needing.length === 0) return html`<p class="quiet">None.</p>`
  return html`${renderOrderTable(`${subject === 'order' ? 'Orders' : 'Conversations'} that need attention`, needing.slice(0, ATTENTION_SHOWN), now, subject)}
${needing.length > ATTENTION_SHOWN && html`<p class="quiet">The newest ${ATTENTION_SHOWN} are shown; there are more.</p>`}`
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
