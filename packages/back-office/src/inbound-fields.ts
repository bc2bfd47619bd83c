import { z } from 'zod'

/** Fields that several events have in common. Messages say what is wrong and what would be right, never the value. */

/** Named of one event. A megabyte of nothing but faults must cost neither seconds nor a hundred megabytes of answer. */
export const MAX_ITEMS = 1000
/** Sums of larger ones would lose digits, or become infinite. */
export const MAX_QUANTITY = 1_000_000_000

export const text = (what: string, maxLength = 255) =>
  z
    .string(missingOr(`must be text: ${what}`))
    .min(1, `must not be empty: ${what}`)
    .max(maxLength, `must not be longer than ${maxLength} characters`)

/** A year that no clock shows sorts before or after everything else, and Postgres does not take all of them. */
export const time = z.iso
  .datetime({
    offset: true,
    error: 'must be a time with its zone, for example 2026-05-01T10:00:00+03:00 or 2026-05-01T07:00:00Z',
  })
  .refine((value) => /^2[01]\d\d-/.test(value), 'must be a time between the years 2000 and 2199')

export const day = (what: string) => z.iso.date(missingOr(`must be a date like 2026-12-31: ${what}`))

export const choice = <const T extends string>(words: readonly T[], what?: string) =>
  z.enum(words, missingOr(`must be one of ${words.join(', ')}${what === undefined ? '' : `: ${what}`}`))

/** Says what is missing and what would be right; always with the same advice. */
export function missingOr(otherwise: string): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => (issue.input === undefined ? `is missing; it ${otherwise}` : otherwise) }
}

const id = text('the number of your own message, different for every message and the same when you send it again', 200)
const orderNumber = text('the order number as it came with the reservation, for example KU-H1234567890', 100).regex(
  /^[\w.-]+$/,
  'must be the order number as it came with the reservation: letters, digits, dots, dashes and underscores',
)

/** Of every event about an order. */
export const orderEnvelope = { id, orderNumber, at: time.exactOptional() }

/** Of every event about a conversation. What answers it is named by its id, which therefore goes into headers. */
export const conversationEnvelope = {
  id: id.regex(/^[\w.:/-]+$/, 'must be letters, digits, dots, dashes, underscores, colons and slashes'),
  conversation: text('the conversation as it came with conversation.message, for example YM-chat-123', 100).regex(
    /^[\w.-]+$/,
    'must be the conversation as it came with conversation.message: letters, digits, dots, dashes and underscores',
  ),
  at: time.exactOptional(),
}

export const returnId = text('the number of the return as it came with return.changed', 100).regex(
  /^[\w.-]+$/,
  'must be the number of the return as it came with return.changed: letters, digits, dots, dashes and underscores',
)
