import type { OrderSummary, Subject } from '@sluice/ledger'
import { html } from 'hono/html'
import { type Column, renderCardTable } from './card-table.ts'
import { ATTENTION } from './describe-order.ts'
import type { Html } from './layout.ts'
import { showAge } from './show-time.ts'

export const LIST_PATHS = { order: '/orders', conversation: '/conversations' } as const

/** Orders or conversations. No personal data. */
export function renderOrderTable(
  label: string,
  orders: readonly OrderSummary[],
  now: Date,
  subject: Subject = 'order',
): Html {
  return renderCardTable(label, columnsOf(subject, now), orders)
}

function columnsOf(subject: Subject, now: Date): Column<OrderSummary>[] {
  const came: Column<OrderSummary> = ['Came', ({ createdAt }) => showAge(createdAt, now)]
  switch (subject) {
    case 'order':
      return [
        ['Order', showNumber],
        ['Marketplace id', ({ externalId }) => externalId],
        ['Account', showAccount],
        ['Status', showStatus],
        ['Payment', (order) => (order.subject === 'order' ? order.payment : none)],
        ['Attention', showAttention],
        came,
      ]
    case 'conversation':
      return [
        ['Conversation', showNumber],
        ['Account', showAccount],
        ['Status', showStatus],
        ['Attention', showAttention],
        ['Last change', ({ updatedAt }) => showAge(updatedAt, now)],
        came,
      ]
  }
}

/** Every order, or conversation, that needs attention, page by page. */
export function attentionPath(subject: Subject, before?: string): string {
  const query = new URLSearchParams({ attention: 'needed', ...(before !== undefined && { before }) })
  return `${LIST_PATHS[subject]}?${query}`
}

export function orderPath(number: string): string {
  return `/orders/${encodeURIComponent(number)}`
}

export function conversationPath(number: string): string {
  return `/conversations/${encodeURIComponent(number)}`
}

const none = html`<span class="quiet none">–</span>`

/** A search for an order may have found a conversation. */
function showNumber({ subject, number }: OrderSummary): Html {
  const path = subject === 'conversation' ? conversationPath(number) : orderPath(number)
  return html`<a href="${path}">${number}</a>`
}

function showAccount({ marketplace, account }: OrderSummary): string {
  return `${marketplace}\u00a0/\u00a0${account}`
}

function showStatus({ status }: OrderSummary): Html {
  return html`<span class="chip ${status}">${status}</span>`
}

function showAttention({ attention }: OrderSummary): Html {
  if (attention.length === 0) return none
  return html`<strong class="warn">${attention.map((code) => ATTENTION[code] ?? code).join('; ')}</strong>`
}
