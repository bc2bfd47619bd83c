import { describe, expect, it } from 'vitest'
import { checkBoxes } from './check-boxes.ts'
import type { BoxItem, MarketLine } from './order.ts'

const line = (id: string, count: number, price = 100, isPromo = false): MarketLine => ({
  id,
  offerId: `sku-${id}`,
  name: id,
  count,
  orderedCount: count,
  price,
  marking: undefined,
  isPromo,
  service: undefined,
  codes: [],
})
const whole = (id: string, fullCount: number, codes?: string[]): BoxItem => ({
  id,
  fullCount,
  ...(codes && { instances: codes.map((cis) => ({ cis })) }),
})
const part = (id: string, current: number, total: number): BoxItem => ({ id, partialCount: { current, total } })
const check = (lines: MarketLine[], boxes: BoxItem[][], allowRemove = false) =>
  checkBoxes(
    lines,
    boxes.map((items) => ({ items })),
    allowRemove,
  )

describe('a layout fits', () => {
  it.each<[string, BoxItem[][]]>([
    ['everything in one box', [[whole('1', 2), whole('2', 1)]]],
    ['units of one line in several boxes', [[whole('1', 1)], [whole('1', 1), whole('2', 1)]]],
    [
      'goods in parts, a part to a box',
      [[part('1', 1, 2)], [part('1', 2, 2)], [part('1', 1, 2)], [part('1', 2, 2)], [whole('2', 1)]],
    ],
    ['a code for each unit', [[whole('1', 2, ['a', 'b']), whole('2', 1)]]],
  ])('%s', (_what, boxes) => {
    expect(check([line('1', 2), line('2', 1)], boxes)).toMatchObject({
      violations: [],
      exclusions: [],
      counts: new Map([
        ['1', 2],
        ['2', 1],
      ]),
    })
  })
})

describe('a layout is refused', () => {
  it.each<[string, BoxItem[][], string[]]>([
    ['with goods left out unasked', [[whole('1', 2)]], ['item 2 is left out, and allowRemove is not set']],
    ['with goods added', [[whole('1', 3), whole('2', 1)]], ['item 1: 3 instead of 2, goods cannot be added']],
    ['with goods of another order', [[whole('1', 2), whole('2', 1), whole('9', 1)]], ['item 9 is not in the order']],
    [
      'with both counts',
      [[{ ...whole('1', 2), ...part('1', 1, 2) }], [whole('2', 1)]],
      ['item 1 needs either fullCount or partialCount', 'item 1 is left out, and allowRemove is not set'],
    ],
    [
      'with a part beside other goods',
      [[part('1', 1, 2), whole('2', 1)], [part('1', 2, 2)], [whole('1', 1)]],
      ['a box holds whole goods or one part of one item'],
    ],
    ['with a part missing', [[part('1', 1, 2)], [whole('1', 1), whole('2', 1)]], ['parts of item 1 do not add up']],
    ['with a code missing', [[whole('1', 2, ['a']), whole('2', 1)]], ['item 1 needs a code per unit']],
  ])('%s', (_what, boxes, violations) => {
    expect(check([line('1', 2), line('2', 1)], boxes)).toMatchObject({ violations })
  })
})

describe('goods may be taken out', () => {
  it('as far as the layout leaves them out, and it is said', () => {
    const { violations, exclusions, counts } = check([line('1', 2), line('2', 1)], [[whole('1', 1)]], true)
    expect({ violations, exclusions }).toEqual({ violations: [], exclusions: [] })
    expect(counts.get('2')).toBe(0)
  })

  it.each<[string, MarketLine[], BoxItem[][], string]>([
    ['the only item', [line('1', 2), line('2', 0)], [[whole('1', 1)]], 'item 1 is the only item of the order'],
    [
      'an item of a promotion',
      [line('1', 1, 100, true), line('2', 1)],
      [[whole('2', 1)]],
      'item 1 is part of a promotion',
    ],
    ['99% of the order', [line('1', 1, 9_900), line('2', 1, 100)], [[whole('2', 1)]], 'item 1 is 99% of the order'],
  ])('but not %s', (_what, lines, boxes, exclusion) => {
    expect(check(lines, boxes, true)).toMatchObject({ violations: [], exclusions: [exclusion] })
  })
})
