import { expect, it } from 'vitest'
import { verifyBackOffice } from './verify-back-office.ts'

it.each([
  ['Bearer old', 'verified'],
  ['bearer new', 'verified'],
  ['Bearer  new', 'verified'],
  ['Bearer ne', 'wrong'],
  ['Bearer newer', 'wrong'],
  ['Basic bmV3', 'missing'],
  ['Bearer ', 'missing'],
  ['Bearer old new', 'missing'],
  ['', 'missing'],
  [undefined, 'missing'],
])('%s is %s', (authorization, verdict) => {
  expect(verifyBackOffice(authorization, ['old', 'new'])).toBe(verdict)
})

it('without tokens nobody gets in', () => {
  expect(verifyBackOffice('Bearer undefined', [])).toBe('wrong')
})
