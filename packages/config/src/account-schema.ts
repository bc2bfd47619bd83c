import { kuperAccountSchema } from '@sluice/marketplace-kuper'
import { z } from 'zod'
import { policySchema } from './policy-schema.ts'

/** What every account has, whatever its marketplace. */
const account = {
  /** Stands in webhook addresses and in the ledger: never change it while orders live. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be up to 32 lower-case letters, digits and dashes'),
  /** Begins every order number of the account; the account is found by it again. */
  numberPrefix: z.string().regex(/^[A-Za-z0-9][\w-]{0,15}$/, 'must be up to 16 letters, digits, - and _, like KU-'),
  policy: policySchema.prefault({}),
  stores: z
    .array(z.strictObject({ id: z.string().min(1, 'must not be empty'), ...policySchema.shape }))
    .min(1, 'needs at least one store'),
}

/** The one place that lists the marketplaces; all else about one stands in its own folder. */
export const accountSchema = z.discriminatedUnion('marketplace', [
  z.strictObject({ marketplace: z.literal('kuper'), ...account, ...kuperAccountSchema.shape }),
])
