import { z } from 'zod'
import { type Parsed, parseWith } from './parsed.ts'

export const effectJobSchema = z.object({
  /** `<order uuid>.<seq>` */
  effectId: z
    .string()
    .regex(/^[^.\s]+\.[1-9]\d*$/, 'must be <order id>.<seq>, for example 0198c0de-0000-7000-8000-000000000000.3'),
})

/** Says that an effect is due. Everything else about it is in the ledger. */
export type EffectJob = z.infer<typeof effectJobSchema>

export function parseEffectJob(data: unknown): Parsed<EffectJob> {
  return parseWith(effectJobSchema, data, 'effect job')
}
