import { boundedList } from '@sluice/contracts'
import { z } from 'zod'
import { day, MAX_ITEMS, MAX_QUANTITY, missingOr, text } from './inbound-fields.ts'

const sku = text('the article as it stands in the reservation')

const markingCodes = boundedList(
  z.string('must be text: one marking code').min(1, 'must not be empty: leave a code out that was not scanned'),
  'must be a list of texts, one marking code for each unit',
  MAX_ITEMS,
)

export const composedLineSchema = z.object(
  {
    sku,
    quantity: z
      .number(missingOr('must be a number without quotes, 0 or greater; 0 says: not available'))
      .min(0, 'must be 0 or greater; 0 says: not available')
      .max(MAX_QUANTITY, `must not be more than ${MAX_QUANTITY}`),
    weightGrams: z
      .string('must be text: the weight of the whole line in grams, for example "512.5"')
      .max(20, 'must not be longer than 20 characters')
      .regex(/^\d+(\.\d+)?$/, 'must be the weight of the whole line in grams with a decimal point, for example "512.5"')
      .exactOptional(),
    markingCodes: markingCodes.exactOptional(),
    replacedBy: text('the article handed over instead').exactOptional(),
    series: text('the series of the goods').exactOptional(),
    expiresOn: z.iso.date('must be a date like 2026-12-31').exactOptional(),
  },
  'must be an object with at least sku and quantity',
)

export const composedLines = boundedList(
  composedLineSchema,
  'must be a list of lines, each with at least sku and quantity',
  MAX_ITEMS,
).refine(
  (list) => list.length > 0,
  'must not be empty: leave lines out when nothing differs, give a line quantity 0 when it is missing',
)

const boxedLineSchema = z.object(
  {
    sku,
    quantity: z
      .number(missingOr('must be a number without quotes, greater than 0: how many of them are in this box'))
      .gt(0, 'must be greater than 0: leave out what is not in this box')
      .max(MAX_QUANTITY, `must not be more than ${MAX_QUANTITY}`),
    markingCodes: markingCodes.exactOptional(),
  },
  'must be an object with at least sku and quantity',
)

const boxSchema = z.object(
  {
    lines: boundedList(
      boxedLineSchema,
      'must be a list of what is in the box, each with sku and quantity',
      MAX_ITEMS,
    ).refine((list) => list.length > 0, 'must not be empty: leave an empty box out'),
  },
  'must be an object with the lines that are in the box',
)

export const boxes = boundedList(boxSchema, 'must be a list of boxes, each with its lines', MAX_ITEMS).refine(
  (list) => list.length > 0,
  'must not be empty: leave boxes out when everything is in one',
)

/** As much as any marketplace takes of one order. */
const MAX_DIGITAL_LINES = 100
const MAX_KEYS = 5000

const digitalLineSchema = z.object(
  {
    sku,
    codes: boundedList(
      text('one key', 256),
      `must be a list of 1 to ${MAX_KEYS} texts, one key for each piece`,
      MAX_KEYS,
    )
      .refine((codes) => codes.length > 0, `must not be empty: one key for each piece`)
      .refine((codes) => new Set(codes).size === codes.length, 'must not name a key twice: each is sold once'),
    slip: text('how the customer uses the keys', 10_000).exactOptional(),
    activateUntil: day('the last day on which the keys work').exactOptional(),
  },
  'must be an object with at least sku and codes',
)

export const digitalLines = boundedList(
  digitalLineSchema,
  'must be a list of lines, each with at least sku and codes',
  MAX_DIGITAL_LINES,
)
  .refine((lines) => lines.length > 0, 'must not be empty: all keys of the order, line by line')
  .refine(
    (lines) => new Set(lines.map((line) => line.sku)).size === lines.length,
    'must not name an article twice: put all its keys into one line',
  )
