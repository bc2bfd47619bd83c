import { describe, expect, test } from 'vitest'
import { areSameLines, differencesOfBoxes, isMissing } from './goods.ts'

const line = (sku: string, quantity: number) => ({ sku, quantity })

describe('boxes', () => {
  test.each<[string, [string, number][], [string, number][][], object[]]>([
    ['hold what the lines say', [['a', 2]], [[['a', 1]], [['a', 1]]], []],
    ['hold fractions', [['a', 0.3]], [[['a', 0.1]], [['a', 0.2]]], []],
    ['hold the parts of one article', [['a', 1]], [[['a', 1]], [['a', 1]]], []],
    ['hold parts of fractions', [['a', 0.3]], [[['a', 0.3]], [['a', 0.3]], [['a', 0.3]]], []],
    ['hold too little', [['a', 2]], [[['a', 1]]], [{ sku: 'a', inLines: 2, inBoxes: 1 }]],
    ['hold nearly parts', [['a', 3000]], [[['a', 3001]]], [{ sku: 'a', inLines: 3000, inBoxes: 3001 }]],
    [
      'hold what nobody ordered',
      [['a', 1]],
      [
        [
          ['a', 1],
          ['b', 1],
        ],
      ],
      [{ sku: 'b', inLines: 0, inBoxes: 1 }],
    ],
    ['hold what is missing', [['a', 0]], [[['a', 1]]], [{ sku: 'a', inLines: 0, inBoxes: 1 }]],
  ])('%s', (_, lines, boxes, differences) => {
    const asLines = (list: [string, number][]) => list.map(([sku, quantity]) => line(sku, quantity))
    expect(
      differencesOfBoxes(
        asLines(lines),
        boxes.map((box) => ({ lines: asLines(box) })),
      ),
    ).toEqual(differences)
  })
})

test.each([
  [{ quantity: 0 }, true],
  [{ quantity: 0, weightGrams: '0.0' }, true],
  [{ quantity: 0, weightGrams: '500' }, false],
  [{ quantity: 1, weightGrams: '0' }, false],
])('%o is missing: %s', (goods, expected) => {
  expect(isMissing(goods)).toBe(expected)
})

test('lists of goods are the same whatever their order, their lines and the way their weights are written', () => {
  const some = [line('a', 2), { ...line('w', 1), weightGrams: '500' }]
  expect(areSameLines(some, [{ ...line('w', 1), weightGrams: '500.0' }, line('a', 1), line('a', 1)])).toBe(true)
  expect(areSameLines(some, [{ ...line('w', 1), weightGrams: '600' }, line('a', 2)])).toBe(false)
  expect(areSameLines(some, [line('a', 2)])).toBe(false)
})
