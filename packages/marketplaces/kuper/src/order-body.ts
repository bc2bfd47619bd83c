import type { OrderLine, PlacedOrder } from '@sluice/orders'
import { defined, definedOrNothing } from '@sluice/wire'
import type { CancellationFields, OrderFields, OrderRefFields } from './webhook-schema.ts'

/** The keys a webhook names its order by (specification 2). */
export interface OrderRef {
  externalId?: string
  /** As it came: a bare UUID, or `retailer-slug:UUID`. */
  externalUuid?: string
  /** Our own number, as far as the sender names it. */
  number?: string
}

export function toOrderRef(fields: OrderRefFields): OrderRef {
  return defined({
    externalId: fields.originalOrderId ?? fields.order_id,
    externalUuid: fields.orderUUID,
    number: fields.number,
  })
}

/** What a body says about the order; parts it does not name stay out. */
export function toOrderParts(fields: OrderFields): Partial<PlacedOrder> {
  const { customer, delivery, total } = fields
  return defined({
    storeId: fields.storeID ?? fields.store_id,
    lines: fields.positions?.map(toOrderLine),
    shipmentMethod: fields.shipmentMethod ?? fields.shippingMethod,
    deliveryWindow: delivery && definedOrNothing({ from: delivery.expectedFrom, to: delivery.expectedTo }),
    isPlanned: delivery?.isPlanned,
    customer: customer && definedOrNothing({ name: customer.name, phone: customer.phone }),
    address: fields.address && toAddressText(fields.address),
    comment: fields.comment,
    total: total && definedOrNothing({ price: total.totalPrice, discountedPrice: total.discountTotalPrice }),
    replacementPolicy: fields.replacementPolicy,
    paymentMethods: listed(fields.paymentMethods),
  })
}

export function toCancellation({ cancellation, cancellationReason }: CancellationFields): {
  reason?: string
  comment?: string
} {
  return defined({ reason: cancellation?.slug, comment: cancellation?.description ?? cancellationReason })
}

function toOrderLine(position: NonNullable<OrderFields['positions']>[number]): OrderLine {
  return defined({
    sku: position.id,
    name: position.name,
    quantity: position.quantity,
    originalQuantity: position.originalQuantity,
    price: position.price,
    discountPrice: position.discountPrice,
    totalPrice: position.totalPrice,
    totalDiscountPrice: position.totalDiscountPrice,
    // Said of a combo only: no and nothing are the same, in a webhook and in a shipment.
    isCombo: position.isCombo || undefined,
    modifiers: listed(position.modifiers),
    weightGrams: position.weight,
  })
}

/** An empty list says as little as none. */
function listed<T>(list: T[] | undefined): T[] | undefined {
  return list?.length ? list : undefined
}

/** One line for a courier; entrance, floor and intercom are never part of `full_address`. */
function toAddressText(address: NonNullable<OrderFields['address']>): string | undefined {
  const { full_address, city, street, building, apartment, entrance, floor, door_phone } = address
  const parts = [
    ...(full_address ? [full_address] : [city, street, building, apartment && `кв. ${apartment}`]),
    entrance && `подъезд ${entrance}`,
    floor && `этаж ${floor}`,
    door_phone && `домофон ${door_phone}`,
  ]
  return parts.filter(Boolean).join(', ') || undefined
}
