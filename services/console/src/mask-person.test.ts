import { expect, test } from 'vitest'
import { maskName, maskPhone } from './mask-person.ts'

test('a name keeps the first letter of each word, a phone its last two digits', () => {
  expect(maskName(' Анна  Петрова-Водкина ')).toBe('А••• П•••')
  expect(maskPhone('+7 999 111-22-33')).toBe('••• 33')
  expect(maskPhone('1234')).toBe('•••')
})
