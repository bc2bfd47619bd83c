import type { TimelineEntry } from '@sluice/ledger'
import { type AttentionCode, currentBody, type Fulfilment, type Lane, type Order } from '@sluice/orders'
import { html } from 'hono/html'
import { describeEffect } from './describe-effect.ts'
import { ATTENTION, FULFILMENT } from './describe-order.ts'
import { type Html, type PageFrame, refreshToggle, renderPage, scrollable } from './layout.ts'
import { maskName, maskPhone } from './mask-person.ts'
import { renderOrderLines } from './order-lines.ts'
import { orderPath } from './order-table.ts'
import { renderTimeline } from './order-timeline.ts'
import { showInstant, showTime } from './show-time.ts'

interface OrderView {
  order: Order
  entries: TimelineEntry[]
  /** Undefined when the order's account is not in the configuration any more, or nothing was placed yet. */
  fulfilment: Fulfilment | undefined
  /** Who acts, remembered from last time. */
  operator: string
  now: Date
  refresh?: PageFrame['refresh']
}

/** Personal data is masked; addresses, comments and codes are not shown at all. */
export function renderOrderPage({ order, entries, fulfilment, operator, now, refresh }: OrderView): Html {
  const path = orderPath(order.ref.number)
  return renderPage(
    { title: `Order ${order.ref.number}`, section: '/orders', ...(refresh && { refresh }) },
    html`${refreshToggle(refresh, path, `${path}?refresh=10`)}
${renderAttention(order, operator)}
${renderFacts(order, entries, fulfilment, now)}
<section aria-labelledby="lines"><h2 id="lines">Lines</h2>${renderOrderLines(order)}</section>
<section aria-labelledby="effects"><h2 id="effects">Effects by lane</h2>${renderLanes(entries, now)}</section>
<section aria-labelledby="timeline"><h2 id="timeline">Time line</h2>
<p class="quiet">Times are UTC. Personal data is hidden.</p>
${renderTimeline(entries)}</section>`,
  )
}

/** What a person should look at, each with a button that says: I have. */
function renderAttention({ attention, ref }: Order, operator: string): Html | '' {
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

function renderFacts(order: Order, entries: TimelineEntry[], fulfilment: Fulfilment | undefined, now: Date): Html {
  const { ref, reservation, cancellation } = order
  const body = currentBody(order)
  const reason = cancellation.byMarketplace?.reason ?? cancellation.requested?.value.reason
  const facts: [string, Html | string | undefined][] = [
    [
      'Status',
      html`<span class="chip ${order.status}">${order.status}</span>${order.status === 'cancelled' && reason !== undefined && html` ${reason}`}`,
    ],
    ['Payment', order.payment],
    ['Courier', withPerson(order.courier, order.courierPerson?.value)],
    ['Reservation', reservation.state],
    ['Fulfilment', fulfilment && FULFILMENT[fulfilment]],
    ['Store', body?.storeId],
    [
      'Delivery window',
      body?.deliveryWindow &&
        html`${showWindowEnd(body.deliveryWindow.from)} to ${showWindowEnd(body.deliveryWindow.to)}`,
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

function showWindowEnd(at: string | undefined): Html {
  return at === undefined ? html`…` : showInstant(at)
}

function withPerson(
  state: string | undefined,
  person: { name?: string; phone?: string } | undefined,
): string | undefined {
  const masked = [person?.name && maskName(person.name), person?.phone && maskPhone(person.phone)].filter(Boolean)
  return [state, ...masked].filter(Boolean).join(', ') || undefined
}

type EffectEntry = Extract<TimelineEntry, { kind: 'effect' }>

const LANES: Record<Lane, string> = {
  stock: 'Stock',
  marketplace: 'Marketplace',
  news: 'News to the back office',
  deadline: 'Deadlines',
}

function renderLanes(entries: TimelineEntry[], now: Date): Html {
  const effects = entries.filter((entry) => entry.kind === 'effect').toSorted((a, b) => a.seq - b.seq)
  if (effects.length === 0) return html`<p class="quiet">Nothing was decided yet.</p>`
  return html`${Object.entries(LANES).map(([lane, name]) => {
    const own = effects.filter((effect) => effect.lane === lane)
    return own.length > 0 && renderLane(name, own, now)
  })}`
}

function renderLane(name: string, effects: EffectEntry[], now: Date): Html {
  return html`<h3>${name}</h3>${scrollable(
    `Effects: ${name}`,
    html`<table>
<thead><tr><th scope="col" class="number">No.</th><th scope="col">Effect</th><th scope="col">State</th><th scope="col" class="number">Attempts</th><th scope="col">When</th></tr></thead>
<tbody>
${effects.map(
  (effect) => html`<tr>
<td class="number">${effect.seq}</td>
<th scope="row">${describeEffect(effect.effectKind, effect.key)}</th>
<td><span class="chip ${effect.status}">${effect.status}</span></td>
<td class="number">${effect.attempts}${effect.revivals > 0 && html` <span class="quiet">(retried by hand ${effect.revivals}×)</span>`}</td>
<td>${whenOf(effect, effects, now)}</td>
</tr>`,
)}
</tbody>
</table>`,
  )}`
}

function whenOf(effect: EffectEntry, lane: EffectEntry[], now: Date): Html | string {
  if (effect.settledAt !== null) return showTime(effect.settledAt, now)
  const before = lane.filter(({ seq }) => seq < effect.seq)
  const blocking = before.find(({ status, isBlocking }) => status === 'dead' && isBlocking)
  if (blocking) return html`<strong class="warn">blocked by no. ${blocking.seq}</strong>`
  const first = before.find(({ status }) => status === 'waiting')
  if (first) return `after no. ${first.seq}`
  return html`due ${showTime(effect.notBefore, now)}`
}
