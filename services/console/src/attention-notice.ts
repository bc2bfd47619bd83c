import type { TimelineEntry } from '@sluice/ledger'
import type { AttentionCode, Order } from '@sluice/orders'
import { html } from 'hono/html'
import { ATTENTION } from './describe-order.ts'
import type { Html } from './layout.ts'
import { renderOperatorField } from './operator-field.ts'
import { orderPath } from './order-table.ts'

/** What a person should look at: where to do something about it, and a button that says: I have. */
export function renderAttentionNotice(
  { attention, ref }: Order,
  entries: readonly TimelineEntry[],
  operator: string,
): Html | '' {
  const open = Object.entries(attention) as [AttentionCode, string][]
  if (open.length === 0) return ''
  return html`<div class="notice bad" role="alert"><p><strong>Needs attention</strong></p><ul>
${open.map(
  ([code, detail]) => html`<li>${ATTENTION[code] ?? code}: ${detail}
${code === 'effect-dead' && renderLetters(entries)}
<form method="post" action="${orderPath(ref.number)}/attention">
<input type="hidden" name="attention" value="${code}">
${renderOperatorField(`seen-by-${code}`, operator)}
<button type="submit">I have seen to it</button></form></li>`,
)}
</ul></div>`
}

function renderLetters(entries: readonly TimelineEntry[]): Html {
  const letters = entries.filter((entry) => entry.kind === 'dead-letter')
  const open = letters.filter(({ effectId, status }) => effectId !== null && status === 'open')
  return html`${open.map(({ id, error }) => html`<p><a href="/dead-letters/${id}">Dead letter ${id}</a>: ${error}</p>`)}`
}
