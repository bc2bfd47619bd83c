/** Answers of the Partner API for tests: our own, in the shape of its documentation. */

const roubles = (value: number | string) => ({ value, currencyId: 'RUR' })

export const fbsOrder = {
  orderId: 700100200300,
  campaignId: 4400,
  programType: 'FBS',
  status: 'PROCESSING',
  substatus: 'STARTED',
  creationDate: '2026-05-01T10:00:00+03:00',
  updateDate: '2026-05-01T10:05:30+03:00',
  paymentType: 'PREPAID',
  paymentMethod: 'SBP',
  fake: false,
  items: [
    {
      id: 9001,
      offerId: 'TEA-100',
      offerName: 'Green tea 100 g',
      count: 2,
      prices: { payment: roubles(700.5), cashback: roubles(80), subsidy: roubles(50), vat: 'VAT_22' },
      requiredInstanceTypes: ['CIS_OPTIONAL', 'CIS'],
    },
    { id: 9002, offerId: 'CUP-1', offerName: 'Cup', count: 0, prices: { payment: roubles(0) } },
    { id: 9003, offerId: 'POT-1', offerName: 'Tea pot', count: 3, prices: { payment: roubles(1000) } },
  ],
  prices: { payment: roubles(1700.5), cashback: roubles(80), subsidy: roubles(50) },
  delivery: {
    type: 'PICKUP',
    serviceName: 'Market',
    deliveryServiceId: 1005471,
    deliveryPartnerType: 'YANDEX_MARKET',
    dispatchType: 'MARKET_BRANDED_OUTLET',
    dates: { fromDate: '2026-05-04', toDate: '2026-05-05' },
    shipment: { id: 61, shipmentDate: '2026-05-02', shipmentTime: '17:00:00' },
  },
  buyerType: 'PERSON',
  sourcePlatform: 'MARKET',
}

export const dbsOrder = {
  ...fbsOrder,
  programType: 'DBS',
  paymentType: 'POSTPAID',
  notes: 'Call first',
  delivery: {
    type: 'DELIVERY',
    serviceName: 'Own courier',
    deliveryServiceId: 99,
    deliveryPartnerType: 'SHOP',
    dispatchType: 'BUYER',
    dates: { fromDate: '2026-05-04', fromTime: '10:00:00', toTime: '18:00' },
    courier: {
      address: {
        country: 'Россия',
        postcode: '101000',
        city: 'Москва',
        street: 'Примерная улица',
        house: 1,
        block: '2',
        apartment: '15',
        entrance: '3',
        floor: 4,
        entryphone: '15К',
      },
    },
  },
}

export const customerReturn = {
  id: 55001,
  orderId: 700100200300,
  returnType: 'RETURN',
  creationDate: '2026-05-10T09:00:00+03:00',
  updateDate: '2026-05-10T09:30:00.5+03:00',
  refundStatus: 'PREMODERATION_DECISION_WAITING',
  shipmentStatus: 'READY_FOR_PICKUP',
  pickupTillDate: '2026-05-20T21:00:00+03:00',
  amount: roubles('390.50'),
  items: [
    {
      marketSku: 1,
      shopSku: 'TEA-100',
      count: 2,
      decisions: [
        { returnItemId: 1, count: 1, reasonType: 'BAD_QUALITY', subreasonType: 'DAMAGED', comment: 'Torn' },
        { returnItemId: 2, count: 1, reasonType: 'DOES_NOT_FIT' },
      ],
    },
  ],
}
