import { backOfficeSettingsSchema } from '@sluice/back-office'
import { z } from 'zod'
import { accountSchema } from './account-schema.ts'
import { policySchema } from './policy-schema.ts'

const seconds = z.number().positive().max(86_400)

/** An effect asks for a token, reads the state at the destination and calls it while it holds one lease. */
const CALLS_PER_LEASE = 3

export const configSchema = z
  .strictObject({
    backOffice: backOfficeSettingsSchema,
    /** Pickup codes are made from it. Changing it changes the codes of orders that are on their way. */
    pickupCodeSecret: z.string().min(16, 'must have at least 16 characters'),
    /** Waits between the attempts at an effect, with jitter; then doubling up to the longest. */
    retry: z
      .strictObject({
        delaysSeconds: z.array(seconds).min(1).default([10, 30, 60, 120, 240]),
        maxDelaySeconds: seconds.default(1_800),
        /** Since the first attempt; then a dead letter. */
        maxAgeHours: z.number().positive().max(720).default(24),
      })
      .prefault({}),
    effects: z
      .strictObject({
        /** How long a worker may be busy with an effect before another one takes it for dead. */
        leaseSeconds: z.int().min(5).max(600).default(30),
      })
      .prefault({}),
    workers: z
      .strictObject({
        /** Jobs that one worker process works on at a time. */
        concurrency: z.int().min(1).max(1_000).default(50),
      })
      .prefault({}),
    /** For every store of every account. */
    defaults: policySchema.prefault({}),
    accounts: z.array(accountSchema).min(1, 'needs at least one account'),
  })
  .superRefine((config, ctx) => {
    const slowest = Math.max(config.backOffice.timeoutMs, ...config.accounts.map((account) => account.api.timeoutMs))
    if (config.effects.leaseSeconds * 1_000 < slowest * CALLS_PER_LEASE) {
      ctx.addIssue({
        code: 'custom',
        path: ['effects', 'leaseSeconds'],
        message: `is too short for calls that may take ${slowest} ms: at least ${(slowest * CALLS_PER_LEASE) / 1_000}, or another worker would repeat what is still going on`,
      })
    }
  })

export type Config = z.infer<typeof configSchema>
export type Account = Config['accounts'][number]
