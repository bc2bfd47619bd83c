import { newestEffect, type Order, type ReturnDecision, type ReturnFacts, returnedGoods } from '@sluice/orders'
import { html } from 'hono/html'
import { type Column, renderCardTable } from './card-table.ts'
import { REFUND_STAGES, RETURN_DECISIONS, RETURN_KINDS, RETURN_SHIPMENT_STAGES } from './describe-return.ts'
import type { Html } from './layout.ts'
import { withoutPersons } from './mask-person.ts'
import { showAsWritten, showInstant } from './show-time.ts'

/** What came back, or is to come back: the money's way and the goods' way. Empty when nothing is. */
export function renderOrderReturns(order: Order): Html | '' {
  const all = Object.entries(order.returns ?? {})
  if (all.length === 0) return ''
  return html`<section aria-labelledby="returns"><h2 id="returns">Returns</h2>${renderCardTable('Returns', columnsOf(order), all)}</section>`
}

const none = html`<span class="quiet none">–</span>`

const columnsOf = (order: Order): Column<[returnId: string, facts: ReturnFacts]>[] => [
  ['Return', ([returnId, { kind }]) => html`<code>${returnId}</code>${kind && html` ${RETURN_KINDS[kind] ?? kind}`}`],
  ['Begun', ([, { createdAt }]) => (createdAt === undefined ? none : showInstant(createdAt))],
  ['Goods', ([, facts]) => renderGoods(facts)],
  ['Money', ([, facts]) => renderMoney(facts)],
  ['The goods’ way', ([, facts]) => renderWay(facts)],
  ['Our decision', ([, { decision }]) => (decision ? describeDecision(decision.value) : none)],
  ['Back in the store', ([returnId, facts]) => renderBack(order, returnId, facts)],
]

function renderGoods({ view, lines = [] }: ReturnFacts): Html {
  const goods: { sku: string; quantity: number; reason?: string }[] = view?.value.lines ?? lines
  if (goods.length === 0) return none
  return html`${goods.map(
    (line, at) =>
      html`${at > 0 && html`<br>`}${line.quantity} × <code>${line.sku}</code>${line.reason !== undefined && html` <span class="quiet">${withoutPersons(line.reason)}</span>`}`,
  )}`
}

function renderMoney({ refund, view }: ReturnFacts): Html {
  const stage = refund?.value ?? view?.value.refund
  if (stage === undefined) return none
  const amount = view?.value.amount
  return html`<span class="${stage === 'decision-needed' && 'warn'}">${REFUND_STAGES[stage] ?? stage}</span>${amount !== undefined && html`<br>${amount}`}`
}

function renderWay({ shipment, view }: ReturnFacts): Html {
  const stage = shipment?.value ?? view?.value.shipment
  if (stage === undefined) return none
  const collectBy = view?.value.collectBy
  return html`<span class="${stage === 'lost' && 'warn'}">${RETURN_SHIPMENT_STAGES[stage] ?? stage}</span>${collectBy !== undefined && html`<br>to be collected by ${showAsWritten(collectBy)}`}`
}

/** The store may say that it has the goods; where the marketplace does, only the taking back tells that they are there. */
function renderBack(order: Order, returnId: string, { receivedAt }: ReturnFacts): Html {
  const effect = newestEffect(order, returnedGoods(returnId))
  if (receivedAt === undefined && effect === undefined) return none
  return html`${receivedAt !== undefined && html`received ${showInstant(receivedAt)}`}${
    effect &&
    html`${receivedAt !== undefined && html`<br>`}taken back <span class="chip ${effect.status}">${effect.status}</span>${effect.settledAt && html` ${showInstant(effect.settledAt)}`}`
  }`
}

/** Comments are for the customer and stay out. */
function describeDecision({ kind, reason, amount, items = [] }: ReturnDecision): string {
  return [
    RETURN_DECISIONS[kind] ?? kind,
    amount,
    reason,
    items.length > 0 && `${items.length} ${items.length === 1 ? 'item' : 'items'} otherwise`,
  ]
    .filter(Boolean)
    .join(', ')
}
