import type { OrderSummary } from '@sluice/ledger'
import { html } from 'hono/html'
import { ATTENTION } from './describe-order.ts'
import type { Html } from './layout.ts'
import { showAge } from './show-time.ts'

/**
 * Orders as rows, on a narrow screen as cards. The roles are said once more because a table that is laid out as blocks
 * stops being one for a screen reader. No personal data.
 */
export function renderOrderTable(label: string, orders: readonly OrderSummary[], now: Date): Html {
  return html`<table class="cards" role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${[
    'Order',
    'Marketplace id',
    'Account',
    'Status',
    'Payment',
    'Attention',
    'Came',
  ].map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${orders.map(
  (order) => html`<tr role="row">
${cell('Order', html`<a href="${orderPath(order.number)}">${order.number}</a>`)}
${cell('Marketplace id', order.externalId)}
${cell('Account', `${order.marketplace}\u00a0/\u00a0${order.account}`)}
${cell('Status', html`<span class="chip ${order.status}">${order.status}</span>`)}
${cell('Payment', order.payment)}
${cell('Attention', order.attention.length === 0 ? html`<span class="quiet none">–</span>` : html`<strong class="warn">${order.attention.map((code) => ATTENTION[code] ?? code).join('; ')}</strong>`)}
${cell('Came', showAge(order.createdAt, now))}
</tr>`,
)}
</tbody>
</table>`
}

export function orderPath(number: string): string {
  return `/orders/${encodeURIComponent(number)}`
}

function cell(label: string, value: Html | string): Html {
  return html`<td role="cell" data-label="${label}">${value}</td>`
}
