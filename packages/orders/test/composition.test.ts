import { describe, expect, test } from 'vitest'
import { checkComposition } from '../src/composition.ts'
import {
  applyEvent,
  type ComposedLine,
  defaultPolicy,
  type Order,
  type OrderEvent,
  type OrderLine,
} from '../src/index.ts'
import { envelopeOf, pickupCode, traits } from './world.ts'

const ref = { id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
const policy = { ...defaultPolicy, allowReplacement: true }
const settings = { policy, pickupCode, traits }

const a2: OrderLine[] = [{ sku: 'a', quantity: 2 }]
const weighed: OrderLine[] = [{ sku: 'w', quantity: 1, weightGrams: '500' }]

/** What becomes of a document with those lines. */
function compose(ordered: OrderLine[], lines: ComposedLine[], atHandOver?: ComposedLine[]) {
  const events: OrderEvent[] = [
    { type: 'order.placed', order: { storeId: 's1', lines: ordered } },
    { type: 'composition.finalised', lines },
    ...(atHandOver ? [{ type: 'delivery.finished', lines: atHandOver } as const] : []),
  ]
  const order = events.reduce<Order | undefined>(
    (before, event, i) => applyEvent(before, ref, envelopeOf(event, `e${i}`, 'marketplace', i), () => settings).order,
    undefined,
  )
  return checkComposition(order!, policy)
}

describe('of an article not more than was ordered is handed over', () => {
  test.each<[string, ComposedLine[], string | undefined]>([
    ['by another one alone', [{ sku: 'a', quantity: 200, replacedBy: 'b' }], 'a: 200 is more than the 2 ordered'],
    [
      'by another one besides',
      [
        { sku: 'a', quantity: 2 },
        { sku: 'a', quantity: 2, replacedBy: 'b' },
      ],
      'a: 4 is more than the 2 ordered',
    ],
    [
      'by two others',
      [
        { sku: 'a', quantity: 2, replacedBy: 'b' },
        { sku: 'a', quantity: 0.5, replacedBy: 'c' },
      ],
      'a: 2.5 is more than the 2 ordered',
    ],
    [
      'one of it and one of another',
      [
        { sku: 'a', quantity: 1 },
        { sku: 'a', quantity: 1, replacedBy: 'b' },
      ],
      undefined,
    ],
  ])('%s', (_, lines, reason) => {
    expect(compose(a2, lines)?.refused?.reasons).toEqual(reason && [reason])
    expect(compose(a2, a2, lines)?.refused?.reasons).toEqual(reason && [reason])
  })

  test('but of weighed goods the scale decides', () => {
    expect(compose(weighed, [{ sku: 'w', quantity: 3, weightGrams: '520' }])?.refused).toBeUndefined()
  })
})

describe('an article that is replaced', () => {
  const replaced = { sku: 'a', quantity: 2, replacedBy: 'b' }
  test.each<[string, ComposedLine[], ComposedLine[]]>([
    ['is not listed as missing, too', [{ sku: 'a', quantity: 0 }, replaced], [replaced]],
    ['is listed as itself where the other one is missing', [{ ...replaced, quantity: 0 }], [{ sku: 'a', quantity: 0 }]],
    [
      'is listed once where both are missing',
      [
        { sku: 'a', quantity: 0 },
        { ...replaced, quantity: 0 },
      ],
      [{ sku: 'a', quantity: 0 }],
    ],
  ])('%s', (_, lines, listed) => {
    const expected = listed.map((line) => ({ ...line, originalQuantity: 2 }))
    expect(compose(a2, lines)?.composition).toEqual({ changed: true, lines: expected })
  })
})

test.each([
  ['500', false],
  ['500.0', false],
  ['0500', false],
  ['500.5', true],
])('a weight is a number: %s of the 500 g ordered is a change: %s', (weightGrams, changed) => {
  expect(compose(weighed, [{ sku: 'w', quantity: 1, weightGrams }])?.composition?.changed).toBe(changed)
})

test('an article that comes twice by weight alone is reserved with its whole weight once', () => {
  const twice = [
    { sku: 'w', quantity: 0, weightGrams: '500' },
    { sku: 'w', quantity: 0, weightGrams: '300' },
  ]
  const events: OrderEvent[] = [
    { type: 'order.placed', order: { storeId: 's1', lines: twice } },
    { type: 'stock.reserved', key: 'reserve-stock', lines: twice.map(({ sku }) => ({ sku, quantity: 0 })) },
    { type: 'composition.finalised' },
  ]
  const order = events.reduce<Order | undefined>(
    (before, event, i) => applyEvent(before, ref, envelopeOf(event, `e${i}`, 'marketplace', i), () => settings).order,
    undefined,
  )
  expect(checkComposition(order!, policy)?.composition?.lines).toMatchObject([{ sku: 'w', weightGrams: '800' }])
})
