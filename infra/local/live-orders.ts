import { setTimeout as delay } from 'node:timers/promises'
import type { Ledger } from '@sluice/ledger'
import type { Order, OrderSettings } from '@sluice/orders'
import {
  type BackOfficeControl,
  createBackOfficeControl,
  createKuperControl,
  createYandexMarketControl,
  type KuperControl,
  type KuperEnd,
  playKuperScenario,
  playYandexMarketScenario,
  type Scenario,
  type YandexMarketControl,
  type YandexMarketEnd,
} from '@sluice/sandbox'
import type { StackUrls } from './stack.ts'

/** An order that lives by a scenario, and what is known of it on all three sides. */
export interface LiveOrder<S extends Scenario = Scenario> {
  scenario: S
  externalId: string
  number: string
  placedAt: number
  endedAt?: number
  /** How it differs from what the scenario demands; empty when all is well. */
  deviations: string[]
}

export interface Simulators {
  kuper: KuperControl
  yandexMarket: YandexMarketControl
  backOffice: BackOfficeControl
}

export interface Observers extends Simulators {
  ledger: Pick<Ledger, 'findOrderByNumber'>
}

export function controlSimulators(urls: StackUrls): Simulators {
  return {
    kuper: createKuperControl(urls.kuper),
    yandexMarket: createYandexMarketControl(urls.yandexMarket),
    backOffice: createBackOfficeControl(urls.backOffice),
  }
}

/** For a ledger that is only read. */
export const onlyReading = (): OrderSettings => {
  throw new Error('this ledger is only read')
}

export function observe(urls: StackUrls, ledger: Observers['ledger']): Observers {
  return { ...controlSimulators(urls), ledger }
}

/** Lives that take seconds instead of hours. */
export async function quicken({ kuper, yandexMarket, backOffice }: Simulators, stepMs = 100): Promise<void> {
  await kuper.changeSettings({
    speeds: {
      readyToShipMs: 2 * stepMs,
      courierAssignedMs: stepMs,
      courierArrivedMs: stepMs,
      paidMs: 2 * stepMs,
      receivedMs: 3 * stepMs,
      deliveringMs: 2 * stepMs,
      deliveredMs: 3 * stepMs,
    },
  })
  await yandexMarket.changeSettings({
    speeds: {
      openMs: 2 * stepMs,
      shipMs: 2 * stepMs,
      departMs: stepMs,
      arriveMs: stepMs,
      deliverMs: 2 * stepMs,
      courierMs: stepMs,
      codeCheckMs: stepMs,
      digitalMs: 2 * stepMs,
      returnStepMs: stepMs,
      arbitrationMs: 2 * stepMs,
      operationMs: 2 * stepMs,
    },
  })
  await backOffice.changeSettings({ stepMs })
}

/** As its marketplace writes ids, from a number that no other order of the marketplace has. */
export function externalIdOf({ marketplace }: Scenario, n: number): string {
  switch (marketplace) {
    case 'kuper':
      return `H${String(n).padStart(10, '0')}`
    case 'yandex-market':
      return String(n)
  }
}

/** Tells the simulators how the order shall live, and places it. */
export async function placeOrder<S extends Scenario>(
  simulators: Simulators,
  scenario: S,
  externalId: string,
): Promise<LiveOrder<S>> {
  const { kuper, yandexMarket, backOffice } = simulators
  const number = numberOf(scenario, externalId)
  const prepare = async ({ staff, lots, backOfficeFaults }: Omit<ReturnType<typeof playKuperScenario>, 'order'>) => {
    await backOffice.setPlan(externalId, staff)
    if (lots.length > 0) await backOffice.setStock(lots)
    if (backOfficeFaults.length > 0) await backOffice.addFaults(...backOfficeFaults)
  }
  switch (scenario.marketplace) {
    case 'kuper': {
      const { order, ...store } = playKuperScenario(scenario, externalId, number)
      await prepare(store)
      await kuper.placeOrder(order)
      break
    }
    case 'yandex-market': {
      const { order, ...store } = playYandexMarketScenario(scenario, externalId, number)
      await prepare(store)
      await yandexMarket.placeOrder(order)
      break
    }
  }
  return { scenario, externalId, number, placedAt: Date.now(), deviations: ['not looked at yet'] }
}

/** The prefixes of infra/local/sandbox.config.yaml. */
export function numberOf({ marketplace }: Scenario, externalId: string): string {
  return `${marketplace === 'kuper' ? 'KU' : 'YM'}-${externalId}`
}

/** Looks until every order has ended as its scenario demands, or the time is over; the rest keep their deviations. */
export async function awaitEnds(
  observers: Observers,
  orders: LiveOrder[],
  options: {
    timeoutMs: number
    everyMs?: number
    onLook?: (ended: number) => void
    signal?: AbortSignal
    /** Violations at the marketplace that the caller brings about itself, as `<kind>: <detail>`. */
    isTolerated?: (violation: string) => boolean
  },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs
  for (;;) {
    const open = orders.filter((order) => order.deviations.length > 0)
    await Promise.all(
      open.map(async (order) => {
        order.deviations = await compare(observers, order, options.isTolerated)
        if (order.deviations.length === 0) order.endedAt = Date.now()
      }),
    )
    options.onLook?.(orders.filter((order) => order.deviations.length === 0).length)
    const isOver = orders.every((order) => order.deviations.length === 0)
    if (isOver || Date.now() > deadline || options.signal?.aborted) return
    await delay(options.everyMs ?? 250)
  }
}

async function compare(
  observers: Observers,
  order: LiveOrder,
  isTolerated: (violation: string) => boolean = () => false,
): Promise<string[]> {
  const { scenario, number } = order
  const [there, desk, here] = await Promise.all([
    lookAtMarketplace(observers, order),
    observers.backOffice.findOrder(number),
    observers.ledger.findOrderByNumber(number),
  ])
  if (!here) return ['Sluice does not know it']
  const { end } = scenario
  const goods = desk && desk.used > 0 ? 'used' : desk && desk.held > 0 ? 'held' : 'free'
  return [
    ...differs('status', here.status, end.status),
    ...(end.payment ? differs('payment', here.payment, end.payment) : []),
    ...there.deviations,
    ...differs('goods', goods, end.goods),
    ...differs('attention', Object.keys(here.attention), end.attention ?? []),
    ...waitingEffects(here).map((key) => `${key} still waits`),
    ...differs(
      'violations at the marketplace',
      there.violations.map(({ kind, detail }) => `${kind}: ${detail}`).filter((one) => !isTolerated(one)),
      [],
    ),
  ]
}

interface SeenThere {
  deviations: string[]
  violations: { kind: string; detail: string }[]
}

async function lookAtMarketplace(observers: Observers, { scenario, externalId }: LiveOrder): Promise<SeenThere> {
  switch (scenario.marketplace) {
    case 'kuper':
      return lookAtKuper(observers, externalId, scenario.end)
    case 'yandex-market':
      return lookAtYandexMarket(observers, externalId, scenario.end)
  }
}

async function lookAtKuper({ kuper }: Observers, externalId: string, end: KuperEnd): Promise<SeenThere> {
  const { state, processed, violations } = await kuper.getOrder(externalId)
  const deviations = [
    ...differs('state at Kuper', state, end.kuper),
    ...(end.reports ? differs('reports', processed, end.reports) : []),
  ]
  return { deviations, violations }
}

async function lookAtYandexMarket(
  { yandexMarket }: Observers,
  externalId: string,
  end: YandexMarketEnd,
): Promise<SeenThere> {
  const { status, substatus, commands, returns, unanswered, violations } = await yandexMarket.getOrder(externalId)
  const state = end.market.includes('/') ? `${status}/${substatus}` : status
  const deviations = [
    ...differs('state at the Market', state, end.market),
    ...(end.commands ? differs('commands', commands, end.commands) : []),
    ...differs(
      'returns',
      returns.map(({ refund, shipment }) => ({ refund, shipment })),
      end.returns ?? [],
    ),
    ...unanswered.map((what) => `${what} has no answer`),
  ]
  return { deviations, violations }
}

function differs(what: string, is: unknown, shall: unknown): string[] {
  return JSON.stringify(is) === JSON.stringify(shall)
    ? []
    : [`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(shall)}`]
}

function waitingEffects(order: Order): string[] {
  return Object.entries(order.effects)
    .filter(([, { status, kind }]) => status === 'waiting' && kind !== 'watch-deadline')
    .map(([key]) => key)
}
