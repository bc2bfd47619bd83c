import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { lineOf } from './read-query.ts'

const COOKIE = 'operator'
const MAX_CHARACTERS = 60
const REMEMBERED_SECONDS = 30 * 24 * 3_600

/** Who acts, as they call themselves: nobody is authenticated here. Remembered, so that it is typed once. */
export function takeOperator(c: Context, name: unknown): string {
  const operator = lineOf(name, MAX_CHARACTERS)
  if (operator === '') return 'console'
  setCookie(c, COOKIE, operator, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: REMEMBERED_SECONDS })
  return operator
}

export function rememberedOperator(c: Context): string {
  return lineOf(getCookie(c, COOKIE), MAX_CHARACTERS)
}
