import { boundedList } from '@sluice/contracts'
import { z } from 'zod'
import { choice, MAX_ITEMS, text } from './inbound-fields.ts'

export const RETURN_DECISIONS = [
  'refund',
  'fast-refund',
  'refund-with-shipping',
  'partial-refund',
  'decline',
  'repair',
  'replace',
  'examine',
  'other',
] as const

const amountAdvice = 'must be how much is given back, in roubles as text with a decimal point, for example "189.00"'

const decided = {
  kind: choice(RETURN_DECISIONS),
  reason: text('why it is declined, in the word of the marketplace').exactOptional(),
  comment: text('for the customer', 1000).exactOptional(),
  amount: z
    .string(amountAdvice)
    .max(20, 'must not be longer than 20 characters')
    .regex(/^\d+(\.\d{1,2})?$/, amountAdvice)
    .exactOptional(),
}

/** Whoever names an amount beside another kind means less than all of the money: that is not to be guessed. */
const amountIsMissing = ({ kind, amount }: { kind: string; amount?: string }) =>
  kind !== 'partial-refund' || amount !== undefined
const amountIsForeign = ({ kind, amount }: { kind: string; amount?: string }) =>
  kind === 'partial-refund' || amount === undefined
const missingAmount = { path: ['amount'], error: `is missing; with kind partial-refund it ${amountAdvice}` }
const foreignAmount = {
  path: ['amount'],
  error: 'belongs to kind partial-refund alone: change the kind or leave it out',
}

const itemSchema = z
  .object(
    { ...decided, itemId: text('the itemId of a line of return.changed', 100) },
    'must be an object with at least itemId and kind',
  )
  .refine(amountIsMissing, missingAmount)
  .refine(amountIsForeign, foreignAmount)

const decisionSchema = z
  .object(
    {
      ...decided,
      items: boundedList(itemSchema, 'must be a list of items that are decided otherwise than the rest', MAX_ITEMS)
        .refine((items) => items.length > 0, 'must not be empty: leave items out when all are decided alike')
        .refine(
          (items) => new Set(items.map(({ itemId }) => itemId)).size === items.length,
          'must not name an item twice',
        )
        .exactOptional(),
    },
    `must be an object with at least kind, or the kind alone as text: ${RETURN_DECISIONS.join(', ')}`,
  )
  .refine(amountIsMissing, missingAmount)
  .refine(amountIsForeign, foreignAmount)

/** What the merchant decided about a return. A plain text is its kind. */
export const returnDecisionSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { kind: value } : value),
  decisionSchema,
)
