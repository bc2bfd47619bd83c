import { html } from 'hono/html'
import type { Html } from './layout.ts'
import type { Part } from './read-part.ts'

export type Source = 'Redis' | 'Postgres'

const CONSEQUENCES: Record<Source, string> = {
  Redis: 'Webhooks are answered 503 and nothing is worked off until it is back; what was recorded is safe in Postgres.',
  Postgres: 'Webhooks are still taken; recording and effects wait until it is back.',
}

/** Stands where the part would have been. */
export function renderPartProblem(source: Source, part: Exclude<Part<unknown>, { kind: 'read' }>): Html {
  const words =
    part.kind === 'away' ? `${source} does not answer. ${CONSEQUENCES[source]}` : `${source} answered with an error.`
  return html`<div class="notice bad" role="alert"><p><strong>${words}</strong></p><p class="quiet">${part.detail}</p></div>`
}
