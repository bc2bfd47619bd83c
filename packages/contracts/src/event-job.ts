import { z } from 'zod'
import { jobEnvelopeSchema } from './order-event.ts'
import { type Parsed, parseWith } from './parsed.ts'

/**
 * Which order an event belongs to, as far as the sender named it. With `externalId` and `number` it may create the order;
 * `number` or `externalUuid` alone only finds it.
 */
export const eventRefSchema = z
  .object({
    marketplace: z.string().min(1),
    account: z.string().min(1),
    externalId: z.string().min(1).exactOptional(),
    externalUuid: z.string().min(1).exactOptional(),
    number: z.string().min(1).exactOptional(),
  })
  .refine((ref) => ref.externalId ?? ref.externalUuid ?? ref.number, {
    error: 'names no order: externalId, externalUuid or number is needed',
  })

export const eventJobSchema = z.object({
  ref: eventRefSchema,
  /** What the sender calls the event: `order.created`, `order.going_to`. For logs and the console. */
  name: z.string().min(1),
  envelope: jobEnvelopeSchema,
  /** The dead letter that this job repeats. */
  replayOf: z.string().min(1).exactOptional(),
})

export type EventRef = z.infer<typeof eventRefSchema>
/** What ingress hands to the workers: an event that has been accepted and waits to be recorded. */
export type EventJob = z.infer<typeof eventJobSchema>

/** Unknown fields are dropped. Errors name the field, never its value. */
export function parseEventJob(data: unknown): Parsed<EventJob> {
  return parseWith(eventJobSchema, data, 'event job')
}
