import type { SettingsBase } from '@sluice/marketplace-port'
import { marketplaces } from '@sluice/marketplaces'
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

/** Known here is what all accounts have; the rest of the settings is for the marketplace's own folder. */
export type Account = z.infer<z.ZodObject<typeof account>> & SettingsBase & { marketplace: string }

const options = Object.values(marketplaces).map(({ name, accountSchema }) =>
  z.strictObject({ marketplace: z.literal(name), ...account, ...accountSchema.shape }),
)

type Options = [(typeof options)[number], ...typeof options]

/** Every account by the schema of its marketplace. */
export const accountSchema = z.discriminatedUnion('marketplace', options as Options) as unknown as z.ZodType<Account>
