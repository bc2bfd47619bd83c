import { int64 } from './json-int64.ts'
import { formatApiTime, formatOldDate, formatOldTime } from './market-time.ts'
import { type Box, hasLeft, isEnded, type MarketLine, type MarketOrder, type MarkingCode } from './order.ts'
import { programOf } from './statuses.ts'

type Json = Record<string, unknown>

/** The order as getBusinessOrders shows it. `tellsUnits`: the state of each unit may be there or not. */
export function businessOrder(order: MarketOrder, tellsUnits: boolean): Json {
  const { plan } = order
  const isDbs = programOf(order.model) === 'DBS'
  return {
    orderId: int64(order.orderId),
    campaignId: order.campaignId,
    programType: programOf(order.model),
    ...optional('externalOrderId', order.externalOrderId),
    status: order.status,
    substatus: order.substatus,
    creationDate: formatApiTime(order.createdAt),
    updateDate: formatApiTime(order.updatedAt),
    paymentType: 'PREPAID',
    paymentMethod: 'YANDEX',
    fake: plan.fake,
    items: order.lines.map((line) => ({
      ...businessItem(line),
      ...(tellsUnits && { itemStatuses: itemStatuses(line, order) }),
    })),
    prices: {
      payment: roubles(order.lines.reduce((sum, line) => sum + line.price * line.count, 0)),
      subsidy: roubles(0),
      cashback: roubles(0),
      ...(isDbs && order.model !== 'DIGITAL' && { delivery: { payment: roubles(0), vat: 'NO_VAT' } }),
    },
    delivery: { ...deliveryOf(order), ...boxesOf(order), ...tracksOf(order) },
    buyerType: plan.buyerType,
    ...optional('notes', plan.notes),
    ...(isDbs && { cancelRequested: isCancellationAsked(order) }),
    sourcePlatform: order.model === 'LAAS' ? 'OTHER' : 'MARKET',
    ...plan.extra,
  }
}

export function isCancellationAsked({ cancellationRequest, status }: MarketOrder): boolean {
  const isUnderWay = status === 'DELIVERY' || status === 'PICKUP'
  return isUnderWay && cancellationRequest !== undefined && cancellationRequest.answer === undefined
}

function businessItem(line: MarketLine): Json {
  return {
    id: int64(line.id),
    offerId: line.offerId,
    offerName: line.name,
    count: line.count,
    prices: { payment: roubles(line.price * line.count), vat: 'VAT_20' },
    ...(line.codes.length > 0 && { instances: line.codes.map(instanceOf) }),
    ...(line.marking !== undefined && { requiredInstanceTypes: [line.marking] }),
  }
}

/** Of each unit, where it is; what the seller took out is there as cancelled. */
function itemStatuses({ count, orderedCount }: MarketLine, order: MarketOrder): Json[] {
  return [
    { status: unitStatus(order), count },
    { status: 'CANCELLED', count: orderedCount - count },
  ].filter((units) => units.count > 0)
}

function unitStatus(order: MarketOrder): string {
  const isGone = hasLeft(order)
  if (order.status === 'CANCELLED') return isGone ? 'REJECTED' : 'CANCELLED'
  if (isEnded(order)) return 'DELIVERED_TO_BUYER'
  return isGone ? 'SHIPPED' : 'CREATED'
}

function deliveryOf(order: MarketOrder): Json {
  const { model, plan } = order
  const dates = {
    fromDate: order.deliveryDate,
    toDate: order.deliveryDate,
    ...(order.realDeliveryDate !== undefined && { realDeliveryDate: order.realDeliveryDate }),
  }
  const shipment = { id: int64(order.shipmentId), shipmentDate: order.shipmentDate, shipmentTime: '17:00:00' }
  const byMarket = {
    serviceName: 'Доставка Яндекс Маркета',
    deliveryServiceId: 1_005_471,
    deliveryPartnerType: 'YANDEX_MARKET',
  }
  const byShop = { serviceName: 'Собственная служба доставки', deliveryServiceId: 99, deliveryPartnerType: 'SHOP' }
  switch (model) {
    case 'FBS':
    case 'FBY':
      return {
        type: 'PICKUP',
        ...byMarket,
        warehouseId: 'MAIN',
        dispatchType: 'MARKET_BRANDED_OUTLET',
        dates,
        shipment,
      }
    case 'LAAS':
      return {
        type: 'PICKUP',
        ...byMarket,
        dispatchType: 'MARKET_BRANDED_OUTLET',
        dates,
        receiveCode: '4821',
        receiveBarcode: `LAAS-${order.orderId}`,
      }
    case 'EXPRESS':
      return {
        type: 'DELIVERY',
        ...byMarket,
        warehouseId: 'MAIN',
        dispatchType: 'BUYER',
        dates: { ...dates, fromTime: '12:00:00', toTime: '13:00:00' },
        shipment: { ...shipment, shipmentDate: order.deliveryDate },
        courier: { address: ADDRESS, region: REGION },
        ...transferOf(order),
      }
    case 'DBS':
      return {
        type: 'DELIVERY',
        ...byShop,
        dispatchType: plan.isToMarketOutlet ? 'MARKET_BRANDED_OUTLET' : 'BUYER',
        dates: { ...dates, fromTime: '10:00:00', toTime: '18:00:00' },
        shipment: { shipmentDate: order.shipmentDate },
        courier: { address: ADDRESS, region: REGION },
        estimated: false,
      }
    case 'DBS_PICKUP':
      return {
        type: 'PICKUP',
        ...byShop,
        dispatchType: plan.isToMarketOutlet ? 'MARKET_BRANDED_OUTLET' : 'SHOP_OUTLET',
        dates,
        shipment: { shipmentDate: order.shipmentDate },
        pickup: {
          address: ADDRESS,
          region: REGION,
          outletCode: 'OUTLET-1',
          outletStorageLimitDate: order.storageLimitDate,
        },
      }
    case 'DIGITAL': {
      const { digitalType } = plan.script
      const steam = digitalType === 'STEAM_GIFT' && { steamLink: 'https://s.team/p/sandbox-link' }
      return { type: 'DIGITAL', ...byShop, dates, digitalGoods: { type: digitalType, ...steam } }
    }
  }
}

/** Courier and code are shown at three substatuses only (specification 4.3). */
function transferOf({ substatus, plan }: MarketOrder): Json {
  if (!['COURIER_FOUND', 'COURIER_ARRIVED_TO_SENDER', 'DELIVERY_SERVICE_UNDELIVERED'].includes(substatus)) return {}
  const courier = { fullName: 'Курьер Двенадцатый', phone: '+79000000012', vehicleNumber: 'А012АА' }
  const eac = plan.script.courier.code === 'asked' && { eac: { eacType: 'COURIER_TO_MERCHANT' } }
  return { transfer: { courier, ...eac } }
}

function boxesOf({ boxes }: MarketOrder): Json {
  if (boxes.length === 0) return {}
  return { boxesLayout: boxes.map((box) => ({ ...boxOnWire(box), barcode: `BOX-${box.boxId}` })) }
}

export function boxOnWire({ boxId, items }: Box): Json {
  return { items: items.map(({ id, ...item }) => ({ id: int64(id), ...item })), boxId: int64(boxId) }
}

function tracksOf({ tracks }: MarketOrder): Json {
  if (tracks.length === 0) return {}
  return {
    tracks: tracks.map(({ trackCode, deliveryServiceId }) => ({
      trackCode,
      deliveryServiceId: int64(deliveryServiceId),
    })),
  }
}

export function instanceOf({ kind, value }: MarkingCode): Json {
  return { [kind]: value }
}

/** The order as updateOrderStatus answers it: old form, old dates. */
export function oldOrder(order: MarketOrder): Json {
  const total = order.lines.reduce((sum, { price, count }) => sum + price * count, 0) / 100
  const date = formatOldDate(order.deliveryDate)
  const { type, serviceName, deliveryServiceId, deliveryPartnerType } = deliveryOf(order)
  return {
    id: int64(order.orderId),
    ...optional('externalOrderId', order.externalOrderId),
    status: order.status,
    substatus: order.substatus,
    creationDate: formatOldTime(order.createdAt),
    updatedAt: formatOldTime(order.updatedAt),
    currency: 'RUR',
    itemsTotal: total,
    deliveryTotal: 0,
    buyerItemsTotalBeforeDiscount: total,
    paymentType: 'PREPAID',
    paymentMethod: 'YANDEX',
    fake: order.plan.fake,
    items: order.lines.map((line) => ({
      id: int64(line.id),
      offerId: line.offerId,
      offerName: line.name,
      price: line.price / 100,
      buyerPrice: line.price / 100,
      buyerPriceBeforeDiscount: line.price / 100,
      count: line.count,
      vat: 'VAT_20',
    })),
    delivery: { type, serviceName, deliveryServiceId, deliveryPartnerType, dates: { fromDate: date, toDate: date } },
    buyer: { type: order.plan.buyerType },
    taxSystem: 'OSN',
  }
}

/** A line as provideOrderItemIdentifiers answers it. */
export function briefItem(line: MarketLine): Json {
  return {
    id: int64(line.id),
    vat: 'VAT_20',
    count: line.count,
    price: line.price / 100,
    offerName: line.name,
    offerId: line.offerId,
    ...(line.codes.length > 0 && { instances: line.codes.map(instanceOf) }),
  }
}

export function roubles(kopecks: number) {
  return { value: kopecks / 100, currencyId: 'RUR' }
}

function optional(name: string, value: unknown): Json {
  return value === undefined ? {} : { [name]: value }
}

const ADDRESS = {
  country: 'Россия',
  city: 'Москва',
  street: 'Примерная',
  house: '5',
  apartment: '12',
  postcode: '101000',
}
const REGION = { id: 213, name: 'Москва', type: 'CITY' }
