import type { OrderSummary } from '@sluice/ledger'
import type { OrderStatus } from '@sluice/orders'
import { html } from 'hono/html'
import { STATUSES } from './describe-order.ts'
import { type Html, renderPage } from './layout.ts'
import { renderOrderTable } from './order-table.ts'

export const ORDERS_PER_PAGE = 50

interface OrdersView {
  text: string
  status?: OrderStatus
  /** One more than fit on a page when there are more. */
  orders: OrderSummary[]
  isFirstPage: boolean
  now: Date
}

export function renderOrdersPage({ text, status, orders, isFirstPage, now }: OrdersView): Html {
  const shown = orders.slice(0, ORDERS_PER_PAGE)
  const last = orders.length > ORDERS_PER_PAGE ? shown.at(-1) : undefined
  const isSearch = text !== '' || status !== undefined
  const at = (before?: string): string => {
    const query = new URLSearchParams({ text, status: status ?? '', ...(before !== undefined && { before }) })
    return `/orders?${query}`
  }
  return renderPage(
    { title: 'Orders', section: '/orders' },
    html`<form method="get" action="/orders" class="search" role="search">
<label for="text">Number or marketplace id, or how it begins</label>
<input id="text" name="text" type="search" value="${text}" maxlength="200" autocomplete="off">
<label for="status">Status</label>
<select id="status" name="status"><option value="">any</option>
${STATUSES.map((name) => html`<option ${name === status && html`selected`}>${name}</option>`)}
</select>
<button type="submit">Search</button>
${isSearch && html`<a href="/orders">Show all</a>`}
</form>
${
  shown.length === 0
    ? html`<p>${isSearch ? 'No order matches.' : 'No order has come yet.'}</p>`
    : renderOrderTable('Orders, newest first', shown, now)
}
<p class="pager">
${!isFirstPage && html`<a href="${at()}">Newest</a>`}
${last && html`<a href="${at(last.number)}" rel="next">Older</a>`}
</p>`,
  )
}
