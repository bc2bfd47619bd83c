import { addDays, DAY_MS, daysBetween, formatDate } from './market-time.ts'
import type { MarketOrder } from './order.ts'
import { isCancellationAsked } from './order-wire.ts'
import type { OrdersFilter } from './request-schemas.ts'
import { programOf } from './statuses.ts'

const MAX_DAYS = 30

/** Why the filter cannot be used; undefined when it can (specification 3.6). */
export function filterFault({ dates = {} }: OrdersFilter): string | undefined {
  const days = (from: string | undefined, to: string | undefined) =>
    from !== undefined && to !== undefined ? daysBetween(from, to) : 0
  const { updateDateFrom, updateDateTo } = dates
  const tooLong: [string, string, boolean][] = [
    ['creationDateFrom', 'creationDateTo', days(dates.creationDateFrom, dates.creationDateTo) > MAX_DAYS],
    ['shipmentDateFrom', 'shipmentDateTo', days(dates.shipmentDateFrom, dates.shipmentDateTo) > MAX_DAYS],
    [
      'updateDateFrom',
      'updateDateTo',
      updateDateFrom !== undefined &&
        updateDateTo !== undefined &&
        Date.parse(updateDateTo) - Date.parse(updateDateFrom) > MAX_DAYS * DAY_MS,
    ],
  ]
  const found = tooLong.find(([, , isTooLong]) => isTooLong)
  return found && `Invalid filters: interval between ${found[0]} and ${found[1]} is more than '${MAX_DAYS}' days.`
}

/** Whether the filter lets the order through. Interval starts count, ends do not; test orders are only shown when asked for. */
export function fits(order: MarketOrder, filter: OrdersFilter, now: Date): boolean {
  const { dates = {} } = filter
  const has = <T>(wanted: readonly T[] | null | undefined, value: T) => wanted == null || wanted.includes(value)
  return (
    order.visibleFromMs <= now.getTime() &&
    order.plan.fake === (filter.fake ?? false) &&
    has(filter.orderIds, order.orderId) &&
    (filter.externalOrderIds == null || filter.externalOrderIds.includes(order.externalOrderId ?? '')) &&
    has(filter.campaignIds, order.campaignId) &&
    has(filter.programTypes, programOf(order.model)) &&
    has(filter.statuses, order.status) &&
    has<string>(filter.substatuses, order.substatus) &&
    has(filter.sourcePlatforms, order.model === 'LAAS' ? ('OTHER' as const) : ('MARKET' as const)) &&
    (filter.waitingForCancellationApprove !== true || isCancellationAsked(order)) &&
    isCreatedIn(order, filter, now) &&
    isWithinDays(order.shipmentDate, dates.shipmentDateFrom, dates.shipmentDateTo) &&
    isUpdatedIn(order, dates.updateDateFrom, dates.updateDateTo)
  )
}

/** By default the last 30 days, unless orders are named or other dates are asked for (specification 9). */
function isCreatedIn(order: MarketOrder, { dates, orderIds, externalOrderIds }: OrdersFilter, now: Date): boolean {
  const created = formatDate(order.createdAt)
  const { creationDateFrom, creationDateTo } = dates ?? {}
  if (creationDateFrom === undefined && creationDateTo === undefined) {
    return orderIds != null || externalOrderIds != null || created >= addDays(formatDate(now), -MAX_DAYS)
  }
  return isWithinDays(created, creationDateFrom, creationDateTo)
}

/** An interval of less than a day is a day. */
function isWithinDays(date: string, from: string | undefined, to: string | undefined): boolean {
  const end = from !== undefined && to !== undefined && daysBetween(from, to) < 1 ? addDays(from, 1) : to
  return (from === undefined || date >= from) && (end === undefined || date < end)
}

/** Dates of the API have whole seconds. */
function isUpdatedIn({ updatedAt }: MarketOrder, from: string | undefined, to: string | undefined): boolean {
  const atMs = Math.floor(updatedAt.getTime() / 1_000) * 1_000
  return (from === undefined || atMs >= Date.parse(from)) && (to === undefined || atMs < Date.parse(to))
}
