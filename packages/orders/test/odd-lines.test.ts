import { expect, test } from 'vitest'
import { checkComposition } from '../src/composition.ts'
import { applyEvent, defaultPolicy, type Order, type OrderEvent, type OrderLine } from '../src/index.ts'
import { envelopeOf, pickupCode, traits } from './world.ts'

const ref = { id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
const settings = { policy: defaultPolicy, pickupCode, traits }

function composeAsOrdered(lines: OrderLine[]): Order {
  const events: OrderEvent[] = [
    { type: 'order.placed', order: { storeId: 's1', lines } },
    { type: 'stock.reserved', key: 'reserve-stock', lines: [] },
    { type: 'composition.finalised' },
  ]
  return events.reduce<Order | undefined>(
    (order, event, i) => applyEvent(order, ref, envelopeOf(event, `e${i}`, 'marketplace', i), () => settings).order,
    undefined,
  )!
}

test('as many lines as a webhook can hold are composed in no time', () => {
  const order = composeAsOrdered(Array.from({ length: 40_000 }, (_, i) => ({ sku: String(i), quantity: 1 })))
  expect(checkComposition(order, defaultPolicy)?.composition).toMatchObject({ changed: false })
})

test('weighed goods without a quantity keep their weight', () => {
  const order = composeAsOrdered([{ sku: 'w', quantity: 0, weightGrams: '500' }])
  expect(checkComposition(order, defaultPolicy)?.composition).toEqual({
    changed: false,
    lines: [{ sku: 'w', quantity: 0, originalQuantity: 0, weightGrams: '500' }],
  })
})
