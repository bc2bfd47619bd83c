import { expect, test } from 'vitest'
import { shareOf, sumOf } from './money.ts'

test.each<[(string | undefined)[], string | undefined]>([
  [[], undefined],
  [[undefined], undefined],
  [['3270', '0'], '3270'],
  [['0.1', '0.2'], '0.30'],
  [['58.00', undefined], '58'],
  [['-0.5', '0.25'], '-0.25'],
  [['90071992547409931.01', '0.001'], '90071992547409931.011'],
])('the sum of %j is %s', (amounts, sum) => {
  expect(sumOf(amounts)).toBe(sum)
})

test.each<[string | undefined, number, string | undefined]>([
  ['780', 2, '390'],
  ['781', 2, '390.50'],
  ['100', 3, undefined],
  ['2490.005', 1, '2490.005'],
  ['0', 4, '0'],
  ['10', 0, undefined],
  [undefined, 2, undefined],
])('%s among %i is %s each', (amount, count, share) => {
  expect(shareOf(amount, count)).toBe(share)
})
