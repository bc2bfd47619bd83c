import { z } from 'zod'

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
type Fault = z.output<typeof faultSchema>
type ArmedFault = { id: number; left: number; hits: number; untilMs: number; fault: Fault }

export type CallKind = Exclude<CallFault['on'], 'any'>
export type Faults = ReturnType<typeof createFaults>

/** The faults that are switched on. Taking one counts it down; used up ones stay listed with what they hit. */
export function createFaults(nowMs: () => number) {
  let armed: ArmedFault[] = []
  let lastId = 0

  function use(isHit: (fault: Fault) => boolean, orderNumber: string | undefined): Fault | undefined {
    const one = armed.find(
      ({ left, untilMs, fault }) =>
        left > 0 && nowMs() < untilMs && fits(fault.orderNumber, orderNumber) && isHit(fault),
    )
    if (!one) return undefined
    one.left -= 1
    one.hits += 1
    return one.fault
  }

  return {
    add(fault: Fault): number {
      lastId += 1
      const times = fault.times ?? (fault.on === 'event' || fault.forMs !== undefined ? 'always' : 1)
      armed.push({
        id: lastId,
        left: times === 'always' ? Number.POSITIVE_INFINITY : times,
        hits: 0,
        untilMs: fault.forMs === undefined ? Number.POSITIVE_INFINITY : nowMs() + fault.forMs,
        fault,
      })
      return lastId
    },

    /** The first fault that fits the call. */
    takeForCall(kind: CallKind, orderNumber: string | undefined, newsType: string | undefined): CallFault | undefined {
      const isHit = (fault: Fault) =>
        fault.on !== 'event' && (fault.on === 'any' || fault.on === kind) && fits(fault.newsType, newsType)
      const fault = use(isHit, orderNumber)
      return fault?.on === 'event' ? undefined : fault
    },

    /** The first fault of each kind that fits the event. */
    takeForEvent(orderNumber: string, eventType: string): EventFault[] {
      const kinds: EventFault['fault'][] = ['duplicate', 'delay', 'reorder']
      return kinds.flatMap((kind) => {
        const isHit = (fault: Fault) => fault.on === 'event' && fault.fault === kind && fits(fault.eventType, eventType)
        const fault = use(isHit, orderNumber)
        return fault?.on === 'event' ? [fault] : []
      })
    },

    list: () =>
      armed.map(({ id, left, hits, fault }) => ({ id, left: Number.isFinite(left) ? left : 'always', hits, ...fault })),

    remove(id: number): void {
      armed = armed.filter((one) => one.id !== id)
    },

    snapshot: () => ({ armed: armed.filter(({ left, untilMs }) => left > 0 && nowMs() < untilMs), lastId }),
    restore(saved: { armed: ArmedFault[]; lastId: number }): void {
      armed = saved.armed
      lastId = saved.lastId
    },

    clear(): void {
      armed = []
    },
  }
}

/** Another order of the same items; the same for the same seed. */
export function rearrange<T>(items: T[], mode: 'reversed' | 'shuffled', seed: number): T[] {
  if (mode === 'reversed') return items.toReversed()
  const shuffled = [...items]
  let state = seed >>> 0
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    // A linear congruential generator is random enough to shuffle a dozen events.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (last + 1))
    const moved = shuffled[last] as T
    shuffled[last] = shuffled[other] as T
    shuffled[other] = moved
  }
  return shuffled
}

function fits(wanted: string | undefined, given: string | undefined): boolean {
  return wanted === undefined || wanted === given
}
