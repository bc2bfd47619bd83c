import { z } from 'zod'
import { type ArmedFaultsSnapshot, createArmedFaults, isWanted } from '../armed-faults.ts'

const ms = z.number().int().min(0)
const scope = {
  orderId: z.string().optional(),
  /** How many hits; calls default to one, notifications and those with `forMs` to `always`. */
  times: z.union([z.number().int().positive(), z.literal('always')]).optional(),
  /** Switches itself off after so long. */
  forMs: ms.optional(),
}
/** Left out: any order, any type. */
const notification = { ...scope, on: z.literal('notification'), type: z.string().optional() }
/** Left out: any order, any operation. */
const call = { ...scope, on: z.literal('call'), operation: z.string().optional() }

const notificationFaultSchema = z.discriminatedUnion('fault', [
  /** Sends `copies` more of the same notification, right behind it. */
  z.strictObject({ ...notification, fault: z.literal('duplicate'), copies: z.number().int().positive().default(1) }),
  z.strictObject({ ...notification, fault: z.literal('delay'), delayMs: ms }),
  /** Collects an order's notifications for `holdMs`, then sends them in another order. */
  z.strictObject({
    ...notification,
    fault: z.literal('reorder'),
    holdMs: ms,
    mode: z.enum(['reversed', 'shuffled']).default('reversed'),
    seed: z.number().int().default(1),
  }),
  /** Never sends it: only a poll finds out. */
  z.strictObject({ ...notification, fault: z.literal('lose') }),
  z.strictObject({ ...notification, fault: z.literal('extra-fields') }),
  /** Sends one more notification, of an unknown type, before each. */
  z.strictObject({
    ...notification,
    fault: z.literal('unknown-type'),
    unknownType: z.string().default('SANDBOX_NEWS_CREATED'),
  }),
])
export type NotificationFault = z.output<typeof notificationFaultSchema>

const callFaultSchema = z.discriminatedUnion('fault', [
  /** Not processed; answers this status in the Market's error form. */
  z.strictObject({
    ...call,
    fault: z.literal('answer'),
    status: z.number().int().min(400).max(599),
    message: z.string().default('sandbox fault'),
  }),
  /** Not processed; 420 as for too many calls at the same time. */
  z.strictObject({ ...call, fault: z.literal('parallel-limit') }),
  /** Not processed; 420 as for a budget that is used up for `waitMs`. */
  z.strictObject({ ...call, fault: z.literal('resource-limit'), waitMs: ms.default(2_000) }),
  /** Not processed; 403 as for a store whose API is switched off. */
  z.strictObject({ ...call, fault: z.literal('api-disabled') }),
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

export const faultSchema = z.union([notificationFaultSchema, callFaultSchema])
export type FaultInput = z.input<typeof faultSchema>
export type Fault = z.output<typeof faultSchema>
export type FaultsSnapshot = ArmedFaultsSnapshot<Fault>
export type Faults = ReturnType<typeof createFaults>

/** The faults that are switched on, per order and for all. */
export function createFaults(nowMs: () => number) {
  const armed = createArmedFaults<Fault>({
    orderOf: (fault) => fault.orderId,
    timesOf: (fault) => (fault.on === 'notification' || fault.forMs !== undefined ? 'always' : 1),
    nowMs,
  })
  const takeFor = (order: string | undefined, operation: string) =>
    armed.take(order, (fault): fault is CallFault => fault.on === 'call' && isWanted(fault.operation, operation))
  return {
    ...armed,

    /** The first fault that fits the call; one call may be about many orders. */
    takeForCall(orderIds: readonly string[], operation: string): CallFault | undefined {
      for (const orderId of orderIds) {
        const fault = takeFor(orderId, operation)
        if (fault !== undefined) return fault
      }
      return orderIds.length === 0 ? takeFor(undefined, operation) : undefined
    },

    /** All faults that fit the notification. */
    takeForNotification: (orderId: string | undefined, type: string): NotificationFault[] =>
      armed.takeAll(
        orderId,
        (fault): fault is NotificationFault => fault.on === 'notification' && isWanted(fault.type, type),
      ),
  }
}
