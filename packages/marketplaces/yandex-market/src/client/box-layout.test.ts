import type { Box, Composition, OrderLine } from '@sluice/orders'
import { expect, test } from 'vitest'
import { toBoxLayout } from './box-layout.ts'
import { packLines } from './pack-lines.ts'

const ordered: OrderLine[] = [
  { sku: 'TEA', quantity: 2, lineId: '1', markingKind: 'CIS' },
  { sku: 'RING', quantity: 1, lineId: '2', markingKind: 'UIN' },
  { sku: 'SAW', quantity: 2, lineId: '3' },
]

type Line = Composition['lines'][number]
const line = (sku: string, quantity: number, more: Partial<Line> = {}): Line => ({
  sku,
  quantity,
  originalQuantity: quantity,
  ...more,
})
const composed = (...lines: Line[]): Composition => ({ changed: false, lines })

function layout(composition: Composition, boxes?: Box[], lines = ordered) {
  const packing = packLines(lines, composition)
  return packing.kind === 'packed' ? toBoxLayout(packing.lines, boxes) : packing
}

test('without boxes everything lies in one, each code under the name of its kind', () => {
  const composition = composed(
    line('TEA', 2, { markingCodes: ['c1\u001d93', 'c2'] }),
    line('RING', 1, { markingCodes: ['u1'] }),
    line('SAW', 2),
  )
  expect(layout(composition)).toEqual({
    kind: 'boxes',
    boxes: [
      [
        { id: '1', fullCount: 2, instances: [{ cis: 'c1\u001d93' }, { cis: 'c2' }] },
        { id: '2', fullCount: 1, instances: [{ uin: 'u1' }] },
        { id: '3', fullCount: 2 },
      ],
    ],
  })
})

test.each([
  ['RNPT', { rnpt: 'x' }],
  ['GTD', { gtd: 'x' }],
  ['CIS_OPTIONAL', { cis: 'x' }],
  [undefined, { cis: 'x' }],
])('a code of kind %s', (markingKind, instance) => {
  const lines = [{ sku: 'TEA', quantity: 1, lineId: '1', ...(markingKind && { markingKind }) }]
  expect(layout(composed(line('TEA', 1, { markingCodes: ['x'] })), undefined, lines)).toEqual({
    kind: 'boxes',
    boxes: [[{ id: '1', fullCount: 1, instances: [instance] }]],
  })
})

test('boxes keep what lies in them; codes go with their units', () => {
  const composition = composed(line('TEA', 2), line('RING', 1, { markingCodes: ['u1'] }), line('SAW', 2))
  const boxes: Box[] = [
    {
      lines: [
        { sku: 'TEA', quantity: 1, markingCodes: ['a'] },
        { sku: 'SAW', quantity: 2 },
      ],
    },
    {
      lines: [
        { sku: 'TEA', quantity: 1, markingCodes: ['b'] },
        { sku: 'RING', quantity: 1 },
      ],
    },
    { lines: [] },
  ]
  expect(layout(composition, boxes)).toEqual({
    kind: 'boxes',
    boxes: [
      [
        { id: '1', fullCount: 1, instances: [{ cis: 'a' }] },
        { id: '3', fullCount: 2 },
      ],
      [
        { id: '1', fullCount: 1, instances: [{ cis: 'b' }] },
        { id: '2', fullCount: 1, instances: [{ uin: 'u1' }] },
      ],
    ],
  })
})

test('an article that fills more boxes than there are of it comes in parts, each with its unit’s code', () => {
  const lines = [{ sku: 'AC', quantity: 2, lineId: '7' }]
  const part: Box = { lines: [{ sku: 'AC', quantity: 1 }] }
  const composition = composed(line('AC', 2, { markingCodes: ['x', 'y'] }))
  expect(layout(composition, [part, part, part, part], lines)).toEqual({
    kind: 'boxes',
    boxes: [
      [{ id: '7', partialCount: { current: 1, total: 2 }, instances: [{ cis: 'x' }] }],
      [{ id: '7', partialCount: { current: 2, total: 2 }, instances: [{ cis: 'x' }] }],
      [{ id: '7', partialCount: { current: 1, total: 2 }, instances: [{ cis: 'y' }] }],
      [{ id: '7', partialCount: { current: 2, total: 2 }, instances: [{ cis: 'y' }] }],
    ],
  })
})

test('codes that no box names go into the boxes that name none, each code once', () => {
  const composition = composed(line('TEA', 3, { markingCodes: ['a', 'b', 'c'] }))
  const lines = [{ sku: 'TEA', quantity: 3, lineId: '1' }]
  const boxes: Box[] = [
    { lines: [{ sku: 'TEA', quantity: 1 }] },
    { lines: [{ sku: 'TEA', quantity: 1, markingCodes: ['a'] }] },
    { lines: [{ sku: 'TEA', quantity: 1 }] },
  ]
  expect(layout(composition, boxes, lines)).toEqual({
    kind: 'boxes',
    boxes: ['b', 'a', 'c'].map((cis) => [{ id: '1', fullCount: 1, instances: [{ cis }] }]),
  })
})

test('the code that one part of an article names is that of all its parts', () => {
  const lines = [{ sku: 'AC', quantity: 2, lineId: '7' }]
  const part = (...markingCodes: string[]): Box => ({ lines: [{ sku: 'AC', quantity: 1, markingCodes }] })
  const composition = composed(line('AC', 2, { markingCodes: ['x', 'y'] }))
  const cis = (boxes: Box[]) => {
    const result = layout(composition, boxes, lines)
    return result.kind === 'boxes' ? result.boxes.flat().map(({ instances }) => instances) : result
  }
  const expected = [[{ cis: 'y' }], [{ cis: 'y' }], [{ cis: 'x' }], [{ cis: 'x' }]]
  expect(cis([part('y'), part(), part(), part()])).toEqual(expected)
  expect(cis([part(), part('y'), part('x'), part('x')])).toEqual(expected)
})

test.each([
  ['named part by part', ['x', 'y', 'x', 'y'], ['x 1', 'y 1', 'x 2', 'y 2']],
  ['named unit by unit', ['x', 'x', 'y', 'y'], ['x 1', 'x 2', 'y 1', 'y 2']],
  ['one of them nameless', ['x', 'y', '', 'x'], ['x 1', 'y 1', 'y 2', 'x 2']],
  ['one unit nameless', ['', '', 'x', ''], ['y 1', 'y 2', 'x 1', 'x 2']],
])('parts of several units, %s, are told apart by their codes', (_, named, expected) => {
  const lines = [{ sku: 'AC', quantity: 2, lineId: '7' }]
  const boxes = named.map((code) => ({ lines: [{ sku: 'AC', quantity: 1, markingCodes: code ? [code] : [] }] }))
  const result = layout(composed(line('AC', 2, { markingCodes: ['x', 'y'] })), boxes, lines)
  const laid = result.kind === 'boxes' ? result.boxes.flat() : []
  const told = laid.map(({ instances = [], partialCount }) => [
    ...instances.flatMap(Object.values),
    partialCount?.current,
  ])
  expect(told.map((words) => words.join(' '))).toEqual(expected)
})

test('an article on two lines fills the first one first', () => {
  const lines = [
    { sku: 'TEA', quantity: 2, lineId: '1' },
    { sku: 'TEA', quantity: 2, lineId: '2' },
  ]
  const composition = composed(line('TEA', 3, { markingCodes: ['a', 'b', 'c'] }))
  expect(packLines(lines, composition)).toMatchObject({ kind: 'packed', isShort: true })
  expect(layout(composition, undefined, lines)).toEqual({
    kind: 'boxes',
    boxes: [
      [
        { id: '1', fullCount: 2, instances: [{ cis: 'a' }, { cis: 'b' }] },
        { id: '2', fullCount: 1, instances: [{ cis: 'c' }] },
      ],
    ],
  })
})

test('lots of one article are one line', () => {
  const composition = composed(line('TEA', 1, { series: 'A' }), line('TEA', 1, { series: 'B' }))
  const packing = packLines([ordered[0]!], composition)
  expect(packing).toMatchObject({ kind: 'packed', isShort: false, lines: [{ id: '1', packed: 2 }] })
})

test('what is missing makes it short; what is missing entirely is in no box', () => {
  const composition = composed(line('TEA', 1), line('RING', 0), line('SAW', 2))
  expect(packLines(ordered, composition)).toMatchObject({ kind: 'packed', isShort: true })
  expect(layout(composition)).toEqual({
    kind: 'boxes',
    boxes: [
      [
        { id: '1', fullCount: 1 },
        { id: '3', fullCount: 2 },
      ],
    ],
  })
})

test('what was taken out before is not asked for again', () => {
  const left = [ordered[0]!]
  const composition = composed(line('TEA', 2), line('RING', 0, { originalQuantity: 1 }))
  expect(packLines(left, composition)).toMatchObject({ kind: 'packed', isShort: false })
})

const all = [line('TEA', 2), line('RING', 1), line('SAW', 2)]
test.each<[string, Composition, Box[] | undefined, OrderLine[], string]>([
  ['more than ordered', composed(line('TEA', 3)), undefined, ordered, '1 of TEA too many'],
  ['an article that was not ordered', composed(line('X', 1)), undefined, ordered, '1 of X too many'],
  ['a replacement', composed(line('TEA', 2, { replacedBy: 'TEA-2' })), undefined, ordered, 'TEA is replaced'],
  ['half a piece', composed(line('TEA', 0.5)), undefined, ordered, 'TEA has a quantity of 0.5'],
  ['too few codes', composed(line('TEA', 2, { markingCodes: ['secret'] })), undefined, ordered, 'TEA: 1 codes for 2'],
  ['a line without id', composed(line('TEA', 1)), undefined, [{ sku: 'TEA', quantity: 1 }], 'TEA has no line id'],
  ['boxes with less', composed(...all), [{ lines: [{ sku: 'TEA', quantity: 2 }] }], ordered, 'RING is 1 times'],
  [
    'a box with something else',
    composed(line('TEA', 2)),
    [
      {
        lines: [
          { sku: 'TEA', quantity: 2 },
          { sku: 'CUP', quantity: 1 },
        ],
      },
    ],
    ordered,
    'CUP is in a box',
  ],
  [
    'parts that do not come out even',
    composed(line('SAW', 2)),
    Array.from({ length: 3 }, () => ({ lines: [{ sku: 'SAW', quantity: 1 }] })),
    ordered,
    'SAW is 2 times in the composition, and in 3 parts',
  ],
  [
    'a part beside other goods',
    composed(line('TEA', 2), line('RING', 1)),
    [
      {
        lines: [
          { sku: 'TEA', quantity: 2 },
          { sku: 'RING', quantity: 1 },
        ],
      },
      { lines: [{ sku: 'RING', quantity: 1 }] },
    ],
    ordered,
    'RING comes in parts',
  ],
  [
    'codes of a box that are too many',
    composed(line('TEA', 2)),
    [{ lines: [{ sku: 'TEA', quantity: 2, markingCodes: ['secret', 'b', 'c'] }] }],
    ordered,
    'TEA: 3 codes for 2 units in a box',
  ],
  [
    'a code of a box that the document does not have',
    composed(line('TEA', 2, { markingCodes: ['a', 'b'] })),
    [{ lines: [{ sku: 'TEA', quantity: 2, markingCodes: ['a', 'secret'] }] }],
    ordered,
    'TEA has codes in a box that its line does not have',
  ],
  [
    'one code in two boxes',
    composed(line('TEA', 2)),
    ['secret', 'secret'].map((code) => ({ lines: [{ sku: 'TEA', quantity: 1, markingCodes: [code] }] })),
    ordered,
    'TEA has one code for several units',
  ],
  [
    'two codes for the parts of one unit',
    composed(line('RING', 1)),
    ['secret', 'b'].map((code) => ({ lines: [{ sku: 'RING', quantity: 1, markingCodes: [code] }] })),
    ordered,
    'RING has several codes for one unit',
  ],
])('%s cannot be laid out, and no code is named', (_, composition, boxes, lines, detail) => {
  const result = layout(composition, boxes, lines)
  expect(result).toMatchObject({ kind: 'impossible', detail: expect.stringContaining(detail) })
  expect(JSON.stringify(result)).not.toContain('secret')
})
