import { describe, expect, it } from 'vitest'
import { composeFinally, type OrderedLine } from './composition.ts'

const line = (id: string, more: Partial<OrderedLine> = {}): OrderedLine => ({
  id,
  quantity: 2,
  originalQuantity: 2,
  price: 5_800,
  discountPrice: 5_200,
  isMarked: false,
  ...more,
})
/** 3 quanta of 250 g at 120 roubles each. */
const cheese = line('cheese', {
  quantity: 3,
  originalQuantity: 3,
  price: 12_000,
  discountPrice: 12_000,
  weightGrams: 750,
})
const kinds = (ordered: OrderedLine[], sent: Parameters<typeof composeFinally>[1]) =>
  composeFinally(ordered, sent).objections.map((one) => one.kind)

describe('what Kuper charges', () => {
  it('as ordered: the discounted price of every line', () => {
    expect(composeFinally([line('a'), cheese], { changed: false }).actualTotal).toBe(10_400 + 36_000)
  })

  it('fewer units cost less, a line left out or zero costs nothing', () => {
    const ordered = [line('a'), line('b'), line('c')]
    const sent = {
      changed: true,
      positions: [
        { id: 'a', quantity: 1 },
        { id: 'b', quantity: 0 },
      ],
    }
    const { actualTotal, lines, objections } = composeFinally(ordered, sent)
    expect(actualTotal).toBe(5_200)
    expect(lines.map((one) => one.sum)).toEqual([5_200, 0])
    expect(objections).toEqual([])
  })

  it('of weighed goods the weight decides, the quantity is ignored', () => {
    const sent = { positions: [{ id: 'cheese', quantity: 0, weight: '812.5' }] }
    const { lines, objections } = composeFinally([cheese], sent)
    expect(lines).toMatchObject([{ quantity: 3, sum: 39_000, weightGrams: 812.5 }])
    expect(objections).toEqual([])
  })

  it('of piece goods the weight is ignored, 0 included', () => {
    const sent = { positions: [{ id: 'a', quantity: 2, weight: '0' }] }
    expect(composeFinally([line('a')], sent).actualTotal).toBe(10_400)
  })

  it('rounds half a kopeck up', () => {
    const third = line('a', { quantity: 1, originalQuantity: 1, price: 5, discountPrice: 5, weightGrams: 1000 })
    expect(composeFinally([third], { positions: [{ id: 'a', quantity: 1, weight: '500' }] }).actualTotal).toBe(3)
  })

  it('a replacement keeps the ordered id and price', () => {
    const sent = { changed: true, positions: [{ id: 'a', quantity: 2, replacedByID: 'other' }] }
    expect(composeFinally([line('a')], sent)).toMatchObject({
      actualTotal: 10_400,
      lines: [{ id: 'a', replacedByID: 'other' }],
      objections: [],
    })
  })
})

describe('what a strict Kuper objects to', () => {
  it.each([
    [
      'a position that was not ordered',
      'unknown-position',
      [
        { id: 'x', quantity: 1 },
        { id: 'a', quantity: 2 },
      ],
    ],
    ['more than ordered', 'more-than-ordered', [{ id: 'a', quantity: 3 }]],
    ['nothing at all', 'empty-composition', [{ id: 'a', quantity: 0 }]],
  ])('%s', (_, kind, positions) => {
    expect(kinds([line('a')], { changed: true, positions })).toEqual([kind])
  })

  it('weighed goods without a weight', () => {
    expect(kinds([cheese], { positions: [{ id: 'cheese', quantity: 3 }] })).toEqual(['weight-missing'])
  })

  it('marked goods without one code per unit', () => {
    const marked = line('a', { isMarked: true })
    const code = (value: string) => ({ value })
    expect(kinds([marked], { positions: [{ id: 'a', quantity: 2, markingCode: [code('1')] }] })).toEqual([
      'marking-codes',
    ])
    expect(kinds([marked], { positions: [{ id: 'a', quantity: 2, markingCode: [code('1'), code('2')] }] })).toEqual([])
  })

  it('changed: false with something changed', () => {
    expect(kinds([line('a')], { changed: false, positions: [{ id: 'a', quantity: 1 }] })).toEqual(['changed-flag'])
  })
})
