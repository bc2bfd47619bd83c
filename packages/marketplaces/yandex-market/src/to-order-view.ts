import type { DeliveryWindow, MarketplaceView, OrderLine, PlacedOrder } from '@sluice/orders'
import { defined, definedOrNothing } from '@sluice/wire'
import { isAtOrPast, progressOf } from './client/order-progress.ts'
import { toFulfilment } from './fulfilment.ts'
import { shareOf, sumOf } from './money.ts'
import { isOpen, milestonesOf, placeOfCancelled } from './reached.ts'
import { toWholeSeconds } from './times.ts'
import type { WireBuyer, WireOrder, WireOrderItem } from './wire-schema.ts'

/** What of an account decides how its orders are read. */
export interface OrderReader {
  api: {
    /** `+03:00`: the Market writes times of day without an offset. */
    deliveryUtcOffset: string
  }
}

/** An order of `getBusinessOrders` in our words. `buyer`: of `getOrderBuyerInfo`, where somebody asked. */
export function toOrderView(order: WireOrder, account: OrderReader, buyer?: WireBuyer): MarketplaceView {
  const fulfilment = toFulfilment(order)
  const isCancelled = order.status === 'CANCELLED'
  return defined({
    state: [order.status, order.substatus].filter(Boolean).join('/'),
    updatedAt: toWholeSeconds(order.updateDate ?? order.creationDate),
    order: toPlacedOrder(order, account, buyer),
    isOpen: isOpen(order),
    // A reservation at the Market's own warehouse waits for our confirmation (specification 4.6).
    isDraft: order.programType === 'LAAS' && order.status === 'RESERVED' ? true : undefined,
    isReady: isAtOrPast(progressOf(order), 'ready') ? true : undefined,
    reached: milestonesOf(order, fulfilment),
    cancelled: isCancelled ? defined({ reason: order.substatus, goods: placeOfCancelled(order) }) : undefined,
    isCancellationAsked: order.cancelRequested === true && !isCancelled ? true : undefined,
  })
}

function toPlacedOrder(order: WireOrder, account: OrderReader, buyer: WireBuyer | undefined): PlacedOrder {
  const { delivery, prices } = order
  const total = sumOf([prices?.payment, prices?.cashback])
  return defined({
    storeId: order.campaignId,
    // What the seller took out stays in the Market's list with a count of 0.
    lines: order.items
      .filter(({ count }) => count > 0)
      // The same goods in another order are no change.
      .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
      .map(toOrderLine),
    fulfilment: toFulfilment(order),
    isTest: order.fake === true ? true : undefined,
    shipOn: delivery?.shipment?.shipmentDate,
    digital: toDigital(delivery),
    handOver: toHandOver(delivery),
    buyerType: toBuyerType(order),
    shipmentMethod: order.programType,
    deliveryWindow: toWindow(delivery?.dates, account.api.deliveryUtcOffset),
    customer: buyer && definedOrNothing({ name: toName(buyer), phone: buyer.phone }),
    address: toAddressText(delivery),
    comment: order.notes,
    total: total === undefined ? undefined : { discountedPrice: total },
  })
}

/** The Market says what all units cost together, in money and in points of its own. */
function toOrderLine({ id, offerId, offerName, count, prices, requiredInstanceTypes }: WireOrderItem): OrderLine {
  return defined({
    sku: offerId,
    name: offerName,
    quantity: count,
    price: shareOf(sumOf([prices?.payment, prices?.cashback]), count),
    lineId: id,
    markingKind: toMarkingKind(requiredInstanceTypes),
  })
}

/** Of several the one that names the single unit; the optional one only when there is no other. */
function toMarkingKind(kinds: readonly string[] = []): string | undefined {
  const preferred = ['CIS', 'UIN', 'RNPT', 'GTD']
  return preferred.find((kind) => kinds.includes(kind)) ?? kinds[0]
}

function toDigital(delivery: WireOrder['delivery']): PlacedOrder['digital'] {
  if (delivery?.type !== 'DIGITAL') return undefined
  const kind = delivery.digitalGoods?.type
  return kind === 'STEAM_GIFT' || kind === 'CHAT' ? 'by-hand' : 'keys'
}

/** The merchant does it himself, and says when that is done (specification 4.5). */
function toHandOver(delivery: WireOrder['delivery']): PlacedOrder['handOver'] {
  if (delivery?.type !== 'DIGITAL') return undefined
  const { type, steamLink } = delivery.digitalGoods ?? {}
  if (type === 'CHAT') return { kind: 'chat' }
  return type === 'STEAM_GIFT' ? defined({ kind: 'gift' as const, profileLink: steamLink }) : undefined
}

function toBuyerType({ buyerType }: WireOrder): PlacedOrder['buyerType'] {
  if (buyerType === 'BUSINESS') return 'business'
  return buyerType === 'PERSON' ? 'person' : undefined
}

type Dates = NonNullable<NonNullable<WireOrder['delivery']>['dates']>

/** Without times the whole days count. */
function toWindow(dates: Dates | undefined, offset: string): DeliveryWindow | undefined {
  if (!dates) return undefined
  const { fromDate, toDate = fromDate, fromTime = '00:00', toTime = '23:59' } = dates
  const at = (date: string | undefined, time: string) => date && `${date}T${time.slice(0, 5)}:00${offset}`
  return definedOrNothing({ from: at(fromDate, fromTime), to: at(toDate, toTime) })
}

function toName({ lastName, firstName, middleName }: WireBuyer): string | undefined {
  return [lastName, firstName, middleName].filter(Boolean).join(' ') || undefined
}

/** One line for a courier; of a pick-up point with the shop's own id for it. */
function toAddressText(delivery: WireOrder['delivery']): string | undefined {
  const { courier, pickup } = delivery ?? {}
  const address = courier?.address ?? pickup?.address
  const { postcode, city, district, street, house, block, apartment, entrance, floor, entryphone } = address ?? {}
  const parts = [
    pickup?.outletCode && `пункт выдачи ${pickup.outletCode}`,
    postcode,
    city,
    district,
    street,
    house && `д. ${house}`,
    block && `корп. ${block}`,
    apartment && `кв. ${apartment}`,
    entrance && `подъезд ${entrance}`,
    floor && `этаж ${floor}`,
    entryphone && `домофон ${entryphone}`,
  ]
  return parts.filter(Boolean).join(', ') || undefined
}
