import type { TimelineEntry } from '@sluice/ledger'
import { cancellationAnswerOf, currentBody, fulfilmentOf, type Order, type StorePolicy } from '@sluice/orders'
import { html } from 'hono/html'
import { renderAttentionNotice } from './attention-notice.ts'
import { FULFILMENT } from './describe-order.ts'
import { renderEffectLanes } from './effect-lanes.ts'
import { type Html, type PageFrame, refreshToggle, renderJumps, renderPage } from './layout.ts'
import { maskName, maskPhone, withoutPersons } from './mask-person.ts'
import { renderOrderLines } from './order-lines.ts'
import { renderOrderReturns } from './order-returns.ts'
import { orderPath } from './order-table.ts'
import { renderTimeline } from './order-timeline.ts'
import { showAsWritten, showInstant, showTime } from './show-time.ts'

interface OrderView {
  order: Order
  entries: TimelineEntry[]
  /** Undefined when the order's account is not in the configuration any more. */
  policy: StorePolicy | undefined
  /** Who acts, remembered from last time. */
  operator: string
  now: Date
  refresh?: PageFrame['refresh']
}

/** Personal data is masked; addresses, comments and codes are not shown at all. */
export function renderOrderPage({ order, entries, policy, operator, now, refresh }: OrderView): Html {
  const path = orderPath(order.ref.number)
  const returns = renderOrderReturns(order)
  return renderPage(
    { title: `Order ${order.ref.number}`, section: '/orders', ...(refresh && { refresh }) },
    html`${refreshToggle(refresh, path, `${path}?refresh=10`)}
${renderAttentionNotice(order, entries, operator)}
${renderJumps([
  ['lines', 'Lines'],
  ...(returns === '' ? [] : [['returns', 'Returns'] as const]),
  ['effects', 'Effects'],
  ['timeline', 'Time line'],
])}
${renderFacts(order, entries, policy, now)}
<section aria-labelledby="lines"><h2 id="lines">Lines</h2>${renderOrderLines(order, policy)}</section>
${returns}
<section aria-labelledby="effects"><h2 id="effects">Effects by lane</h2>${renderEffectLanes(entries, now)}</section>
<section aria-labelledby="timeline"><h2 id="timeline">Time line</h2>
<p class="quiet">Newest first. Personal data is hidden.</p>
${renderTimeline(order, entries)}</section>`,
  )
}

function renderFacts(order: Order, entries: TimelineEntry[], policy: StorePolicy | undefined, now: Date): Html {
  const { ref, reservation, cancellation } = order
  const body = currentBody(order)
  const reason = cancellation.byMarketplace?.reason ?? cancellation.requested?.value.reason
  const facts: [string, Html | string | undefined][] = [
    [
      'Status',
      html`<span class="chip ${order.status}">${order.status}</span>${order.status === 'cancelled' && reason !== undefined && html` ${withoutPersons(reason)}`}`,
    ],
    ['Marketplace says', order.reading?.view?.value.state],
    ['Payment', order.payment],
    ['Courier', withPerson(order.courier, order.courierPerson?.value)],
    ['Reservation', reservation.state],
    ['Customer asks to cancel', renderCancellationAsked(order)],
    ['Fulfilment', policy && FULFILMENT[fulfilmentOf(order, policy)]],
    ['Store', body?.storeId],
    ['Test order', body?.isTest ? 'yes: nobody will come for the goods' : undefined],
    ['To be handed over on', body?.shipOn],
    ['Tracking', order.tracking?.value.trackCode],
    ['Moved to', order.rescheduling && `${order.rescheduling.value.date}, by the ${order.rescheduling.value.by}`],
    ['Kept at the counter until', order.storageUntil?.value],
    ['Keys issued', countKeys(order)],
    [
      'Delivery window',
      body?.deliveryWindow &&
        html`${showAsWritten(body.deliveryWindow.from ?? '…')} to ${showAsWritten(body.deliveryWindow.to ?? '…')}`,
    ],
    ['Total', body?.total && (body.total.discountedPrice ?? body.total.price)],
    ['Customer', body && withPerson(undefined, body.customer)],
    ['Marketplace', `${ref.marketplace}\u00a0/\u00a0${ref.account}`],
    [
      'Marketplace id',
      html`${ref.externalId}${ref.externalUuid !== undefined && html` <code>${ref.externalUuid}</code>`}`,
    ],
    ['Came', entries[0] && showTime(entries[0].at, now)],
    ['Events recorded', String(order.version)],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => value && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function renderCancellationAsked(order: Order): Html | undefined {
  const reply = cancellationAnswerOf(order)
  if (!reply) return undefined
  const { askedAt, isOpen, answer } = reply
  if (!answer)
    return html`${showInstant(askedAt)}, ${isOpen ? html`<strong class="warn">not answered yet</strong>` : 'over without an answer of ours'}`
  const { isAccepted, status, declined } = answer
  return html`${showInstant(askedAt)}, ${isAccepted ? 'agreed' : 'refused'} ${
    declined === undefined
      ? html`<span class="chip ${status}">${status}</span>`
      : html`<span class="chip refused">not taken by the marketplace</span> ${withoutPersons(declined)}`
  }`
}

/** How many, never which. */
function countKeys({ digitalLines }: Order): string | undefined {
  const count = digitalLines?.value.reduce((sum, { codes }) => sum + codes.length, 0)
  return count === undefined ? undefined : String(count)
}

function withPerson(
  state: string | undefined,
  person: { name?: string; phone?: string } | undefined,
): string | undefined {
  const masked = [person?.name && maskName(person.name), person?.phone && maskPhone(person.phone)].filter(Boolean)
  return [state, ...masked].filter(Boolean).join(', ') || undefined
}
