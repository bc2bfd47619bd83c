import type { MarketplaceTraits } from '@sluice/orders'

/** What the Market can be told, by the way the goods go (specification 4). */
export const yandexMarketTraits: MarketplaceTraits = {
  reports: {
    // FBS, Express.
    'marketplace-delivery': ['registered', 'packed', 'ready', 'courier_code', 'canceled'],
    // DBS with the merchant's own courier, also where the Market carries on from there.
    'merchant-delivery': ['registered', 'packed', 'tracked', 'rescheduled', 'delivering', 'delivered', 'canceled'],
    // DBS to a pick-up point of the merchant's own.
    pickup: [
      'registered',
      'packed',
      'tracked',
      'delivering',
      'at_pickup',
      'storage_extended',
      'rescheduled',
      'delivered',
      'canceled',
    ],
    digital: ['digital_codes', 'delivered', 'canceled'],
    // FBY; a LaaS draft is confirmed.
    'by-marketplace': ['accepted', 'canceled'],
  },
  announcesReturns: true,
}
