import type { CancelReason, StorePolicy } from '@sluice/orders'
import { z } from 'zod'

const slug = z.string().min(1, 'must not be empty').optional()
const wholeMinutes = z.int().min(0).max(10_080)

/** Part of a store's policy (packages/orders/src/policy.ts): what is left out comes from the level above. */
export const policySchema = z.strictObject({
  kind: z.enum(['marketplace-delivery', 'merchant-delivery']).optional(),
  isRestaurant: z.boolean().optional(),
  sendAssembled: z.boolean().optional(),
  pickupCode: z
    .strictObject({
      madeBy: z.enum(['us', 'back-office']).optional(),
      sent: z.enum(['before-ready', 'after-ready']).optional(),
    } satisfies Record<keyof StorePolicy['pickupCode'], z.ZodType>)
    .optional(),
  minShelfLifeDays: z.int().min(0).max(3_650).optional(),
  onShort: z.enum(['cancel', 'partial']).optional(),
  allowReplacement: z.boolean().optional(),
  missingLine: z.enum(['zero', 'omit']).optional(),
  cancellationSlugs: z
    .strictObject({
      out_of_stock: slug,
      store_closed: slug,
      technical_issues: slug,
      order_not_paid: slug,
      customer_request: slug,
    } satisfies Record<CancelReason, z.ZodType>)
    .optional(),
  startAlarmMinutes: wholeMinutes.optional(),
  assemblyLeadMinutes: wholeMinutes.optional(),
  cancellationRequests: z.enum(['accept-in-store', 'accept', 'back-office']).optional(),
  returns: z.enum(['back-office', 'refund']).optional(),
  answerAlarmHours: z.number().min(0).max(48).optional(),
  digitalAlarmMinutes: z.number().min(0).max(30).optional(),
} satisfies Record<keyof StorePolicy, z.ZodType>)

export type PolicySettings = z.infer<typeof policySchema>
