import type { Fulfilment } from '@sluice/orders'
import type { WireOrder } from './wire-schema.ts'

/** Undefined for a model nobody knows yet: then the store's own kind counts. */
export function toFulfilment({ programType, delivery }: WireOrder): Fulfilment | undefined {
  if (programType === 'FBY' || programType === 'LAAS') return 'by-marketplace'
  if (delivery?.type === 'DIGITAL') return 'digital'
  if (programType === 'FBS' || programType === 'EXPRESS') return 'marketplace-delivery'
  return programType === 'DBS' ? dbsFulfilment(delivery) : undefined
}

/** The seller's own point, else his courier; also where he only brings the goods to the Market, which carries them on. */
function dbsFulfilment(delivery: WireOrder['delivery']): Fulfilment {
  const { type, deliveryPartnerType, dispatchType } = delivery ?? {}
  const isMarkets = deliveryPartnerType === 'YANDEX_MARKET' || dispatchType === 'MARKET_BRANDED_OUTLET'
  return !isMarkets && (type === 'PICKUP' || dispatchType === 'SHOP_OUTLET') ? 'pickup' : 'merchant-delivery'
}
