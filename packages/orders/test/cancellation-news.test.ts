import { expect, test } from 'vitest'
import type { OrderEvent } from '../src/index.ts'
import { createWorld, envelopeOf } from './world.ts'

const placed: OrderEvent = {
  type: 'order.placed',
  order: {
    storeId: 's',
    lines: [
      { sku: 'a', quantity: 2 },
      { sku: 'b', quantity: 1 },
    ],
  },
}
const wanted: OrderEvent = { type: 'cancellation.requested', reason: 'store_closed', comment: 'fire' }
const cancelled: OrderEvent = { type: 'order.cancelled', reason: 'customer', comment: 'changed his mind' }
const nothingLeft: OrderEvent = { type: 'composition.finalised', lines: [{ sku: 'a', quantity: 0 }] }
const taken: OrderEvent = { type: 'order.taken' }
const report = 'notify-marketplace/canceled'
const theirs = { by: 'marketplace', reason: 'customer', comment: 'changed his mind' }
const ours = { by: 'merchant', reason: 'store_closed', comment: 'fire' }

/** An event, everything that can be performed, or the end of our report, which is under way. */
type Step = OrderEvent | 'perform' | 'done'

test.each<[string, Step[], object]>([
  ["the marketplace's, with its own words", [cancelled], theirs],
  ["the merchant's, with his", [wanted, 'perform'], ours],
  ["the merchant's, when its echo overtakes the answer to our report", [wanted, cancelled, 'done'], ours],
  ["the merchant's, when its echo comes after the answer", [wanted, 'done', cancelled], ours],
  ["the marketplace's, when the merchant wants it too late", [cancelled, wanted], theirs],
  ["the marketplace's, when the goods were gone before the merchant wanted it", [taken, wanted, cancelled], theirs],
  ['ours, when everything is missing', [nothingLeft, cancelled], { by: 'merchant', reason: 'out_of_stock' }],
])('a cancellation is told once, as %s', (_, steps, expected) => {
  const run = createWorld()
  run.deliver(envelopeOf(placed, 'placed', 'marketplace'))
  run.performAll()
  steps.forEach((step, i) => {
    if (step === 'perform') run.performAll()
    else if (step === 'done') run.settle(report, { kind: 'done' })
    else run.deliver(envelopeOf(step, `e${i}`, 'marketplace', i + 1))
  })
  run.performAll()
  const news = [...run.world.effects.values()].flatMap(({ payload }) =>
    'type' in payload && payload.type === 'order.cancelled' ? [payload] : [],
  )
  expect(run.world.news.filter((type) => type === 'order.cancelled')).toHaveLength(1)
  expect(news).toHaveLength(1)
  expect(news[0]).toMatchObject(expected)
  if (!('comment' in expected)) expect(news[0]).not.toHaveProperty('comment')
})
