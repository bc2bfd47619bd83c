import type { TimelineEntry } from '@sluice/ledger'
import type { EventSource, Lane, Order, Verdict } from '@sluice/orders'
import { html } from 'hono/html'
import { describeEffect } from './describe-effect.ts'
import { describeFault } from './describe-fault.ts'
import { maskedExcerpt, maskedText } from './excerpt.ts'
import type { Html } from './layout.ts'
import { showClock, showDay, showDuration } from './show-time.ts'

const SOURCES: Record<EventSource, string> = {
  marketplace: 'Webhook',
  'back-office': 'Back office',
  effect: 'Result',
  operator: 'Operator',
  'catch-up': 'Found by asking',
}

const VERDICTS: Record<Verdict, string> = {
  applied: 'applied',
  late: 'late: the order was already further',
  early: 'early: counts once its time comes',
  'duplicate-body-differs': 'repeated with another body: the first counts',
  ignored: 'ignored',
  refused: 'refused',
}

/** What is known of an order or conversation, newest first, with a heading for each day (UTC). A very long life is cut. */
export function renderTimeline({ version }: Pick<Order, 'version'>, entries: readonly TimelineEntry[]): Html {
  const events = entries.filter(({ kind }) => kind === 'event').length
  const lanes = new Map(
    entries.flatMap((entry) => (entry.kind === 'effect' ? [[entry.effectId, entry.lane] as const] : [])),
  )
  const days = Map.groupBy(entries.toReversed(), ({ at }) => showDay(new Date(at)))
  return html`${events > 0 && events < version && html`<p class="quiet">The first and the newest of ${version} events.</p>`}${[
    ...days,
  ].map(
    ([day, ofDay]) => html`<h3>${day}</h3>
<ol class="timeline">
${ofDay.map((entry) => html`<li class="${entry.kind}"><span class="at">${showClock(entry.at)}</span><div>${renderEntry(entry, lanes)}</div></li>`)}
</ol>`,
  )}`
}

function renderEntry(entry: TimelineEntry, lanes: ReadonlyMap<string, Lane>): Html {
  switch (entry.kind) {
    case 'event':
      return html`<p>${badge(SOURCES[entry.source] ?? entry.source)} <strong>${entry.name}</strong>
${entry.type !== entry.name && html`<span class="quiet">as ${entry.type}</span>`}
<span class="chip ${entry.verdict}">${VERDICTS[entry.verdict] ?? entry.verdict}</span></p>
${delayOf(entry)}${maskedExcerpt(`Event ${entry.seq}`, {
  dedupKey: entry.dedupKey,
  occurredAt: entry.occurredAt,
  receivedAt: entry.receivedAt,
  event: entry.payload,
})}`
    case 'effect':
      return html`<p>${badge('Decided')} <strong>${describeEffect(entry.effectKind, entry.key)}</strong>
<span class="chip ${entry.status}">${entry.status}</span></p>
<p class="quiet">no. ${entry.seq} in the ${entry.lane} lane</p>
${maskedExcerpt('What is to be sent', entry.payload)}`
    case 'attempt':
      return html`<p>${badge(`Attempt ${entry.n}`)} <strong>${describeEffect(entry.effectKind, entry.key)}</strong>
<span class="chip ${outcomeClass(entry.outcome)}">${entry.outcome}</span></p>
<p class="quiet">${entry.httpStatus !== null && `HTTP ${entry.httpStatus}, `}${showDuration(entry.durationMs)}${entry.revival > 0 && `, retry ${entry.revival} by hand`}</p>
${entry.request !== null && maskedText('Request', entry.request)}
${entry.response !== null && maskedText('Response', entry.response)}`
    case 'dead-letter':
      return html`<p>${badge('Dead letter')} <a href="/dead-letters/${entry.id}"><strong>${entry.error}</strong></a>
<span class="chip ${entry.status}">${entry.status}</span></p>
<p class="quiet">Who has to act: ${describeFault(entry.fault, lanes.get(entry.effectId ?? '')).who}${entry.resolvedBy !== null && ` · ${entry.status} by ${entry.resolvedBy}`}${entry.resolvedWhy !== null && `: ${entry.resolvedWhy}`}</p>`
  }
}

function badge(text: string): Html {
  return html`<span class="badge">${text}</span>`
}

/** Where what happened, what reached us and what was recorded lie apart, somebody was slow: say who. */
function delayOf({ at, occurredAt, receivedAt }: Extract<TimelineEntry, { kind: 'event' }>): Html | '' {
  const recordedMs = Date.parse(at) - Date.parse(receivedAt)
  const sentMs = occurredAt === null ? 0 : Date.parse(receivedAt) - Date.parse(occurredAt)
  const parts = [
    sentMs >= 2_000 && `reached us ${showDuration(sentMs)} after it happened`,
    recordedMs >= 1_000 && `recorded ${showDuration(recordedMs)} after it reached us`,
  ].filter(Boolean)
  return parts.length > 0 ? html`<p class="quiet">${parts.join(', ')}</p>` : ''
}

function outcomeClass(outcome: string): string {
  if (/^(done|already-done|reserved)/.test(outcome)) return 'done'
  return /^(refused|declined|short)/.test(outcome) ? 'dead' : 'waiting'
}
