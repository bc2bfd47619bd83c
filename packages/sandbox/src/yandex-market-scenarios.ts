import type { PlanPatch } from './back-office/plan.ts'
import type { YandexMarketEnd, YandexMarketScenario } from './scenario.ts'
import type { FaultInput } from './yandex-market/faults.ts'

const FBS = ['external-id', 'boxes', 'PROCESSING/READY_TO_SHIP']
const DBS = ['external-id', 'DELIVERY', 'DELIVERED']

const byMarket: YandexMarketEnd = {
  status: 'delivered',
  payment: 'paid',
  market: 'DELIVERED',
  commands: FBS,
  goods: 'used',
}
const byCourier: YandexMarketEnd = { ...byMarket, commands: [...FBS, 'eac'] }
const byUs: YandexMarketEnd = { ...byMarket, commands: DBS }
const atOurPoint: YandexMarketEnd = { ...byMarket, commands: ['external-id', 'DELIVERY', 'PICKUP', 'DELIVERED'] }
const notOurs: YandexMarketEnd = { ...byMarket, commands: [], goods: 'free' }
const cancelled: YandexMarketEnd = { status: 'cancelled', market: 'CANCELLED/USER_CHANGED_MIND', goods: 'free' }
const failed: YandexMarketEnd = { ...cancelled, market: 'CANCELLED/SHOP_FAILED' }

const express = { model: 'EXPRESS' } as const
const dbs = { model: 'DBS' } as const
const ownPoint = { model: 'DBS_PICKUP' } as const
const courier = { courier: { codes: ['right'] } } satisfies PlanPatch
const ownCourier = { delivery: { estimateMinutes: null } } satisfies PlanPatch
const counter = { pickup: { codeMadeBy: 'nobody' } } satisfies PlanPatch

/** A parcel that stays on the road until the buyer has had his say. */
const slowly = { ...ownCourier, delaysMs: { finish: 9_000 } } satisfies PlanPatch
const asksOnTheRoad = { cancellationRequestAt: 'delivery', cancellationRequestAfterMs: 500 } as const

const oneOffer = [{ offerId: 'LAMP-40W', name: 'Лампа 40 Вт', count: 2, price: '700.00' }]
const marked = [{ offerId: 'SHOES-42', name: 'Ботинки', count: 2, price: '4100.00', marking: 'CIS' as const }]

const decline = {
  returnDecision: { kind: 'decline', reason: 'MECHANICAL_DAMAGE', comment: 'Повреждено покупателем' },
} satisfies PlanPatch

/** A fault without what it is on. */
type Bare<F> = F extends { on: string } ? Omit<F, 'on' | 'operation'> : never

const onCall = (operation: string, fault: Bare<Extract<FaultInput, { on: 'call' }>>) =>
  ({ on: 'call', operation, ...fault }) as FaultInput
const onNotification = (fault: Bare<Extract<FaultInput, { on: 'notification' }>>) =>
  ({ on: 'notification', ...fault }) as FaultInput

/** Every life of an order of Yandex Market's, each for one order. Order numbers do not matter: all run side by side. */
const lives: Omit<YandexMarketScenario, 'marketplace'>[] = [
  { name: 'FBS', family: 'FBS', order: {}, end: byMarket },
  { name: 'FBS, a test order', family: 'FBS', order: { fake: true }, end: byMarket },
  {
    name: 'FBS, fewer units than ordered',
    family: 'FBS',
    order: {},
    staff: { composition: { kind: 'partial' } },
    end: byMarket,
  },
  {
    name: 'FBS, one line is missing',
    family: 'FBS',
    order: {},
    staff: { composition: { kind: 'line-missing', sku: 'MUG-350-WHITE' } },
    end: byMarket,
  },
  {
    name: 'FBS, fewer units of the only article',
    family: 'FBS',
    order: { lines: oneOffer },
    staff: { composition: { kind: 'partial' } },
    end: { ...failed, commands: ['external-id', 'CANCELLED/SHOP_FAILED'] },
  },
  {
    name: 'FBS, out of stock',
    family: 'FBS',
    order: {},
    stock: [],
    end: { ...failed, commands: ['CANCELLED/SHOP_FAILED'] },
  },
  {
    name: 'FBS, nothing can be found in the end',
    family: 'FBS',
    order: {},
    staff: { composition: { kind: 'all-missing' } },
    end: failed,
  },
  { name: 'FBS, marked goods', family: 'FBS', order: { lines: marked }, end: byMarket },
  {
    name: 'FBS, marking codes that cannot be checked at first',
    family: 'FBS',
    order: { lines: marked, script: { speeds: { codeCheckMs: 2_500 } } },
    end: byMarket,
  },
  { name: 'FBS, a box for each unit', family: 'FBS', order: {}, staff: { boxes: 'one-per-unit' }, end: byMarket },
  {
    name: 'FBS, marked goods in boxes of their own',
    family: 'FBS',
    order: { lines: marked },
    staff: { boxes: 'one-per-unit' },
    end: byMarket,
  },
  {
    name: 'FBS, the shipment is moved',
    family: 'FBS',
    order: { script: { dateChanges: [{ at: 'opened', afterMs: 300, kind: 'shipment' }] } },
    end: byMarket,
  },
  {
    name: 'FBS, the order opens later',
    family: 'FBS',
    order: { script: { opensAs: 'PENDING' } },
    end: byMarket,
  },
  {
    name: 'FBS, the order is paid later',
    family: 'FBS',
    order: { script: { opensAs: 'UNPAID' } },
    end: byMarket,
  },
  {
    name: 'FBS, the buyer cancels at once',
    family: 'FBS',
    order: { script: { cancelAt: 'opened' } },
    end: cancelled,
  },
  {
    name: 'FBS, the buyer cancels during assembly',
    family: 'FBS',
    order: { script: { cancelAt: 'opened', cancelAfterMs: 800 } },
    staff: { delaysMs: { pick: 600 } },
    end: cancelled,
  },
  {
    name: 'FBS, the buyer cancels what is ready',
    family: 'FBS',
    order: { script: { cancelAt: 'ready-to-ship', speeds: { shipMs: 10_000 } } },
    end: { ...cancelled, commands: FBS },
  },
  {
    name: 'FBS, the merchant cancels during assembly',
    family: 'FBS',
    order: {},
    staff: { cancel: { at: 'during-assembly', reason: 'technical_issues' } },
    end: failed,
  },
  {
    name: 'FBS, nobody fetches the parcel',
    family: 'FBS',
    order: { script: { unredeemed: { shipment: 'PICKED' } } },
    end: {
      ...cancelled,
      status: 'returned',
      market: 'CANCELLED/PICKUP_EXPIRED',
      commands: FBS,
      returns: [{ refund: null, shipment: 'PICKED' }],
    },
  },
  {
    name: 'FBS, nobody fetches the parcel, and no notification comes at all',
    family: 'FBS',
    order: {
      script: { unredeemed: { shipment: 'PICKED' } },
      faults: [onNotification({ fault: 'lose' })],
    },
    end: {
      ...cancelled,
      status: 'returned',
      market: 'CANCELLED/PICKUP_EXPIRED',
      commands: FBS,
      returns: [{ refund: null, shipment: 'PICKED' }],
    },
  },
  {
    name: 'FBS, a part of the parcel is not wanted',
    family: 'FBS',
    order: { script: { unredeemed: { lines: [{ offerId: 'MUG-350-WHITE', count: 1 }], shipment: 'PICKED' } } },
    end: { ...byMarket, status: 'partly-returned', returns: [{ refund: null, shipment: 'PICKED' }] },
  },
  {
    name: 'FBS, a return is agreed to',
    family: 'FBS',
    order: { script: { returns: [{}] } },
    end: {
      ...byMarket,
      status: 'returned',
      payment: 'refunded',
      goods: 'free',
      returns: [{ refund: 'REFUNDED', shipment: 'PICKED' }],
    },
  },
  {
    name: 'FBS, a return is declined',
    family: 'FBS',
    order: { script: { returns: [{ lines: [{ offerId: 'MUG-350-WHITE', count: 1 }] }] } },
    staff: decline,
    end: { ...byMarket, returns: [{ refund: 'REJECTED', shipment: 'CANCELLED' }] },
  },
  {
    name: 'FBS, a return is disputed, and the arbiter finds for the buyer',
    family: 'FBS',
    order: {
      script: { returns: [{ lines: [{ offerId: 'MUG-350-WHITE', count: 2 }], onDecline: 'dispute-for-buyer' }] },
    },
    staff: decline,
    end: {
      ...byMarket,
      status: 'partly-returned',
      payment: 'refunded',
      returns: [{ refund: 'REFUNDED', shipment: 'PICKED' }],
    },
  },
  {
    name: 'FBS, a return without a decision',
    family: 'FBS',
    order: { script: { returns: [{ decision: 'not-needed' }] } },
    end: {
      ...byMarket,
      status: 'returned',
      payment: 'refunded',
      goods: 'free',
      returns: [{ refund: 'REFUNDED', shipment: 'PICKED' }],
    },
  },
  {
    name: 'FBS, every message comes twice',
    family: 'FBS',
    order: { faults: [onNotification({ fault: 'duplicate' })] },
    backOfficeFaults: [{ on: 'event', fault: 'duplicate' }],
    end: byMarket,
  },
  {
    name: 'FBS, messages overtake each other',
    family: 'FBS',
    order: { faults: [onNotification({ fault: 'reorder', holdMs: 400, mode: 'shuffled', seed: 7 })] },
    backOfficeFaults: [{ on: 'event', fault: 'reorder' }],
    end: byMarket,
  },
  {
    name: 'FBS, no notification comes at all',
    family: 'FBS',
    order: { faults: [onNotification({ fault: 'lose' })] },
    end: byMarket,
  },
  {
    name: 'FBS, unknown notifications and fields',
    family: 'FBS',
    order: { faults: [onNotification({ fault: 'unknown-type', times: 2 }), onNotification({ fault: 'extra-fields' })] },
    end: byMarket,
  },
  {
    name: 'FBS, the order is announced before it can be read',
    family: 'FBS',
    order: { script: { visibleAfterMs: 1_500 } },
    end: byMarket,
  },
  {
    name: 'FBS, the Market loses answers',
    family: 'FBS',
    order: {
      faults: [
        onCall('updateExternalOrderId', { fault: 'lose-answer' }),
        onCall('setOrderBoxLayout', { fault: 'lose-answer' }),
        onCall('updateOrderStatus', { fault: 'lose-answer' }),
      ],
    },
    // A layout that was not answered may be sent again.
    end: withoutCommands(byMarket),
  },
  {
    name: 'FBS, the Market hangs',
    family: 'FBS',
    order: { faults: [onCall('updateOrderStatus', { fault: 'hang' }), onCall('getBusinessOrders', { fault: 'hang' })] },
    end: byMarket,
  },
  {
    name: 'FBS, the Market is out of order',
    family: 'FBS',
    order: {
      faults: [
        onCall('getBusinessOrders', { fault: 'answer', status: 503 }),
        onCall('setOrderBoxLayout', { fault: 'answer', status: 500, times: 2 }),
        onCall('updateOrderStatus', { fault: 'cut' }),
      ],
    },
    end: byMarket,
  },
  {
    name: 'FBS, the Market wants less to do',
    family: 'FBS',
    order: {
      faults: [
        onCall('getBusinessOrders', { fault: 'parallel-limit', times: 2 }),
        onCall('setOrderBoxLayout', { fault: 'resource-limit', waitMs: 1_500 }),
        onCall('updateOrderStatus', { fault: 'parallel-limit' }),
      ],
    },
    end: byMarket,
  },
  {
    name: 'FBS, the back office is down for a while',
    family: 'FBS',
    order: {},
    backOfficeFaults: [{ on: 'any', fault: 'answer', status: 503, times: 3 }],
    end: byMarket,
  },

  { name: 'Express', family: 'Express', order: express, staff: courier, end: byCourier },
  {
    name: 'Express, a wrong code first',
    family: 'Express',
    order: express,
    staff: { courier: { codes: ['wrong', 'right'] } },
    end: { ...byMarket, commands: [...FBS, 'eac', 'eac'] },
  },
  {
    name: 'Express, the courier is given another code',
    family: 'Express',
    order: { ...express, script: { courier: { isCodeOutdated: true } } },
    staff: { courier: { codes: ['right', 'next'] } },
    end: { ...byMarket, commands: [...FBS, 'eac', 'eac'] },
  },
  {
    name: 'Express, couriers are searched again and again',
    family: 'Express',
    order: { ...express, script: { courier: { searches: 3, duplicates: 1 } } },
    staff: courier,
    end: byCourier,
  },
  {
    name: 'Express, no courier is found',
    family: 'Express',
    order: { ...express, script: { courier: { isFound: false } } },
    staff: courier,
    end: { ...cancelled, market: 'CANCELLED/COURIER_NOT_FOUND', commands: FBS },
  },
  {
    name: 'Express, the buyer does not open the door',
    family: 'Express',
    order: { ...express, script: { unredeemed: { shipment: 'PICKED' } } },
    staff: courier,
    end: {
      ...cancelled,
      status: 'returned',
      market: 'CANCELLED/USER_REFUSED_PRODUCT',
      returns: [{ refund: null, shipment: 'PICKED' }],
    },
  },

  { name: 'DBS', family: 'DBS', order: dbs, staff: ownCourier, end: byUs },
  {
    name: 'DBS with a track code and another day',
    family: 'DBS',
    order: dbs,
    staff: { delivery: { ...ownCourier.delivery, trackCode: '80084390001231', rescheduleDays: 5 } },
    end: { ...byUs, commands: ['external-id', 'track', 'delivery-date', 'DELIVERY', 'DELIVERED'] },
  },
  {
    name: 'DBS, Yandex Delivery carries',
    family: 'DBS',
    order: { ...dbs, script: { isCarriedByYandex: true } },
    staff: { delivery: { ...ownCourier.delivery, finishedBy: 'marketplace' } },
    end: { ...byUs, commands: ['external-id', 'DELIVERY'] },
  },
  { name: 'DBS, own pick-up point', family: 'DBS', order: ownPoint, staff: counter, end: atOurPoint },
  {
    name: 'DBS, own pick-up point, kept for longer',
    family: 'DBS',
    order: ownPoint,
    staff: { pickup: { ...counter.pickup, extendDays: 5 }, delaysMs: { extend: 1_500, issue: 1_500 } },
    end: { ...atOurPoint, commands: ['external-id', 'DELIVERY', 'PICKUP', 'storage-limit', 'DELIVERED'] },
  },
  {
    name: 'DBS, marked goods',
    family: 'DBS',
    order: { ...dbs, lines: marked },
    staff: ownCourier,
    end: { ...byUs, commands: ['external-id', 'identifiers', 'DELIVERY', 'DELIVERED'] },
  },
  {
    name: 'DBS, one line is missing',
    family: 'DBS',
    order: dbs,
    staff: { ...ownCourier, composition: { kind: 'line-missing', sku: 'MUG-350-WHITE' } },
    end: { ...byUs, commands: ['external-id', 'items', 'DELIVERY', 'DELIVERED'] },
  },
  {
    name: 'DBS, the merchant cancels',
    family: 'DBS',
    order: dbs,
    staff: { ...ownCourier, cancel: { at: 'after-document', reason: 'technical_issues' } },
    end: failed,
  },
  {
    name: 'DBS, the buyer cancels before the delivery',
    family: 'DBS',
    order: { ...dbs, script: { cancelAt: 'opened', cancelAfterMs: 800 } },
    // Whoever hears of it late must not be on the road already.
    staff: { ...ownCourier, delaysMs: { pick: 2_000 } },
    end: cancelled,
  },
  {
    name: 'DBS, the buyer cancels on the road, and may',
    family: 'DBS',
    order: { ...dbs, script: asksOnTheRoad },
    staff: { ...slowly, bringsBack: true },
    end: { ...cancelled, commands: ['external-id', 'DELIVERY', 'cancellation-accepted'] },
  },
  {
    name: 'DBS, the buyer cancels on the road, and may not',
    family: 'DBS',
    order: { ...dbs, script: asksOnTheRoad },
    staff: { ...slowly, cancellationAnswer: 'in_delivery' },
    end: { ...byUs, commands: ['external-id', 'DELIVERY', 'cancellation-declined', 'DELIVERED'] },
  },
  {
    name: 'DBS, the buyer does not come to our pick-up point and cancels',
    family: 'DBS',
    order: { ...ownPoint, script: { cancellationRequestAt: 'pickup', cancellationRequestAfterMs: 300 } },
    staff: { pickup: { ...counter.pickup, customerComes: false } },
    end: { ...cancelled, commands: ['external-id', 'DELIVERY', 'PICKUP', 'cancellation-accepted'] },
  },
  {
    name: 'DBS, a return is agreed to',
    family: 'DBS',
    order: { ...dbs, script: { returns: [{}] } },
    staff: ownCourier,
    end: {
      ...byUs,
      status: 'returned',
      payment: 'refunded',
      goods: 'free',
      returns: [{ refund: 'REFUNDED', shipment: 'PICKED' }],
    },
  },
  {
    name: 'DBS, a return is declined',
    family: 'DBS',
    order: { ...dbs, script: { returns: [{ lines: [{ offerId: 'MUG-350-WHITE', count: 1 }] }] } },
    staff: { ...ownCourier, ...decline },
    end: { ...byUs, returns: [{ refund: 'REJECTED', shipment: 'CANCELLED' }] },
  },
  {
    name: 'DBS with a service, which is given',
    family: 'DBS',
    order: {
      ...dbs,
      lines: [{ offerId: 'WASHER-7KG', count: 1, price: '35990.00', service: 'INSTALL-WASHER' }],
      script: {
        services: [
          { at: 'delivery', status: 'CREATED' },
          { at: 'delivered', status: 'PROVIDED' },
        ],
      },
    },
    staff: ownCourier,
    end: byUs,
  },

  {
    name: 'keys',
    family: 'digital',
    order: { model: 'DIGITAL' },
    end: { ...byMarket, commands: ['digital-codes'] },
  },
  {
    name: 'a gift that the merchant hands over',
    family: 'digital',
    order: { model: 'DIGITAL', script: { digitalType: 'STEAM_GIFT' } },
    end: { ...byMarket, commands: ['DELIVERED'] },
  },
  {
    name: 'keys, the Market loses the answer',
    family: 'digital',
    order: { model: 'DIGITAL', faults: [onCall('provideOrderDigitalCodes', { fault: 'lose-answer' })] },
    end: { ...byMarket, commands: ['digital-codes'] },
  },

  {
    name: 'LaaS, the draft is confirmed',
    family: 'at the Market',
    order: { model: 'LAAS' },
    end: { ...notOurs, commands: ['PROCESSING/STARTED'] },
  },
  { name: 'FBY', family: 'at the Market', order: { model: 'FBY' }, end: notOurs },
  {
    name: 'FBY, a return is agreed to',
    family: 'at the Market',
    order: { model: 'FBY', script: { returns: [{ shipment: 'READY_FOR_PICKUP' }] } },
    end: { ...notOurs, payment: 'refunded', returns: [{ refund: 'REFUNDED', shipment: 'READY_FOR_PICKUP' }] },
  },

  {
    name: 'the buyer asks in the chat, and once more',
    family: 'talk',
    order: { script: { chats: [{ at: 'opened', messages: ['Когда отправите?'], replies: ['Спасибо!'] }] } },
    end: byMarket,
  },
  {
    name: 'the buyer writes a review and asks a question',
    family: 'talk',
    order: {
      script: {
        reviews: [{ at: 'delivered', rating: 3, text: 'Кружка со сколом', comments: ['У меня тоже'] }],
        questions: [{ at: 'opened', text: 'Фильтр снимается?', answers: ['Да'] }],
      },
    },
    end: byMarket,
  },
  {
    name: 'the Market loses the answer to a message',
    family: 'talk',
    order: {
      script: { chats: [{ at: 'opened', messages: ['Когда отправите?'] }] },
      faults: [onCall('sendMessageToChat', { fault: 'lose-answer' })],
    },
    end: byMarket,
  },
]

export const yandexMarketScenarios: YandexMarketScenario[] = lives.map((life) => ({
  marketplace: 'yandex-market',
  ...life,
}))

/** Where it depends on chance which of them took effect twice. */
function withoutCommands({ commands: _commands, ...end }: YandexMarketEnd): YandexMarketEnd {
  return end
}
