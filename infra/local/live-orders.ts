import { setTimeout as delay } from 'node:timers/promises'
import type { Ledger } from '@sluice/ledger'
import type { Order, OrderSettings } from '@sluice/orders'
import {
  type BackOfficeControl,
  createBackOfficeControl,
  createKuperControl,
  createYandexMarketControl,
  type KuperControl,
  type KuperOrderView,
  playScenario,
  type Scenario,
  type YandexMarketControl,
} from '@sluice/sandbox'
import type { StackUrls } from './stack.ts'

/** An order that lives by a scenario, and what is known of it on all three sides. */
export interface LiveOrder {
  scenario: Scenario
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

/** Tells both simulators how the order shall live, and places it. */
export async function placeOrder(simulators: Simulators, scenario: Scenario, externalId: string): Promise<LiveOrder> {
  const number = `KU-${externalId}`
  const play = playScenario(scenario, externalId, number)
  await simulators.backOffice.setPlan(externalId, play.staff)
  if (play.lots.length > 0) await simulators.backOffice.setStock(play.lots)
  if (play.backOfficeFaults.length > 0) await simulators.backOffice.addFaults(...play.backOfficeFaults)
  await simulators.kuper.placeOrder(play.order)
  return { scenario, externalId, number, placedAt: Date.now(), deviations: ['not looked at yet'] }
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
    /** Violations at Kuper that the caller brings about itself, as `<kind>: <detail>`. */
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
  { scenario, externalId, number }: LiveOrder,
  isTolerated: (violation: string) => boolean = () => false,
): Promise<string[]> {
  const [there, desk, here] = await Promise.all([
    observers.kuper.getOrder(externalId),
    observers.backOffice.findOrder(number),
    observers.ledger.findOrderByNumber(number),
  ])
  if (!here) return ['Sluice does not know it']
  const { end } = scenario
  const goods = desk && desk.used > 0 ? 'used' : desk && desk.held > 0 ? 'held' : 'free'
  const differs = (what: string, is: unknown, shall: unknown): string[] =>
    JSON.stringify(is) === JSON.stringify(shall)
      ? []
      : [`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(shall)}`]
  return [
    ...differs('status', here.status, end.status),
    ...(end.payment ? differs('payment', here.payment, end.payment) : []),
    ...differs('state at Kuper', there.state, end.kuper),
    ...(end.reports ? differs('reports', there.processed, end.reports) : []),
    ...differs('goods', goods, end.goods),
    ...differs('attention', Object.keys(here.attention), end.attention ?? []),
    ...waitingEffects(here).map((key) => `${key} still waits`),
    ...differs(
      'violations at Kuper',
      violationsOf(there).filter((violation) => !isTolerated(violation)),
      [],
    ),
  ]
}

function waitingEffects(order: Order): string[] {
  return Object.entries(order.effects)
    .filter(([, { status, kind }]) => status === 'waiting' && kind !== 'watch-deadline')
    .map(([key]) => key)
}

function violationsOf(order: KuperOrderView): string[] {
  return order.violations.map(({ kind, detail }) => `${kind}: ${detail}`)
}
