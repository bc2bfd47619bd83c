import { z } from 'zod'
import { createArmedFaults, isWanted } from '../armed-faults.ts'

const ms = z.number().int().min(0)
/** Which calls or events a fault hits. Left out: any. */
const scope = {
  orderNumber: z.string().optional(),
  /** How many hits; calls default to one, events to `always`. */
  times: z.union([z.number().int().positive(), z.literal('always')]).optional(),
  /** Switches itself off after so long. */
  forMs: ms.optional(),
}
const call = {
  ...scope,
  on: z.enum(['stock', 'reserve', 'release', 'return', 'news', 'any']),
  /** For `on: news`. */
  newsType: z.string().optional(),
}
const event = { ...scope, on: z.literal('event'), eventType: z.string().optional() }

const callFaultSchema = z.discriminatedUnion('fault', [
  /** Answers this status instead; `isProcessed`: after having done what was asked. */
  z.strictObject({
    ...call,
    fault: z.literal('answer'),
    status: z.number().int().min(400).max(599),
    body: z.unknown().optional(),
    retryAfterSeconds: z.number().int().positive().optional(),
    isProcessed: z.boolean().default(false),
  }),
  /** Reservations only: not processed, 409 short. */
  z.strictObject({ ...call, on: z.literal('reserve'), fault: z.literal('short') }),
  /** Processed, answered 200 with something that is no answer. */
  z.strictObject({ ...call, fault: z.literal('garble') }),
  /** Not processed; never answers. */
  z.strictObject({ ...call, fault: z.literal('hang') }),
  /** Processed, then the connection is cut without an answer. */
  z.strictObject({ ...call, fault: z.literal('lose-answer') }),
  /** Not processed, the connection is cut. */
  z.strictObject({ ...call, fault: z.literal('cut') }),
  /** Processed at once, answered late. */
  z.strictObject({ ...call, fault: z.literal('slow'), delayMs: ms }),
])
export type CallFault = z.output<typeof callFaultSchema>

const eventFaultSchema = z.discriminatedUnion('fault', [
  /** Sends `copies` more of the same event, right after it. */
  z.strictObject({ ...event, fault: z.literal('duplicate'), copies: z.number().int().positive().default(1) }),
  /** Sent so much later; others overtake it. */
  z.strictObject({ ...event, fault: z.literal('delay'), delayMs: ms }),
  /** Collects an order's events until the staff have to wait for something, then sends them in another order. */
  z.strictObject({
    ...event,
    fault: z.literal('reorder'),
    mode: z.enum(['reversed', 'shuffled']).default('reversed'),
    seed: z.number().int().default(1),
  }),
])
export type EventFault = z.output<typeof eventFaultSchema>

export const faultSchema = z.union([callFaultSchema, eventFaultSchema])
export type FaultInput = z.input<typeof faultSchema>
export type Fault = z.output<typeof faultSchema>

export type CallKind = Exclude<CallFault['on'], 'any'>
export type Faults = ReturnType<typeof createFaults>

/** The faults that are switched on, per order and for all. */
export function createFaults(nowMs: () => number) {
  const armed = createArmedFaults<Fault>({
    orderOf: (fault) => fault.orderNumber,
    timesOf: (fault) => (fault.on === 'event' || fault.forMs !== undefined ? 'always' : 1),
    nowMs,
  })
  return {
    ...armed,

    /** The first fault that fits the call. */
    takeForCall: (
      kind: CallKind,
      orderNumber: string | undefined,
      newsType: string | undefined,
    ): CallFault | undefined =>
      armed.take(
        orderNumber,
        (fault): fault is CallFault =>
          fault.on !== 'event' && (fault.on === 'any' || fault.on === kind) && isWanted(fault.newsType, newsType),
      ),

    /** The first fault of each kind that fits the event. */
    takeForEvent: (orderNumber: string, eventType: string): EventFault[] => {
      const kinds: EventFault['fault'][] = ['duplicate', 'delay', 'reorder']
      return kinds.flatMap(
        (kind) =>
          armed.take(
            orderNumber,
            (fault): fault is EventFault =>
              fault.on === 'event' && fault.fault === kind && isWanted(fault.eventType, eventType),
          ) ?? [],
      )
    },
  }
}
