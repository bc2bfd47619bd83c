import { z } from 'zod'

/** Answers that only the client reads. Unknown fields and words are accepted (specification 3.3). */
const id = z.union([z.string().min(1), z.number().transform(String)])
const optionalText = z.string().optional().catch(undefined)

/** `updateOrderStatus`: the old form of an order, of which nothing but the status is used; `operation` only for LaaS. */
export const statusAnswerSchema = z.looseObject({
  order: z.looseObject({ status: optionalText }).optional().catch(undefined),
  operation: z.looseObject({ id }).optional().catch(undefined),
})

/** `getOperations` */
export const operationsAnswerSchema = z.looseObject({
  result: z.looseObject({ operations: z.array(z.looseObject({ id, status: optionalText })) }),
})

/** `verifyOrderEac` */
export const eacAnswerSchema = z.looseObject({
  result: z.looseObject({ verificationResult: optionalText, attemptsLeft: z.number().optional().catch(undefined) }),
})

const checkedCodes = z
  .array(z.looseObject({ status: optionalText, substatus: optionalText }))
  .nullish()
  .catch(undefined)

/** `getOrderIdentifiersStatus` */
export const identifiersAnswerSchema = z.looseObject({
  result: z.looseObject({ items: z.array(z.looseObject({ id, uin: checkedCodes, cis: checkedCodes })) }),
})

/** Of a return's amount: the currency in which a part of it is given back. */
export const returnCurrencySchema = z.looseObject({
  result: z.looseObject({ amount: z.looseObject({ currencyId: z.string() }) }),
})
