/** What every fault says about itself. */
export interface Scope {
  /** How many hits. */
  times?: number | 'always' | undefined
  /** Switches itself off after so long. */
  forMs?: number | undefined
}

export interface ArmedFault<F> {
  id: number
  left: number
  hits: number
  untilMs: number
  fault: F
}

export interface ArmedFaultsSnapshot<F> {
  forAll: ArmedFault<F>[]
  perOrder: Map<string, ArmedFault<F>[]>
  lastId: number
}

/**
 * The faults that are switched on, per order and for all. Taking one counts it down; used up ones stay listed with what
 * they hit. `orderOf` names the order a fault is for alone; `timesOf` says how often a fault hits that does not say so.
 */
export function createArmedFaults<F extends Scope>(options: {
  orderOf: (fault: F) => string | undefined
  timesOf: (fault: F) => number | 'always'
  nowMs: () => number
}) {
  const forAll: ArmedFault<F>[] = []
  const perOrder = new Map<string, ArmedFault<F>[]>()
  let lastId = 0

  const isArmed = ({ left, untilMs }: ArmedFault<F>) => left > 0 && options.nowMs() < untilMs
  const listsOf = () => [forAll, ...perOrder.values()]

  /** An order's own faults come first. */
  function* usable(order: string | undefined) {
    for (const one of [...((order && perOrder.get(order)) || []), ...forAll]) if (isArmed(one)) yield one
  }

  function use(one: ArmedFault<F>): F {
    one.left -= 1
    one.hits += 1
    return one.fault
  }

  return {
    /** Returns the fault's id. */
    add(fault: F): number {
      lastId += 1
      const times = fault.times ?? options.timesOf(fault)
      const order = options.orderOf(fault)
      const armed = {
        id: lastId,
        left: times === 'always' ? Number.POSITIVE_INFINITY : times,
        hits: 0,
        untilMs: fault.forMs === undefined ? Number.POSITIVE_INFINITY : options.nowMs() + fault.forMs,
        fault,
      }
      if (order === undefined) forAll.push(armed)
      else perOrder.set(order, [...(perOrder.get(order) ?? []), armed])
      return lastId
    },

    /** The first fault that fits, or undefined. */
    take<H extends F>(order: string | undefined, fits: (fault: F) => fault is H): H | undefined {
      for (const one of usable(order)) if (fits(one.fault)) return use(one) as H
      return undefined
    },

    /** All faults that fit. */
    takeAll<H extends F>(order: string | undefined, fits: (fault: F) => fault is H): H[] {
      return [...usable(order)].filter(({ fault }) => fits(fault)).map((one) => use(one) as H)
    },

    list: () =>
      listsOf().flatMap((list) =>
        list.map(({ id, left, hits, fault }) => ({
          ...fault,
          id,
          left: Number.isFinite(left) ? left : ('always' as const),
          hits,
        })),
      ),

    remove(id: number): void {
      for (const list of listsOf()) {
        const index = list.findIndex((one) => one.id === id)
        if (index >= 0) list.splice(index, 1)
      }
    },

    snapshot: (isForgotten: (order: string) => boolean = () => false): ArmedFaultsSnapshot<F> => ({
      forAll: forAll.filter(isArmed),
      perOrder: new Map([...perOrder].filter(([order]) => !isForgotten(order))),
      lastId,
    }),
    restore(saved: ArmedFaultsSnapshot<F>): void {
      forAll.push(...saved.forAll)
      for (const [order, list] of saved.perOrder) perOrder.set(order, list)
      lastId = saved.lastId
    },

    /** When an order is forgotten, so are its faults. */
    forgetOrder(order: string): void {
      perOrder.delete(order)
    },

    clear(): void {
      forAll.length = 0
      perOrder.clear()
    },
  }
}

/** Left out: any. */
export function isWanted(wanted: string | undefined, given: string | undefined): boolean {
  return wanted === undefined || wanted === given
}

/** Another order of the same items; the same for the same seed. */
export function rearrange<T>(items: readonly T[], mode: 'reversed' | 'shuffled', seed: number): T[] {
  return mode === 'reversed' ? items.toReversed() : shuffle(items, seed)
}

/** Fisher-Yates with a small seeded generator (mulberry32): the same seed gives the same sequence. */
function shuffle<T>(items: readonly T[], seed: number): T[] {
  const result = [...items]
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const swapped = result[last]!
    result[last] = result[other]!
    result[other] = swapped
  }
  return result
}
