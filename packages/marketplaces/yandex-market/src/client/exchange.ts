import type { Performed } from '@sluice/marketplace-port'
import type { HttpResult } from '@sluice/outbound'
import { bounded, maskBody, type PersonalFields } from '@sluice/wire'
import { describe, messageOf } from './classify-answer.ts'
import { isChange, type MarketCall } from './market-calls.ts'

/** One call of an attempt and what came of it. */
export interface Exchange {
  call: MarketCall
  result: Exclude<HttpResult, { kind: 'not-tried' }>
}

/**
 * What the attempts table keeps: every exchange of the attempt, a line each, with the `traceparent` that the Market's support
 * asks for; masked, at most 2 KiB each. The status is that of the call that changes something, else of the last one.
 */
export function toEvidence(exchanges: readonly Exchange[], secrets: readonly string[]): Performed['evidence'] {
  if (exchanges.length === 0) return undefined
  const httpStatus = (exchanges.findLast(({ call }) => isChange(call)) ?? exchanges.at(-1))?.result.status
  return {
    ...(httpStatus !== undefined && { httpStatus }),
    request: bounded(exchanges.map(({ call }) => showCall(call)).join('\n')),
    response: bounded(exchanges.map((exchange) => showResult(exchange, secrets)).join('\n')),
  }
}

function showCall(call: MarketCall): string {
  const query = call.query ? `?${new URLSearchParams(call.query).toString()}` : ''
  return `${call.method} ${call.path}${query} ${maskBody(call.json, personalIn(call))}`.trim()
}

function showResult({ call, result }: Exchange, secrets: readonly string[]): string {
  const { status, body } = result
  const trace = result.kind === 'answered' ? result.headers.traceparent : undefined
  const isGood = status !== undefined && status < 300
  const text = isGood ? maskBody(body, personalIn(call)) : describe(undefined, messageOf(body, secrets))
  const what = status ?? (result.kind === 'unavailable' ? result.cause : '')
  return [what, trace && `traceparent=${trace}`, text].filter(Boolean).join(' ')
}

/** Everything below these is personal, or opens a door or a game. An error's `code` is a word in capitals. */
const PERSONAL_NAMES = (
  'courier address buyer customer author notes phone fullName vehicleNumber lastName firstName middleName email ' +
  'steamLink images comment instruction code codes eacCode receiveCode receiveBarcode cis cisFull uin rnpt gtd slip'
).split(' ')

const personal: PersonalFields = {
  names: PERSONAL_NAMES,
  isHarmless: (field, value) => field === 'code' && typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value),
}

/** What people write to each other. */
const personalInConversations: PersonalFields = {
  ...personal,
  names: [...PERSONAL_NAMES, 'message', 'text', 'comments', 'payload', 'description', 'media'],
}

/** The codes themselves. */
const personalInCodes: PersonalFields = { ...personal, names: [...PERSONAL_NAMES, 'value'] }

function personalIn({ operation }: MarketCall): PersonalFields {
  // What the courier shows may be a word in capitals, too.
  if (operation === 'verifyOrderEac') return { names: PERSONAL_NAMES }
  if (operation === 'getOrderIdentifiersStatus') return personalInCodes
  return /Chat|Feedback|Question/.test(operation) ? personalInConversations : personal
}
