import { type ComposedLine, composedLines, currentBody, type Order, type StorePolicy } from '@sluice/orders'
import { html } from 'hono/html'
import { type Column, renderCardTable } from './card-table.ts'
import type { Html } from './layout.ts'

/** Every article that was ordered, or put together without having been ordered, with what became of it. */
export function renderOrderLines(order: Order, policy: StorePolicy | undefined): Html {
  const ordered = currentBody(order)?.lines ?? []
  const composed = composedSoFar(order, policy)
  const { lines: reserved = [], short = [] } = order.reservation
  const skus = [...new Set([...ordered, ...composed].map(({ sku }) => sku))]
  if (skus.length === 0) return html`<p class="quiet">No lines are known yet.</p>`
  const of = <T extends { sku: string }>(lines: readonly T[], sku: string): T[] =>
    lines.filter((line) => line.sku === sku)
  const lineOf = (sku: string) => ordered.find((line) => line.sku === sku)
  const columns: Column<string>[] = [
    ['Article', (sku) => html`<code>${sku}</code> ${lineOf(sku)?.name}`],
    ['Price', (sku) => lineOf(sku)?.price ?? none, 'number'],
    [
      'Ordered',
      (sku) => {
        const line = lineOf(sku)
        return line ? withWeight(line) : none
      },
      'number',
    ],
    [
      'Reserved',
      (sku) =>
        listed([
          ...of(reserved, sku).flatMap(({ quantity, lots }) =>
            lots?.length ? lots.map((lot) => [lot.quantity, ...goods(lot)].join(' ')) : [String(quantity)],
          ),
          ...of(short, sku).map(
            ({ requested, available }) => html`<strong class="warn">short: ${available} of ${requested}</strong>`,
          ),
        ]),
    ],
    ['Put together', (sku) => listed(of(composed, sku).map(describeComposed))],
  ]
  const { handedOver } = order
  if (handedOver) columns.push(['Handed over', (sku) => listed(of(handedOver.value, sku).map(describeComposed))])
  return renderCardTable('Lines', columns, skus)
}

const none = html`<span class="quiet none">–</span>`

/** What the document means, where there is one and the store's rules are known; else what it says, or what was picked so far. */
function composedSoFar(order: Order, policy: StorePolicy | undefined): ComposedLine[] {
  const meant = policy && composedLines(order, policy)
  return meant ?? order.composition?.value.lines ?? Object.values(order.picks).map(({ value }) => value)
}

function describeComposed(line: ComposedLine): string {
  const codes = line.markingCodes?.length ?? 0
  return [
    withWeight(line),
    line.replacedBy !== undefined && `replaced by ${line.replacedBy}`,
    ...goods(line),
    codes > 0 && `${codes} marking ${codes === 1 ? 'code' : 'codes'}`,
  ]
    .filter(Boolean)
    .join(' ')
}

function withWeight({ quantity, weightGrams }: { quantity: number; weightGrams?: string }): string {
  return weightGrams === undefined ? String(quantity) : `${quantity} (${weightGrams} g)`
}

function goods({ series, expiresOn }: { series?: string; expiresOn?: string }): string[] {
  return [
    ...(series === undefined ? [] : [`series ${series}`]),
    ...(expiresOn === undefined ? [] : [`until ${expiresOn}`]),
  ]
}

function listed(values: (Html | string)[]): Html {
  if (values.length === 0) return none
  return html`${values.map((value, index) => html`${index > 0 && html`<br>`}${value}`)}`
}
