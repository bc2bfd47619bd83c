import type { CatchUpState } from '@sluice/ledger'
import { html } from 'hono/html'
import { type Column, renderCardTable } from './card-table.ts'
import type { Html } from './layout.ts'
import { showDuration, showTime } from './show-time.ts'

/** How far each list of each marketplace has been gone through, in case something was not told to us. */
export function renderCatchUps(states: readonly CatchUpState[], now: Date): Html {
  if (states.length === 0) return html`<p class="quiet">No list of a marketplace has been gone through yet.</p>`
  const columns: Column<CatchUpState>[] = [
    ['Account', ({ account }) => account],
    ['List', ({ subject }) => subject],
    [
      'Gone through until',
      ({ through, ageMs }) => html`<time datetime="${through.toISOString()}">${showDuration(ageMs)} ago</time>`,
    ],
    ['State', (state) => renderState(state, now)],
  ]
  return renderCardTable('Catch-up', columns, states)
}

function renderState({ isRunning, lastError, retryAt }: CatchUpState, now: Date): Html {
  const running = isRunning && html`<span class="chip">running</span>`
  if (lastError === null) return html`${running || html`<span class="quiet none">–</span>`}`
  return html`<strong class="warn">could not be read:</strong> ${lastError} ${running}${retryAt && html`<br><span class="quiet">tried again ${showTime(retryAt, now)}</span>`}`
}
