import type { AttentionCode, Order } from '@sluice/orders'
import { html } from 'hono/html'
import { ATTENTION } from './describe-order.ts'
import type { Html } from './layout.ts'
import { orderPath } from './order-table.ts'

/** What a person should look at, each with a button that says: I have. */
export function renderAttentionNotice({ attention, ref }: Order, operator: string): Html | '' {
  const open = Object.entries(attention) as [AttentionCode, string][]
  if (open.length === 0) return ''
  return html`<div class="notice bad" role="alert"><p><strong>Needs attention</strong></p><ul>
${open.map(
  ([code, detail]) => html`<li>${ATTENTION[code] ?? code}: ${detail}
<form method="post" action="${orderPath(ref.number)}/attention">
<input type="hidden" name="attention" value="${code}"><input type="hidden" name="operator" value="${operator}">
<button type="submit">I have seen to it</button></form></li>`,
)}
</ul></div>`
}
