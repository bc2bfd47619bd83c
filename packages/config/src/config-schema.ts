import { backOfficeSettingsSchema } from '@sluice/back-office'
import { getMarketplace } from '@sluice/marketplaces'
import { z } from 'zod'
import { type Account, accountSchema } from './account-schema.ts'
import { policySchema } from './policy-schema.ts'

const seconds = z.number().positive().max(86_400)

/** An effect asks for the stock and reserves, under one lease, with a call's time to spare. */
const BACK_OFFICE_CALLS_PER_EFFECT = 3

export const configSchema = z
  .strictObject({
    backOffice: backOfficeSettingsSchema,
    /** Pickup codes are made from it. Changing it changes the codes of orders that are on their way. */
    pickupCodeSecret: z.string().min(16, 'must have at least 16 characters'),
    /** Waits between the attempts at an effect, with jitter; then doubling up to the longest, five minutes at most. */
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
    const slowest = slowestEffect(config)
    const neededMs = slowest.timeoutMs * slowest.calls
    if (config.effects.leaseSeconds * 1_000 < neededMs) {
      ctx.addIssue({
        code: 'custom',
        path: ['effects', 'leaseSeconds'],
        message: `is too short for calls that may take ${slowest.timeoutMs} ms: at least ${neededMs / 1_000}, or another worker would repeat what is still going on`,
      })
    }
    for (const [index, { marketplace, stores }] of config.accounts.entries()) {
      for (const [at, { id }] of stores.entries()) {
        const message = getMarketplace(marketplace).findStoreFault?.(id)
        if (message) ctx.addIssue({ code: 'custom', path: ['accounts', index, 'stores', at, 'id'], message })
      }
    }
    for (const { path, other } of sharedSettings(config.accounts)) {
      ctx.addIssue({
        code: 'custom',
        path: ['accounts', ...path],
        message: `is also that of accounts[${other}]: what comes in could not be told apart`,
      })
    }
  })

export type Config = z.infer<typeof configSchema>

function slowestEffect({ backOffice, accounts }: { backOffice: { timeoutMs: number }; accounts: Account[] }) {
  const effects = accounts.map(({ marketplace, api }) => ({
    timeoutMs: api.timeoutMs,
    calls: getMarketplace(marketplace).callsPerEffect,
  }))
  return [{ timeoutMs: backOffice.timeoutMs, calls: BACK_OFFICE_CALLS_PER_EFFECT }, ...effects].reduce(
    (slowest, effect) => (effect.timeoutMs * effect.calls > slowest.timeoutMs * slowest.calls ? effect : slowest),
  )
}

/** Paths below `accounts` of what two accounts of one marketplace must not both have. */
function sharedSettings(accounts: Account[]): { path: (string | number)[]; other: number }[] {
  return accounts.flatMap((account, index) =>
    accounts.slice(0, index).flatMap((other, at) => {
      if (other.marketplace !== account.marketplace) return []
      const clash = getMarketplace(account.marketplace).findClash?.(account, other)
      return clash ? [{ path: [index, ...clash.path], other: at }] : []
    }),
  )
}
