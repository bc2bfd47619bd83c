import type { CancelReason, StorePolicy } from '@sluice/orders'
import { z } from 'zod'

const slug = z.string().min(1, 'must not be empty').exactOptional()
const wholeMinutes = z.int().min(0).max(10_080)

/** Part of a store's policy (packages/orders/src/policy.ts): what is left out comes from the level above. */
export const policySchema = z.strictObject({
  kind: z.enum(['marketplace-delivery', 'merchant-delivery']).exactOptional(),
  isRestaurant: z.boolean().exactOptional(),
  sendAssembled: z.boolean().exactOptional(),
  pickupCode: z
    .strictObject({
      madeBy: z.enum(['us', 'back-office']).exactOptional(),
      sent: z.enum(['before-ready', 'after-ready']).exactOptional(),
    } satisfies Record<keyof StorePolicy['pickupCode'], z.ZodType>)
    .exactOptional(),
  pickupPoint: z.enum(['store', 'remote']).exactOptional(),
  minShelfLifeDays: z.int().min(0).max(3_650).exactOptional(),
  onShort: z.enum(['cancel', 'partial']).exactOptional(),
  allowReplacement: z.boolean().exactOptional(),
  missingLine: z.enum(['zero', 'omit']).exactOptional(),
  cancellationSlugs: z
    .strictObject({
      out_of_stock: slug,
      store_closed: slug,
      technical_issues: slug,
      order_not_paid: slug,
      customer_request: slug,
      customer_unreachable: slug,
      wrong_customer_data: slug,
      pickup_expired: slug,
    } satisfies Record<CancelReason, z.ZodType>)
    .exactOptional(),
  startAlarmMinutes: wholeMinutes.exactOptional(),
  assemblyLeadMinutes: wholeMinutes.exactOptional(),
  cancellationRequests: z.enum(['accept-in-store', 'accept', 'back-office']).exactOptional(),
  returns: z.enum(['back-office', 'refund']).exactOptional(),
  answerAlarmHours: z.number().min(0).max(48).exactOptional(),
  digitalAlarmMinutes: z.number().min(0).max(30).exactOptional(),
} satisfies Record<keyof StorePolicy, z.ZodType>)

export type PolicySettings = z.infer<typeof policySchema>
