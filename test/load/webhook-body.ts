export type WebhookName = keyof typeof bodies

/** As its marketplace writes it. Every `n` is another order; a PING is about none. */
export function webhookBody(name: WebhookName, n: number): string {
  return bodies[name](n)
}

const bodies = {
  'order.created': orderCreatedBody,
  ORDER_STATUS_UPDATED: orderStatusUpdatedBody,
  PING: () => '{"notificationType":"PING","time":"2026-05-01T07:00:00.759084017Z"}',
}

/** 0.2 KB. */
function orderStatusUpdatedBody(n: number): string {
  return JSON.stringify({
    notificationType: 'ORDER_STATUS_UPDATED',
    orderId: 58_000_000_000 + n,
    campaignId: 1001,
    status: 'PROCESSING',
    substatus: 'STARTED',
    updatedAt: '2026-05-01T07:00:00.123Z',
  })
}

/** 1.6 KB. */
function orderCreatedBody(n: number): string {
  return JSON.stringify({
    event_type: 'order.created',
    timestamp: '2026-05-01T10:00:00+03:00',
    payload: {
      originalOrderId: `H${String(n).padStart(10, '0')}`,
      orderUUID: `5b0c1d5e-6f0a-4b7e-9a53-${String(n).padStart(12, '0')}`,
      storeID: 'apteka-017',
      customer: { name: 'Екатерина Виноградова', phone: '+79000000017' },
      delivery: { expectedFrom: '2026-05-01T12:00:00+03:00', expectedTo: '2026-05-01T13:00:00+03:00' },
      address: {
        full_address: 'Москва, Ленинградский проспект, 31, стр. 4',
        entrance: '2',
        floor: '7',
        apartment: '114',
        door_phone: '114',
        elevator: true,
        coordinates: { latitude: 55.796931, longitude: 37.537849 },
      },
      comment: 'Позвонить за десять минут, домофон не работает',
      positions,
      total: { totalPrice: '1236.00', discountTotalPrice: '1112.40' },
      replacementPolicy: 'call_or_cancel',
      shipmentMethod: 'by_courier',
    },
  })
}

const positions = (
  [
    ['100245', 'Парацетамол таблетки 500 мг №20', 2, '58.00', '116.00'],
    ['100312', 'Ибупрофен таблетки 400 мг №20', 1, '149.00', '149.00'],
    ['100877', 'Аквадетрим капли 15 000 МЕ/мл 10 мл', 1, '312.50', '312.50'],
    ['200100', 'Физраствор для ингаляций 0,9 % 5 мл №10', 3, '219.50', '658.50'],
  ] as const
).map(([id, name, quantity, price, totalPrice]) => ({
  id,
  name,
  quantity,
  originalQuantity: quantity,
  price,
  discountPrice: price,
  totalPrice,
  weight: '0',
}))
