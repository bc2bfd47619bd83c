import type { OrderSummary, Subject } from '@sluice/ledger'
import type { OrderStatus } from '@sluice/orders'
import { html } from 'hono/html'
import { statusesOf } from './describe-order.ts'
import { type Html, renderPage } from './layout.ts'
import { attentionPath, LIST_PATHS, renderOrderTable } from './order-table.ts'

export const ORDERS_PER_PAGE = 50

interface OrdersView {
  subject: Subject
  text: string
  status?: OrderStatus
  /** Only what needs attention, whatever its text and status. */
  needsAttention: boolean
  /** One more than fit on a page when there are more. */
  orders: OrderSummary[]
  isFirstPage: boolean
  now: Date
}

const WORDS = {
  order: {
    title: 'Orders',
    search: 'Number or marketplace id, or how it begins',
    none: 'No order has come yet.',
    noMatch: 'No order matches.',
    noNeed: 'No order needs attention.',
  },
  conversation: {
    title: 'Conversations',
    search: 'Number, or how it begins',
    none: 'Nobody has written yet.',
    noMatch: 'No conversation matches.',
    noNeed: 'No conversation needs attention.',
  },
} as const

/** A search for an order finds a conversation of that number as well. */
export function renderOrdersPage(view: OrdersView): Html {
  const { subject, text, status, needsAttention, orders, isFirstPage, now } = view
  const { title, search, none, noMatch, noNeed } = WORDS[subject]
  const path = LIST_PATHS[subject]
  const shown = orders.slice(0, ORDERS_PER_PAGE)
  const last = orders.length > ORDERS_PER_PAGE ? shown.at(-1) : undefined
  const isSearch = text !== '' || status !== undefined
  const at = (before?: string): string => {
    if (needsAttention) return attentionPath(subject, before)
    const query = new URLSearchParams({ text, status: status ?? '', ...(before !== undefined && { before }) })
    return `${path}?${query}`
  }
  return renderPage(
    { title, section: path },
    html`<form method="get" action="${path}" class="search" role="search">
<label for="text">${search}</label>
<input id="text" name="text" type="search" value="${text}" maxlength="200" autocomplete="off">
<label for="status">Status</label>
<select id="status" name="status"><option value="">any</option>
${statusesOf(subject).map((name) => html`<option ${name === status && html`selected`}>${name}</option>`)}
</select>
<button type="submit">Search</button>
${isSearch && html`<a href="${path}">Show all</a>`}
</form>
<nav aria-label="Which are listed"><ul class="tabs">
<li><a href="${path}" ${!needsAttention && html`aria-current="page"`}>All</a></li>
<li><a href="${attentionPath(subject)}" ${needsAttention && html`aria-current="page"`}>Need attention</a></li>
</ul></nav>
${shown.length === 0 ? html`<p>${needsAttention ? noNeed : isSearch ? noMatch : none}</p>` : renderOrderTable(`${title}, newest first`, shown, now, subject)}
<p class="pager">
${!isFirstPage && html`<a href="${at()}">Newest</a>`}
${last && html`<a href="${at(last.number)}" rel="next">Older</a>`}
</p>`,
  )
}
