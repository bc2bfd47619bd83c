import { withoutOldest } from '../state-file.ts'

/** A lot as the contract writes it. Calendar days as `YYYY-MM-DD`; a lot without `expiresOn` never expires. */
export interface LotQuantity {
  series?: string | undefined
  expiresOn?: string | undefined
  quantity: number
}

export interface StockedLot extends LotQuantity {
  storeId: string
  sku: string
}

export interface AskedLine {
  sku: string
  quantity: number
  /** Exactly these lots; else first expiring first. */
  lots?: LotQuantity[] | undefined
}

export interface ReservedLine {
  sku: string
  quantity: number
  lots: LotQuantity[]
}

/** Goods that articles nobody has stocked are supplied with, whenever they run low. */
export interface Supply {
  quantity: number
  expiresInDays: number
}

interface Lot {
  storeId: string
  sku: string
  series: string | undefined
  expiresOn: string | undefined
  onHand: number
  reserved: number
  /** Totals of its whole life, for the balance: everReserved = reserved + used + released. */
  everReserved: number
  used: number
  released: number
  returned: number
}

interface Take {
  lot: Lot
  quantity: number
}

interface Reservation {
  state: 'held' | 'released' | 'used'
  storeId: string
  /** What was asked for, as a key: the same again changes nothing. */
  asked: string
  lines: ReservedLine[]
  held: Take[]
  used: Take[]
}

/** Reservations and lots share their objects. */
export interface StockSnapshot {
  lots: Lot[]
  stockedByHand: string[]
  reservations: Map<string, Reservation>
}

/** How many lots that no reservation speaks of outlive the process, and how many articles stocked by hand. */
const MAX_IDLE_LOTS = 5_000

export type ReserveResult =
  | { kind: 'reserved'; lines: ReservedLine[]; isRepeat: boolean }
  | { kind: 'short'; lines: { sku: string; requested: number; available: number }[] }
  | { kind: 'already-used' }

export type Stock = ReturnType<typeof createStock>

/**
 * Stock in lots and the reservations on it. Whatever happens, for every lot: 0 <= reserved <= onHand, the reservations
 * that are held add up to `reserved`, and what was ever reserved is held, used or released. `findFaults` says where not.
 */
export function createStock(options: { supply: () => Supply | null; today: () => Date }) {
  const lots: Lot[] = []
  const lotsBySku = new Map<string, Lot[]>()
  /** Store and article that somebody stocked by hand: never supplied. */
  const stockedByHand = new Set<string>()
  const reservations = new Map<string, Reservation>()

  function addLot(storeId: string, sku: string, { series, expiresOn, quantity }: LotQuantity): Lot {
    const lot = {
      storeId,
      sku,
      series,
      expiresOn,
      onHand: quantity,
      reserved: 0,
      everReserved: 0,
      used: 0,
      released: 0,
      returned: 0,
    }
    putIn(lot)
    return lot
  }

  function putIn(lot: Lot): void {
    lots.push(lot)
    const key = skuKey(lot.storeId, lot.sku)
    lotsBySku.set(key, [...(lotsBySku.get(key) ?? []), lot])
  }

  /** First expiring first; lots without a date last. */
  function lotsOf(storeId: string, sku: string): Lot[] {
    return [...(lotsBySku.get(skuKey(storeId, sku)) ?? [])].sort((a, b) =>
      (a.expiresOn ?? '9999').localeCompare(b.expiresOn ?? '9999'),
    )
  }

  function supplyIfLow(storeId: string, sku: string, needed: number): void {
    const supply = options.supply()
    if (!supply || stockedByHand.has(skuKey(storeId, sku))) return
    const free = lotsOf(storeId, sku).reduce((sum, lot) => sum + freeOf(lot), 0)
    if (free >= Math.max(needed, 1)) return
    const expiresOn = new Date(options.today().getTime() + supply.expiresInDays * 86_400_000).toISOString().slice(0, 10)
    const quantity = Math.max(supply.quantity, needed)
    const known = lotsOf(storeId, sku).find((lot) => lot.expiresOn === expiresOn)
    if (known) known.onHand = exact(known.onHand + quantity)
    else addLot(storeId, sku, { series: `S-${expiresOn.replaceAll('-', '')}`, expiresOn, quantity })
  }

  function take(reservation: Reservation, lot: Lot, quantity: number): void {
    lot.reserved = exact(lot.reserved + quantity)
    lot.everReserved = exact(lot.everReserved + quantity)
    reservation.held.push({ lot, quantity })
  }

  function releaseHeld(reservation: Reservation): void {
    for (const { lot, quantity } of reservation.held) {
      lot.reserved = exact(lot.reserved - quantity)
      lot.released = exact(lot.released + quantity)
    }
    reservation.held = []
  }

  return {
    /** Sets what is there of the named articles at the named stores. Never less than what is reserved. */
    set(given: StockedLot[]): void {
      for (const key of new Set(given.map(({ storeId, sku }) => skuKey(storeId, sku)))) {
        stockedByHand.add(key)
        for (const lot of lotsBySku.get(key) ?? []) lot.onHand = lot.reserved
      }
      for (const one of given) {
        const known = lotsOf(one.storeId, one.sku).find((lot) => isSameLot(lot, one))
        if (known) known.onHand = Math.max(one.quantity, known.reserved)
        else addLot(one.storeId, one.sku, one)
      }
    },

    /** What can still be reserved; by this order, if one is named: what it holds already counts as free. */
    query(storeId: string, skus: string[], orderNumber?: string): (LotQuantity & { sku: string })[] {
      const own = (orderNumber === undefined ? undefined : reservations.get(orderNumber))?.held ?? []
      return [...new Set(skus)].flatMap((sku) => {
        supplyIfLow(storeId, sku, 1)
        return lotsOf(storeId, sku).flatMap((lot) => {
          const free = exact(freeOf(lot) + sum(own.filter((taken) => taken.lot === lot)))
          return free > 0 ? [{ sku, ...lotOnWire(lot, free) }] : []
        })
      })
    },

    /** All lines or none. What the order holds already counts as free; another composition replaces it as a whole. */
    reserve(orderNumber: string, storeId: string, asked: AskedLine[], minExpiresOn: string): ReserveResult {
      const before = reservations.get(orderNumber)
      if (before?.state === 'used') return { kind: 'already-used' }
      const key = JSON.stringify([storeId, minExpiresOn, asked])
      if (before?.state === 'held' && before.asked === key) {
        return { kind: 'reserved', lines: before.lines, isRepeat: true }
      }
      for (const { sku } of asked) {
        const needed = asked.filter((line) => line.sku === sku).reduce((sum, line) => sum + line.quantity, 0)
        supplyIfLow(storeId, sku, needed)
      }

      const available = new Map(lots.filter((lot) => lot.storeId === storeId).map((lot) => [lot, freeOf(lot)]))
      for (const { lot, quantity } of before?.held ?? []) {
        if (available.has(lot)) available.set(lot, exact((available.get(lot) ?? 0) + quantity))
      }
      const planned: { line: AskedLine; takes: Take[] }[] = []
      const short: { sku: string; requested: number; available: number }[] = []
      for (const line of asked) {
        const takes = plan(line, lotsOf(storeId, line.sku), available, minExpiresOn)
        const found = exact(takes.reduce((sum, { quantity }) => sum + quantity, 0))
        if (found < line.quantity) short.push({ sku: line.sku, requested: line.quantity, available: found })
        planned.push({ line, takes })
      }
      // Short: what the order held before stays as it was.
      if (short.length > 0) return { kind: 'short', lines: short }

      if (before) releaseHeld(before)
      const reservation: Reservation = { state: 'held', storeId, asked: key, lines: [], held: [], used: [] }
      for (const { line, takes } of planned) {
        for (const { lot, quantity } of takes) take(reservation, lot, quantity)
        const taken = takes.map(({ lot, quantity }) => lotOnWire(lot, quantity))
        reservation.lines.push({ sku: line.sku, quantity: line.quantity, lots: taken })
      }
      reservations.set(orderNumber, reservation)
      return { kind: 'reserved', lines: reservation.lines, isRepeat: false }
    },

    release(orderNumber: string): 'released' | 'unknown' | 'already-used' {
      const reservation = reservations.get(orderNumber)
      if (!reservation) return 'unknown'
      if (reservation.state === 'used') return 'already-used'
      releaseHeld(reservation)
      reservation.state = 'released'
      return 'released'
    },

    /**
     * The sales document: these goods leave stock, out of the reservation first, else from what is free; the rest of the
     * reservation is released. A corrected document replaces the first. Nothing handed over at all is a release. Answers
     * what could not be found; nothing happens then.
     */
    use(orderNumber: string, goods: { sku: string; quantity: number }[]): string[] {
      const reservation = reservations.get(orderNumber)
      if (!reservation || reservation.state === 'released') return [`nothing is reserved for ${orderNumber}`]
      for (const { sku } of goods) supplyIfLow(reservation.storeId, sku, 1)

      const ownBefore = [...reservation.held, ...reservation.used]
      const available = new Map(
        lots.filter((lot) => lot.storeId === reservation.storeId).map((lot) => [lot, freeOf(lot)]),
      )
      for (const { lot, quantity } of ownBefore) available.set(lot, exact((available.get(lot) ?? 0) + quantity))
      const planned: Take[] = []
      const missing: string[] = []
      for (const { sku, quantity } of goods) {
        const isOwn = (lot: Lot) => ownBefore.some((taken) => taken.lot === lot)
        const candidates = lotsOf(reservation.storeId, sku)
        const preferred = [...candidates.filter(isOwn), ...candidates.filter((lot) => !isOwn(lot))]
        const takes = plan({ sku, quantity }, preferred, available, '')
        const found = exact(takes.reduce((sum, one) => sum + one.quantity, 0))
        if (found < quantity) missing.push(`${quantity} of ${sku} wanted, ${found} there`)
        planned.push(...takes)
      }
      if (missing.length > 0) return missing

      for (const { lot, quantity } of reservation.used) {
        lot.onHand = exact(lot.onHand + quantity)
        lot.used = exact(lot.used - quantity)
        lot.released = exact(lot.released + quantity)
      }
      reservation.used = []
      const held = reservation.held
      for (const { lot, quantity } of planned) {
        const own = held.filter((taken) => taken.lot === lot).reduce((sum, taken) => sum + taken.quantity, 0)
        const extra = exact(quantity - own)
        if (extra > 0) take(reservation, lot, extra)
        spend(held, lot, quantity)
        lot.reserved = exact(lot.reserved - quantity)
        lot.onHand = exact(lot.onHand - quantity)
        lot.used = exact(lot.used + quantity)
        reservation.used.push({ lot, quantity })
      }
      releaseHeld(reservation)
      reservation.state = reservation.used.length > 0 ? 'used' : 'released'
      return []
    },

    /** Goods come back into the lots they were used from. More than was used comes back: nothing happens, it is named. */
    takeBack(orderNumber: string, goods: { sku: string; quantity: number; series?: string | undefined }[]): string[] {
      const used = reservations.get(orderNumber)?.used ?? []
      const rest = new Map<Take, number>(used.map((taken) => [taken, taken.quantity]))
      const excess: string[] = []
      for (const { sku, quantity, series } of goods) {
        let missing = quantity
        for (const taken of used) {
          if (taken.lot.sku !== sku || (series !== undefined && taken.lot.series !== series)) continue
          const back = Math.min(missing, rest.get(taken) ?? 0)
          rest.set(taken, exact((rest.get(taken) ?? 0) - back))
          missing = exact(missing - back)
        }
        if (missing > 0) excess.push(`${missing} more of ${sku} than was handed over`)
      }
      if (excess.length > 0) return excess
      for (const [taken, left] of rest) {
        const back = exact(taken.quantity - left)
        taken.lot.onHand = exact(taken.lot.onHand + back)
        taken.lot.returned = exact(taken.lot.returned + back)
        taken.quantity = left
      }
      return []
    },

    reservationOf(orderNumber: string): { state: Reservation['state']; lines: ReservedLine[] } | undefined {
      const found = reservations.get(orderNumber)
      return found && { state: found.state, lines: found.lines }
    },

    /** Whether this much is reserved, or was used and has not come back. */
    outstandingOf(orderNumber: string): { held: number; used: number } {
      const { held = [], used = [] } = reservations.get(orderNumber) ?? {}
      return { held: sum(held), used: sum(used) }
    },

    /** A settled order that nobody will ask for any more. */
    forget(orderNumber: string): void {
      if (reservations.get(orderNumber)?.state !== 'held') reservations.delete(orderNumber)
    },

    list() {
      return lots.map(({ storeId, sku, ...lot }) => ({ storeId, sku, ...lot, free: freeOf({ ...lot }) }))
    },

    totals() {
      const total = { onHand: 0, free: 0, everReserved: 0, held: 0, used: 0, released: 0, returned: 0 }
      for (const lot of lots) {
        total.onHand = exact(total.onHand + lot.onHand)
        total.free = exact(total.free + freeOf(lot))
        total.everReserved = exact(total.everReserved + lot.everReserved)
        total.held = exact(total.held + lot.reserved)
        total.used = exact(total.used + lot.used)
        total.released = exact(total.released + lot.released)
        total.returned = exact(total.returned + lot.returned)
      }
      return total
    },

    /** Broken invariants, in words; empty when the books balance. */
    findFaults(): string[] {
      const held = new Map<Lot, number>()
      for (const reservation of reservations.values()) {
        for (const taken of reservation.held) held.set(taken.lot, exact((held.get(taken.lot) ?? 0) + taken.quantity))
      }
      return lots.flatMap((lot) => {
        const name = `${lot.storeId}/${lot.sku}/${lot.series ?? '-'}/${lot.expiresOn ?? '-'}`
        return [
          lot.reserved < 0 || lot.reserved > lot.onHand ? `${name}: ${lot.reserved} reserved of ${lot.onHand}` : [],
          lot.reserved !== (held.get(lot) ?? 0) ? `${name}: ${lot.reserved} reserved, ${held.get(lot) ?? 0} held` : [],
          lot.everReserved !== exact(lot.reserved + lot.used + lot.released) ? `${name}: reserved goods got lost` : [],
        ].flat()
      })
    },

    /** With the reservations of these orders; goods that are held are never left out. */
    snapshot(isKept: (orderNumber: string) => boolean): StockSnapshot {
      const kept = [...reservations].filter(([orderNumber, { state }]) => state === 'held' || isKept(orderNumber))
      const spokenOf = new Set(kept.flatMap(([, { held, used }]) => [...held, ...used].map(({ lot }) => lot)))
      return {
        lots: withoutOldest(lots, (lot) => !spokenOf.has(lot), MAX_IDLE_LOTS),
        stockedByHand: [...stockedByHand].slice(-MAX_IDLE_LOTS),
        reservations: new Map(kept),
      }
    },

    restore(saved: StockSnapshot): void {
      for (const lot of saved.lots) putIn(lot)
      for (const key of saved.stockedByHand) stockedByHand.add(key)
      for (const [orderNumber, reservation] of saved.reservations) reservations.set(orderNumber, reservation)
    },

    clear(): void {
      lots.length = 0
      lotsBySku.clear()
      stockedByHand.clear()
      reservations.clear()
    },
  }
}

/** Which lots serve a line; counts them off `available`. */
function plan(line: AskedLine, candidates: Lot[], available: Map<Lot, number>, minExpiresOn: string): Take[] {
  const takes: Take[] = []
  const wanted = line.lots ?? [{ quantity: line.quantity }]
  let missing = line.quantity
  for (const want of wanted) {
    let open = Math.min(want.quantity, missing)
    for (const lot of candidates) {
      if (open <= 0) break
      if (line.lots && !isSameLot(lot, want)) continue
      if (lot.expiresOn !== undefined && lot.expiresOn < minExpiresOn) continue
      const quantity = Math.min(open, available.get(lot) ?? 0)
      if (quantity <= 0) continue
      available.set(lot, exact((available.get(lot) ?? 0) - quantity))
      takes.push({ lot, quantity })
      open = exact(open - quantity)
      missing = exact(missing - quantity)
    }
  }
  return takes
}

/** Takes a quantity of one lot out of a list of takes. */
function spend(takes: Take[], lot: Lot, quantity: number): void {
  let open = quantity
  for (const taken of takes) {
    if (taken.lot !== lot) continue
    const spent = Math.min(open, taken.quantity)
    taken.quantity = exact(taken.quantity - spent)
    open = exact(open - spent)
  }
}

function isSameLot(lot: Lot, want: LotQuantity): boolean {
  return lot.series === want.series && (want.expiresOn === undefined || lot.expiresOn === want.expiresOn)
}

function freeOf({ onHand, reserved }: Pick<Lot, 'onHand' | 'reserved'>): number {
  return exact(onHand - reserved)
}

function lotOnWire({ series, expiresOn }: Lot, quantity: number): LotQuantity {
  return { ...(series !== undefined && { series }), ...(expiresOn !== undefined && { expiresOn }), quantity }
}

function sum(takes: Take[]): number {
  return exact(takes.reduce((total, { quantity }) => total + quantity, 0))
}

/** Quantities may be fractions (kilograms); a millionth is the least that counts. */
function exact(quantity: number): number {
  return Math.round(quantity * 1e6) / 1e6
}

function skuKey(storeId: string, sku: string): string {
  return `${storeId}\n${sku}`
}
