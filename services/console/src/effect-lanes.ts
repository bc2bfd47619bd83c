import type { TimelineEntry } from '@sluice/ledger'
import type { Lane } from '@sluice/orders'
import { html } from 'hono/html'
import { type Column, renderCardTable } from './card-table.ts'
import { describeEffect } from './describe-effect.ts'
import type { Html } from './layout.ts'
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
  // Of several that one effect has got the newest.
  const letters = new Map(
    entries.flatMap((entry) => (entry.kind === 'dead-letter' ? [[entry.effectId, entry.id] as const] : [])),
  )
  if (effects.length === 0) return html`<p class="quiet">Nothing was decided yet.</p>`
  return html`${Object.entries(LANES).map(([lane, name]) => {
    const own = effects.filter((effect) => effect.lane === lane)
    return own.length > 0 && renderLane(name, own, letters, now)
  })}`
}

function renderLane(
  name: string,
  effects: EffectEntry[],
  letters: ReadonlyMap<string | null, string>,
  now: Date,
): Html {
  const columns: Column<EffectEntry>[] = [
    ['No.', ({ seq }) => String(seq), 'number'],
    ['Effect', ({ effectKind, key }) => describeEffect(effectKind, key)],
    ['State', (effect) => renderState(effect, letters.get(effect.effectId))],
    [
      'Attempts',
      ({ attempts, revivals }) =>
        html`${attempts}${revivals > 0 && html` <span class="quiet">(retried by hand ${revivals}×)</span>`}`,
      'number',
    ],
    ['When', (effect) => whenOf(effect, effects, now)],
  ]
  return html`<h3>${name}</h3>${renderCardTable(`Effects: ${name}`, columns, effects)}`
}

function renderState({ status }: EffectEntry, letter: string | undefined): Html {
  return html`<span class="chip ${status}">${status}</span>${
    status === 'dead' && letter !== undefined && html` <a href="/dead-letters/${letter}">dead letter ${letter}</a>`
  }`
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
