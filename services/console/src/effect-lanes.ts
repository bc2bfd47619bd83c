import type { TimelineEntry } from '@sluice/ledger'
import type { Lane } from '@sluice/orders'
import { html } from 'hono/html'
import { describeEffect } from './describe-effect.ts'
import { type Html, scrollable } from './layout.ts'
import { showTime } from './show-time.ts'

type EffectEntry = Extract<TimelineEntry, { kind: 'effect' }>

const LANES: Record<Lane, string> = {
  stock: 'Stock',
  marketplace: 'Marketplace',
  reading: 'Reading at the marketplace',
  answers: 'Answers to the customer',
  news: 'News to the back office',
  deadline: 'Deadlines',
}

/** What was decided, lane by lane, and what each effect waits for. */
export function renderEffectLanes(entries: TimelineEntry[], now: Date): Html {
  const effects = entries.filter((entry) => entry.kind === 'effect').toSorted((a, b) => a.seq - b.seq)
  if (effects.length === 0) return html`<p class="quiet">Nothing was decided yet.</p>`
  return html`${Object.entries(LANES).map(([lane, name]) => {
    const own = effects.filter((effect) => effect.lane === lane)
    return own.length > 0 && renderLane(name, own, now)
  })}`
}

function renderLane(name: string, effects: EffectEntry[], now: Date): Html {
  return html`<h3>${name}</h3>${scrollable(
    `Effects: ${name}`,
    html`<table>
<thead><tr><th scope="col" class="number">No.</th><th scope="col">Effect</th><th scope="col">State</th><th scope="col" class="number">Attempts</th><th scope="col">When</th></tr></thead>
<tbody>
${effects.map(
  (effect) => html`<tr>
<td class="number">${effect.seq}</td>
<th scope="row">${describeEffect(effect.effectKind, effect.key)}</th>
<td><span class="chip ${effect.status}">${effect.status}</span></td>
<td class="number">${effect.attempts}${effect.revivals > 0 && html` <span class="quiet">(retried by hand ${effect.revivals}×)</span>`}</td>
<td>${whenOf(effect, effects, now)}</td>
</tr>`,
)}
</tbody>
</table>`,
  )}`
}

function whenOf(effect: EffectEntry, lane: EffectEntry[], now: Date): Html | string {
  if (effect.settledAt !== null) return showTime(effect.settledAt, now)
  // Timers wait for nobody.
  const before = effect.lane === 'deadline' ? [] : lane.filter(({ seq }) => seq < effect.seq)
  const blocking = before.find(({ status, isBlocking }) => status === 'dead' && isBlocking)
  if (blocking) return html`<strong class="warn">blocked by no. ${blocking.seq}</strong>`
  const first = before.find(({ status }) => status === 'waiting')
  if (first) return `after no. ${first.seq}`
  return html`due ${showTime(effect.notBefore, now)}`
}
