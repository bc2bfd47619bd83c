import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStock, type Stock } from './stock.ts'

const MIN = '2026-06-01'

function stockWith(...lots: { series: string; expiresOn: string; quantity: number; sku?: string }[]): Stock {
  const stock = createStock({ supply: () => null, today: () => new Date('2026-05-01T00:00:00Z') })
  stock.set(lots.map(({ sku = 'A', ...lot }) => ({ storeId: 's1', sku, ...lot })))
  return stock
}

const old = { series: 'old', expiresOn: '2026-05-20', quantity: 5 }
const soon = { series: 'soon', expiresOn: '2026-07-01', quantity: 3 }
const late = { series: 'late', expiresOn: '2027-01-01', quantity: 10 }

describe('stock', () => {
  it('takes first what expires first, and nothing that expires too early', () => {
    const stock = stockWith(late, old, soon)
    expect(stock.reserve('o1', 's1', [{ sku: 'A', quantity: 4 }], MIN)).toEqual({
      kind: 'reserved',
      isRepeat: false,
      lines: [
        {
          sku: 'A',
          quantity: 4,
          lots: [
            { ...soon, quantity: 3 },
            { ...late, quantity: 1 },
          ],
        },
      ],
    })
  })

  it('takes the lots that were asked for', () => {
    const stock = stockWith(soon, late)
    const lots = [{ series: 'late', expiresOn: '2027-01-01', quantity: 2 }]
    expect(stock.reserve('o1', 's1', [{ sku: 'A', quantity: 2, lots }], MIN)).toMatchObject({ lines: [{ lots }] })
  })

  it('is short as a whole: one missing line reserves nothing', () => {
    const stock = stockWith(soon, { ...late, sku: 'B' })
    const lines = [
      { sku: 'B', quantity: 1 },
      { sku: 'A', quantity: 4 },
    ]
    expect(stock.reserve('o1', 's1', lines, MIN)).toEqual({
      kind: 'short',
      lines: [{ sku: 'A', requested: 4, available: 3 }],
    })
    expect(stock.totals()).toMatchObject({ held: 0, everReserved: 0 })
  })

  it('never promises the same goods twice', () => {
    const stock = stockWith(soon)
    expect(stock.reserve('o1', 's1', [{ sku: 'A', quantity: 2 }], MIN).kind).toBe('reserved')
    expect(stock.reserve('o2', 's1', [{ sku: 'A', quantity: 2 }], MIN)).toEqual({
      kind: 'short',
      lines: [{ sku: 'A', requested: 2, available: 1 }],
    })
    expect(stock.query('s1', ['A'])).toEqual([{ sku: 'A', ...soon, quantity: 1 }])
  })

  it('repeats harmlessly and replaces as a whole', () => {
    const stock = stockWith(soon)
    stock.reserve('o1', 's1', [{ sku: 'A', quantity: 3 }], MIN)
    expect(stock.reserve('o1', 's1', [{ sku: 'A', quantity: 3 }], MIN)).toMatchObject({ isRepeat: true })
    expect(stock.reserve('o1', 's1', [{ sku: 'A', quantity: 2 }], MIN)).toMatchObject({ isRepeat: false })
    expect(stock.totals()).toMatchObject({ held: 2, everReserved: 5, released: 3 })
  })

  it('keeps the old reservation when the new composition is short', () => {
    const stock = stockWith(soon)
    stock.reserve('o1', 's1', [{ sku: 'A', quantity: 2 }], MIN)
    expect(stock.reserve('o1', 's1', [{ sku: 'A', quantity: 4 }], MIN)).toMatchObject({ lines: [{ available: 3 }] })
    expect(stock.outstandingOf('o1')).toEqual({ held: 2, used: 0 })
  })

  it('a document uses what was handed over and releases the rest', () => {
    const stock = stockWith(soon, { ...late, sku: 'B' })
    stock.reserve('o1', 's1', [{ sku: 'A', quantity: 3 }], MIN)
    expect(
      stock.use('o1', [
        { sku: 'A', quantity: 1 },
        { sku: 'B', quantity: 2 },
      ]),
    ).toEqual([])
    expect(stock.totals()).toMatchObject({ held: 0, used: 3, released: 2, onHand: 10 })
    expect(stock.release('o1')).toBe('already-used')
  })

  it('a document without goods is a release', () => {
    const stock = stockWith(soon)
    stock.reserve('o1', 's1', [{ sku: 'A', quantity: 3 }], MIN)
    stock.use('o1', [{ sku: 'A', quantity: 0 }])
    expect(stock.release('o1')).toBe('released')
    expect(stock.totals()).toMatchObject({ held: 0, used: 0, released: 3 })
  })

  it('takes back no more than was handed over', () => {
    const stock = stockWith(soon)
    stock.reserve('o1', 's1', [{ sku: 'A', quantity: 3 }], MIN)
    stock.use('o1', [{ sku: 'A', quantity: 2 }])
    expect(stock.takeBack('o1', [{ sku: 'A', quantity: 3 }])).toEqual(['1 more of A than was handed over'])
    expect(stock.takeBack('o1', [{ sku: 'A', quantity: 2, series: 'soon' }])).toEqual([])
    expect(stock.takeBack('o1', [{ sku: 'A', quantity: 1 }])).toEqual(['1 more of A than was handed over'])
    expect(stock.query('s1', ['A'])).toEqual([{ sku: 'A', ...soon }])
  })

  it('supplies only articles that nobody stocked by hand', () => {
    const stock = createStock({
      supply: () => ({ quantity: 10, expiresInDays: 31 }),
      today: () => new Date('2026-05-01T00:00:00Z'),
    })
    stock.set([{ storeId: 's1', sku: 'A', quantity: 0 }])
    expect(stock.query('s1', ['A', 'B'])).toEqual([
      { sku: 'B', series: 'S-20260601', expiresOn: '2026-06-01', quantity: 10 },
    ])
  })

  it('balances its books whatever happens', () => {
    const order = fc.constantFrom('o1', 'o2', 'o3')
    const goods = fc.array(
      fc.record({ sku: fc.constantFrom('A', 'B'), quantity: fc.integer({ min: 0, max: 40 }).map((n) => n / 10) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    const action = fc.oneof(
      fc.record({ kind: fc.constant('reserve' as const), order, goods }),
      fc.record({ kind: fc.constant('release' as const), order, goods }),
      fc.record({ kind: fc.constant('use' as const), order, goods }),
      fc.record({ kind: fc.constant('takeBack' as const), order, goods }),
      fc.record({ kind: fc.constant('set' as const), order, goods }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const stock = stockWith(soon, late, old, { ...late, sku: 'B', quantity: 4 })
        for (const { kind, order, goods } of actions) {
          if (kind === 'reserve') stock.reserve(order, 's1', goods, MIN)
          else if (kind === 'release') stock.release(order)
          else if (kind === 'use') stock.use(order, goods)
          else if (kind === 'takeBack') stock.takeBack(order, goods)
          else stock.set(goods.map((one) => ({ storeId: 's1', ...one })))
          expect(stock.findFaults()).toEqual([])
        }
      }),
    )
  })
})
