import { parseEventJob } from '@sluice/contracts'
import { describe, expect, test } from 'vitest'
import { dbsOrder, fbsOrder } from './example-answers.ts'
import { toOrderView } from './to-order-view.ts'
import { orderSchema } from './wire-schema.ts'

const account = { api: { deliveryUtcOffset: '+03:00' } }
const view = (order: object) => toOrderView(orderSchema.parse(order), account)

test('an FBS order in full', () => {
  expect(view(fbsOrder)).toStrictEqual({
    state: 'PROCESSING/STARTED',
    updatedAt: '2026-05-01T07:05:30Z',
    isOpen: true,
    reached: ['paid'],
    order: {
      storeId: '4400',
      fulfilment: 'marketplace-delivery',
      shipmentMethod: 'FBS',
      shipOn: '2026-05-02',
      buyerType: 'person',
      deliveryWindow: { from: '2026-05-04T00:00:00+03:00', to: '2026-05-05T23:59:00+03:00' },
      total: { discountedPrice: '1780.50' },
      lines: [
        {
          sku: 'TEA-100',
          name: 'Green tea 100 g',
          quantity: 2,
          price: '390.25',
          lineId: '9001',
          markingKind: 'CIS',
        },
        // A third of 1000 roubles is no price.
        { sku: 'POT-1', name: 'Tea pot', quantity: 3, lineId: '9003' },
      ],
    },
  })
})

test('a DBS order in full', () => {
  const buyer = { lastName: 'Иванов', firstName: 'Иван', phone: '+79000000001' }
  const { order, reached } = toOrderView(orderSchema.parse(dbsOrder), account, buyer)
  expect(reached).toEqual([])
  expect(order).toMatchObject({
    fulfilment: 'merchant-delivery',
    deliveryWindow: { from: '2026-05-04T10:00:00+03:00', to: '2026-05-04T18:00:00+03:00' },
    customer: { name: 'Иванов Иван', phone: '+79000000001' },
    address: '101000, Москва, Примерная улица, д. 1, корп. 2, кв. 15, подъезд 3, этаж 4, домофон 15К',
    comment: 'Call first',
  })
})

test('what is not needed may be missing, and what is unknown is let pass', () => {
  const order = { orderId: '9223372036854775807', campaignId: 1, status: 'TELEPORTED', items: [] }
  const odd = { fake: 'no', prices: 5, delivery: { type: 7, dates: 'soon' }, updateDate: 'soon', cancelRequested: null }
  for (const extra of [{}, odd]) {
    expect(view({ ...order, ...extra })).toStrictEqual({
      state: 'TELEPORTED',
      isOpen: false,
      reached: [],
      order: { storeId: '1', lines: [] },
    })
  }
})

test('a test order says so', () => {
  expect(view({ ...fbsOrder, fake: true }).order.isTest).toBe(true)
})

test('only a LaaS reservation waits for the merchant', () => {
  expect(view({ ...fbsOrder, programType: 'LAAS', status: 'RESERVED' })).toMatchObject({ isOpen: false, isDraft: true })
  expect(view({ ...fbsOrder, programType: 'LAAS' })).not.toHaveProperty('isDraft')
  expect(view({ ...fbsOrder, status: 'RESERVED' })).not.toHaveProperty('isDraft')
})

test('a wish to cancel counts until the order is cancelled', () => {
  expect(view({ ...dbsOrder, status: 'DELIVERY', cancelRequested: true }).isCancellationAsked).toBe(true)
  expect(view({ ...dbsOrder, status: 'CANCELLED', cancelRequested: true })).not.toHaveProperty('isCancellationAsked')
  expect(view({ ...dbsOrder, cancelRequested: false })).not.toHaveProperty('isCancellationAsked')
})

const delivery = (fields: object) => ({ delivery: { ...dbsOrder.delivery, ...fields } })

test.each<[string, object, string | undefined]>([
  ['FBS', { programType: 'FBS' }, 'marketplace-delivery'],
  ['Express', { programType: 'EXPRESS' }, 'marketplace-delivery'],
  ['FBY', { programType: 'FBY' }, 'by-marketplace'],
  ['LaaS', { programType: 'LAAS' }, 'by-marketplace'],
  ['DBS with an own courier', {}, 'merchant-delivery'],
  ['DBS by post', delivery({ type: 'POST' }), 'merchant-delivery'],
  ['DBS to an own pick-up point', delivery({ type: 'PICKUP', dispatchType: 'SHOP_OUTLET' }), 'pickup'],
  ['DBS to a pick-up point without a word more', delivery({ type: 'PICKUP', dispatchType: undefined }), 'pickup'],
  [
    'DBS to a Market pick-up point',
    delivery({ type: 'PICKUP', dispatchType: 'MARKET_BRANDED_OUTLET' }),
    'merchant-delivery',
  ],
  ['DBS that Yandex Delivery carries', delivery({ deliveryPartnerType: 'YANDEX_MARKET' }), 'merchant-delivery'],
  ['DBS without a word about delivery', { delivery: undefined }, 'merchant-delivery'],
  ['DBS of digital goods', delivery({ type: 'DIGITAL' }), 'digital'],
  ['a model nobody knows yet', { programType: 'DRONE' }, undefined],
  ['no model', { programType: undefined }, undefined],
])('%s goes %o: %s', (_name, fields, fulfilment) => {
  expect(view({ ...dbsOrder, ...fields }).order.fulfilment).toBe(fulfilment)
})

test.each([
  ['EMAIL', 'keys'],
  ['ACTIVATION_CODE', 'keys'],
  ['STEAM_GIFT', 'by-hand'],
  ['CHAT', 'by-hand'],
  ['SMOKE_SIGNAL', 'keys'],
])('digital goods by %s are handed over: %s', (type, digital) => {
  expect(view({ ...dbsOrder, ...delivery({ type: 'DIGITAL', digitalGoods: { type } }) }).order.digital).toBe(digital)
})

test.each([
  [
    { type: 'STEAM_GIFT', steamLink: 'https://s.team/p/x' },
    { kind: 'gift', profileLink: 'https://s.team/p/x' },
  ],
  [{ type: 'STEAM_GIFT' }, { kind: 'gift' }],
  [{ type: 'CHAT' }, { kind: 'chat' }],
  [{ type: 'EMAIL' }, undefined],
])('what the merchant hands over himself says how, and to whom: %o', (digitalGoods, handOver) => {
  const { order } = view({ ...dbsOrder, ...delivery({ type: 'DIGITAL', digitalGoods }) })
  expect(order.handOver).toEqual(handOver)
})

test.each([
  ['PERSON', 'person'],
  ['BUSINESS', 'business'],
  ['ALIEN', undefined],
])('a buyer of type %s is told as %s', (type, buyerType) => {
  expect(view({ ...fbsOrder, buyerType: type }).order.buyerType).toBe(buyerType)
})

test.each([
  [['UIN', 'GTD'], 'UIN'],
  [['GTD', 'RNPT'], 'RNPT'],
  [['CIS_OPTIONAL'], 'CIS_OPTIONAL'],
  [['HOLOGRAM'], 'HOLOGRAM'],
  [[], undefined],
  [null, undefined],
])('codes of %j are asked for as %s', (requiredInstanceTypes, markingKind) => {
  const items = [{ id: 1, offerId: 'a', count: 1, requiredInstanceTypes }]
  expect(view({ ...fbsOrder, items }).order.lines[0]?.markingKind).toBe(markingKind)
})

test('the same goods in another order are the same order', () => {
  const items = ['10', '9', '11'].map((id) => ({ id, offerId: `o${id}`, count: 1 }))
  const { order } = view({ ...fbsOrder, items })
  expect(order.lines.map(({ lineId }) => lineId)).toEqual(['9', '10', '11'])
  expect(view({ ...fbsOrder, items: items.toReversed() }).order.lines).toEqual(order.lines)
})

describe('states', () => {
  const own = delivery({ type: 'PICKUP', dispatchType: 'SHOP_OUTLET' })

  test.each<[status: string, substatus: string, kind: object, isOpen: boolean, reached: string[]]>([
    ['PLACING', 'ASYNC_PROCESSING', fbsOrder, false, []],
    ['RESERVED', 'WAITING_USER_INPUT', fbsOrder, false, []],
    ['UNPAID', 'AWAIT_PAYMENT', fbsOrder, false, []],
    ['PENDING', 'AWAIT_CONFIRMATION', fbsOrder, false, []],
    ['UNKNOWN', 'UNKNOWN', fbsOrder, false, []],
    ['PROCESSING', 'STARTED', fbsOrder, true, ['paid']],
    ['PROCESSING', 'READY_TO_SHIP', fbsOrder, true, ['paid']],
    ['PROCESSING', 'SHIPPED', fbsOrder, true, ['paid', 'taken']],
    ['PROCESSING', 'COURIER_FOUND', fbsOrder, true, ['paid', 'courierAssigned']],
    ['DELIVERY', 'COURIER_SEARCH', fbsOrder, true, ['paid']],
    ['DELIVERY', 'COURIER_NOT_FOUND', fbsOrder, true, ['paid']],
    ['DELIVERY', 'COURIER_IN_TRANSIT_TO_SENDER', fbsOrder, true, ['paid', 'courierAssigned']],
    ['DELIVERY', 'COURIER_ARRIVED_TO_SENDER', fbsOrder, true, ['paid', 'courierAssigned', 'courierArrived']],
    [
      'DELIVERY',
      'COURIER_RECEIVED',
      fbsOrder,
      true,
      ['paid', 'courierAssigned', 'courierArrived', 'taken', 'delivering'],
    ],
    ['DELIVERY', 'DELIVERY_SERVICE_RECEIVED', fbsOrder, true, ['paid', 'taken', 'delivering']],
    ['DELIVERY', 'BEAMED_UP', fbsOrder, true, ['paid', 'taken', 'delivering']],
    ['DELIVERY', 'DELIVERY_SERVICE_RECEIVED', dbsOrder, true, ['delivering']],
    ['DELIVERY', 'DELIVERY_SERVICE_RECEIVED', { ...dbsOrder, ...own }, true, []],
    ['DELIVERY', 'LAST_MILE_STARTED', { ...fbsOrder, programType: 'FBY' }, true, ['paid', 'taken', 'delivering']],
    ['DELIVERY', 'DELIVERY_SERVICE_RECEIVED', { ...fbsOrder, programType: 'DRONE' }, true, ['paid', 'delivering']],
    ['PICKUP', 'PICKUP_SERVICE_RECEIVED', fbsOrder, true, ['paid', 'taken', 'delivering', 'atPickup']],
    ['PICKUP', 'PICKUP_SERVICE_RECEIVED', { ...dbsOrder, ...own }, true, ['atPickup']],
    ['DELIVERED', 'DELIVERY_SERVICE_DELIVERED', fbsOrder, true, ['paid', 'taken', 'delivering', 'delivered']],
    ['DELIVERED', 'DELIVERY_SERVICE_DELIVERED', dbsOrder, true, ['paid', 'delivering', 'delivered']],
    ['DELIVERED', 'DELIVERED_USER_RECEIVED', { ...dbsOrder, ...own }, true, ['paid', 'delivered']],
    ['DELIVERED', 'X', { ...dbsOrder, ...delivery({ type: 'DIGITAL' }) }, true, ['paid', 'delivered']],
    [
      'PARTIALLY_RETURNED',
      'DELIVERY_SERVICE_DELIVERED',
      dbsOrder,
      true,
      ['paid', 'delivering', 'delivered', 'partlyReturned'],
    ],
    ['RETURNED', 'DELIVERY_SERVICE_DELIVERED', dbsOrder, true, ['paid', 'delivering', 'delivered', 'returned']],
    ['CANCELLED', 'USER_NOT_PAID', fbsOrder, false, []],
  ])('%s/%s', (status, substatus, kind, isOpen, reached) => {
    const read = view({ ...kind, status, substatus })
    expect(read).toMatchObject({ state: `${status}/${substatus}`, isOpen, reached })
    if (status === 'CANCELLED') expect(read.cancelled).toEqual({ reason: substatus })
    else expect(read).not.toHaveProperty('cancelled')
  })

  const units = (...statuses: string[]) => ({
    items: [{ id: 1, offerId: 'a', count: 1, itemStatuses: statuses.map((status) => ({ status, count: 1 })) }],
  })
  const gone = ['taken', 'delivering']
  test.each<[string, object, string[]]>([
    ['USER_CHANGED_MIND', { ...fbsOrder, ...units('CANCELLED') }, []],
    ['USER_CHANGED_MIND', { ...fbsOrder, ...units('CREATED') }, []],
    ['USER_CHANGED_MIND', { ...fbsOrder, ...units('CANCELLED', 'SHIPPED') }, gone],
    ['USER_CHANGED_MIND', { ...fbsOrder, ...units('REJECTED') }, gone],
    ['USER_CHANGED_MIND', { ...fbsOrder, ...units('LOST') }, gone],
    ['USER_CHANGED_MIND', { ...fbsOrder, ...units('DELIVERED_TO_BUYER') }, [...gone, 'delivered']],
    ['USER_CHANGED_MIND', { ...dbsOrder, ...units('REJECTED') }, ['delivering']],
    ['USER_CHANGED_MIND', { ...dbsOrder, ...own, ...units('REJECTED') }, []],
    ['USER_REFUSED_DELIVERY', { ...fbsOrder, ...units('REJECTED') }, gone],
    ['USER_REFUSED_PRODUCT', { ...fbsOrder, ...units('CANCELLED') }, []],
    ['USER_REFUSED_QUALITY', { ...fbsOrder, ...units('CANCELLED') }, []],
    ['FULL_NOT_RANSOM', { ...fbsOrder, ...units('CREATED') }, []],
    ['DELIVERY_SERVICE_UNDELIVERED', { ...fbsOrder, ...units('CREATED', 'CANCELLED') }, []],
    ['COURIER_NOT_DELIVER_ORDER', { ...fbsOrder, ...units('CANCELLED') }, []],
  ])('CANCELLED/%s: the units say where the goods are, whatever the reason: %#', (substatus, kind, reached) => {
    const read = view({ ...kind, status: 'CANCELLED', substatus })
    expect(read).toMatchObject({ reached, cancelled: { reason: substatus, goods: 'told' } })
  })

  test.each([
    ['PICKUP_EXPIRED', 'probably-away'],
    ['DELIVERY_SERVICE_UNDELIVERED', 'probably-away'],
    ['USER_REFUSED_QUALITY', 'probably-away'],
    ['COURIER_NOT_DELIVER_ORDER', 'probably-away'],
    // A buyer may choose these before anything is handed over.
    ['USER_REFUSED_PRODUCT', undefined],
    ['USER_REFUSED_DELIVERY', undefined],
    ['USER_CHANGED_MIND', undefined],
    ['CANCELLED_COURIER_NOT_FOUND', undefined],
  ])('CANCELLED/%s without units tells nothing for sure: %s', (substatus, goods) => {
    for (const none of [{}, units()]) {
      const read = view({ ...fbsOrder, ...none, status: 'CANCELLED', substatus })
      expect(read.reached).toEqual([])
      expect(read.cancelled).toEqual({ reason: substatus, ...(goods && { goods }) })
    }
  })

  test.each([
    ['PROCESSING', 'STARTED', undefined],
    ['PROCESSING', 'READY_TO_SHIP', true],
    ['DELIVERY', 'COURIER_SEARCH', true],
    ['CANCELLED', 'SHOP_FAILED', undefined],
  ])('%s/%s is reported ready, whoever did it: %s', (status, substatus, isReady) => {
    expect(view({ ...fbsOrder, status, substatus }).isReady).toBe(isReady)
  })

  test('without a payment type the customer pays on delivery', () => {
    const order = { ...fbsOrder, paymentType: undefined }
    expect(view(order).reached).toEqual([])
    expect(view({ ...order, status: 'DELIVERED' }).reached).toContain('paid')
  })

  test('a cancellation without a reason is one', () => {
    expect(view({ ...fbsOrder, status: 'CANCELLED', substatus: undefined }).cancelled).toEqual({})
  })
})

test('views of the same moment compare as text, whatever the offset and the digits', () => {
  const times = ['2026-05-01T10:05:30+03:00', '2026-05-01T07:05:30.999999999Z', '2026-05-01T12:35:30+05:30']
  expect(new Set(times.map((updateDate) => view({ ...fbsOrder, updateDate }).updatedAt)).size).toBe(1)
})

test('a pick-up point of the shop is named', () => {
  const pickup = { outletCode: 'P-7', address: { city: 'Тула', street: 'Мира', house: '5' } }
  const { address } = view({ ...dbsOrder, ...delivery({ type: 'PICKUP', courier: undefined, pickup }) }).order
  expect(address).toBe('пункт выдачи P-7, Тула, Мира, д. 5')
})

test.each([
  ['FBS', fbsOrder],
  ['DBS', { ...dbsOrder, cancelRequested: true }],
  ['digital', { ...dbsOrder, fake: true, ...delivery({ type: 'DIGITAL' }) }],
  ['cancelled', { ...fbsOrder, status: 'CANCELLED', substatus: 'PICKUP_EXPIRED' }],
  ['gift', { ...dbsOrder, ...delivery({ type: 'DIGITAL', digitalGoods: { type: 'STEAM_GIFT', steamLink: 'x' } }) }],
  ['ready', { ...fbsOrder, substatus: 'READY_TO_SHIP' }],
  ['draft', { ...fbsOrder, programType: 'LAAS', status: 'RESERVED' }],
])('the view of a %s order crosses processes unchanged', (_name, order) => {
  const job = {
    ref: { marketplace: 'yandex-market', account: 'main', externalId: '1', number: 'YM-1' },
    name: 'order.read',
    envelope: {
      event: { type: 'order.read', view: view(order) },
      source: 'catch-up',
      dedupKey: 'k',
      receivedAt: '2026-05-01T07:00:00.000Z',
    },
  }
  expect(parseEventJob(JSON.parse(JSON.stringify(job)))).toEqual({ ok: true, value: job })
})
