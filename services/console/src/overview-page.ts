import type { CatchUpState, LaneStats, OrderSummary, Subject } from '@sluice/ledger'
import type { QueueStats } from '@sluice/queue'
import { html } from 'hono/html'
import { type Column, renderCardTable } from './card-table.ts'
import { renderCatchUps } from './catch-up-table.ts'
import { type Html, type PageFrame, refreshToggle, renderPage } from './layout.ts'
import { attentionPath, renderOrderTable } from './order-table.ts'
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
<li class="${needingAttention.length > 0 ? 'bad' : 'good'}"><a href="${attentionPath('order')}"><b>${count}</b> order${count !== '1' && 's'} need${count === '1' && 's'} attention</a></li>
${conversations !== '0' && html`<li class="bad"><a href="${attentionPath('conversation')}"><b>${conversations}</b> conversation${conversations !== '1' && 's'} need${conversations === '1' && 's'} attention</a></li>`}
</ul>`
}

function countOf(needingAttention: readonly OrderSummary[]): string {
  return needingAttention.length > ATTENTION_SHOWN ? `${ATTENTION_SHOWN}+` : String(needingAttention.length)
}

function renderQueues(queues: readonly QueueStats[]): Html {
  const columns: Column<QueueStats>[] = [
    ['Queue', ({ queue }) => html`<a href="/queues/queue/${queue}">${queue}</a>`],
    ['Waiting', ({ waiting }) => String(waiting), 'number'],
    ['Active', ({ active }) => showCount(active), 'number'],
    ['Delayed', ({ delayed }) => showCount(delayed), 'number'],
    ['Failed', ({ failed }) => showCount(failed, 'warn'), 'number'],
    ['Oldest waiting', ({ waiting, oldestWaitingMs }) => showAge(waiting > 0 ? oldestWaitingMs : undefined), 'number'],
  ]
  return html`${renderCardTable('Queues', columns, queues)}
<p class="quiet">Delayed jobs have their time still to come; timers of orders that are over by then end without doing anything.</p>`
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
${needing.length > ATTENTION_SHOWN && html`<p class="quiet">The newest ${ATTENTION_SHOWN} are shown. <a href="${attentionPath(subject)}">All that need attention</a></p>`}`
}

function renderLanes(lanes: readonly LaneStats[]): Html {
  const columns: Column<LaneStats>[] = [
    ['Lane', ({ lane }) => lane],
    ['Effect', ({ kind }) => kind],
    ['Waiting', ({ waiting }) => String(waiting), 'number'],
    ['Of these due', ({ due }) => showCount(due), 'number'],
    ['Oldest due', ({ due, oldestDueMs }) => showAge(due > 0 ? oldestDueMs : undefined), 'number'],
  ]
  return renderCardTable('Lanes', columns, lanes)
}

/** Nothing is not worth a line on a narrow screen. */
function showCount(count: number, kind = ''): Html {
  return html`<span class="${count === 0 ? 'none' : kind}">${count}</span>`
}

function showAge(ms: number | undefined): Html {
  if (ms === undefined) return html`<span class="quiet none">–</span>`
  return html`<span class="${ms > SLOW_MS && 'warn'}">${showDuration(ms)}</span>`
}
