import type { PlanPatch } from './back-office/plan.ts'
import type { OrderPlanInput } from './kuper/order-plan.ts'
import type { KuperEnd, KuperScenario } from './scenario.ts'

const D = ['order.in_work', 'order.assembled', 'order.ready_for_delivery']
const P = [...D, 'order.pickup_code_created', 'order.delivered']
const M = [...D, 'order.estimated_delivery_time', 'order.delivering', 'order.delivered']

const byKuper: KuperEnd = { status: 'delivered', payment: 'paid', kuper: 'shipped', reports: D, goods: 'used' }
const atCounter: KuperEnd = { status: 'delivered', payment: 'unpaid', kuper: 'shipped', reports: P, goods: 'used' }
const byUs: KuperEnd = { status: 'delivered', payment: 'paid', kuper: 'shipped', reports: M, goods: 'used' }
const cancelled: KuperEnd = { status: 'cancelled', kuper: 'canceled', goods: 'free' }

const pickup = { shipmentMethod: 'pickup' } as const
const ownCourier = { storeId: 'apteka-021', integrationKind: 'M' } as const
const restaurant = { storeId: 'pizza-003', restaurant: true } as const
const grocer = { storeId: 'grocer-005' } as const
const weighed = (id: string) => [
  { id: `${id}-cheese`, name: 'Сыр', quantity: 1, price: '900.00', weight: '1000' },
  { id: `${id}-bread`, name: 'Хлеб', quantity: 2, price: '55.00' },
]
const kuperCancels = (cancelAt: NonNullable<OrderPlanInput['script']>['cancelAt']) => ({ script: { cancelAt } })
const staffCancel = (at: NonNullable<PlanPatch['cancel']>['at']): PlanPatch => ({
  cancel: { at, reason: 'technical_issues' },
})

/** Every scenario of the design, each for one order. Order numbers do not matter: all run side by side. */
const lives: Omit<KuperScenario, 'marketplace'>[] = [
  { name: 'Kuper delivers', family: 'D', order: {}, end: byKuper },
  {
    name: 'courier comes before the store begins',
    family: 'D',
    order: { script: { courier: 'before-in-work' } },
    end: byKuper,
  },
  {
    name: 'courier is found after the payment',
    family: 'D',
    order: { script: { courier: 'after-paid' } },
    end: byKuper,
  },
  { name: 'courier is never announced', family: 'D', order: { script: { courier: 'none' } }, end: byKuper },
  {
    name: 'the store skips order.going_to and order.assembled',
    family: 'D',
    order: {},
    staff: { skipGoingTo: true, skipAssembled: true, pickLines: false, documentLines: 'when-changed' },
    end: byKuper,
  },
  {
    name: 'fewer units than ordered',
    family: 'D',
    order: {},
    staff: { composition: { kind: 'partial' } },
    end: byKuper,
  },
  {
    name: 'one line is missing',
    family: 'D',
    order: {},
    staff: { composition: { kind: 'line-missing' } },
    end: byKuper,
  },
  {
    name: 'weighed goods',
    family: 'D',
    order: { ...grocer, lines: weighed('w') },
    staff: { weightFactor: 1.1 },
    end: byKuper,
  },
  {
    name: 'an article is replaced',
    family: 'D',
    order: grocer,
    staff: { composition: { kind: 'replacement', replacedBy: '100999' } },
    end: byKuper,
  },
  {
    name: 'marked goods',
    family: 'D',
    order: { lines: [{ id: '200100', name: 'Лекарство с маркировкой', quantity: 2, price: '310.00', isMarked: true }] },
    staff: { markingCodes: true },
    end: byKuper,
  },
  {
    name: 'the delivery window changes',
    family: 'D',
    order: {
      script: {
        updates: [
          {
            at: 'in_work',
            kind: 'delivery',
            delivery: { expectedFrom: '2030-01-01T12:00:00+03:00', expectedTo: '2030-01-01T13:00:00+03:00' },
          },
        ],
      },
    },
    end: byKuper,
  },
  {
    name: 'the goods change before the store begins',
    family: 'D',
    order: { script: { updates: [{ at: 'created', lines: [{ id: '100312', quantity: 1, price: '149.00' }] }] } },
    staff: { delaysMs: { go: 1_500 } },
    end: byKuper,
  },
  {
    name: 'the customer comes herself after all',
    family: 'D',
    order: { script: { updates: [{ at: 'created', shipmentMethod: 'pickup' }] } },
    staff: { delaysMs: { go: 1_000 } },
    end: atCounter,
  },
  {
    name: 'the customer wants a courier after all',
    family: 'D',
    order: { ...pickup, script: { updates: [{ at: 'created', shipmentMethod: 'by_courier' }] } },
    staff: { delaysMs: { go: 1_000 } },
    end: byKuper,
  },
  {
    name: 'the goods change while they are picked',
    family: 'D',
    order: { script: { updates: [{ at: 'in_work', lines: [{ id: '100312', quantity: 1, price: '149.00' }] }] } },
    staff: { delaysMs: { pick: 1_500 } },
    end: byKuper,
  },
  {
    name: 'every message comes twice',
    family: 'D',
    order: { faults: [{ on: 'webhook', fault: 'duplicate' }] },
    backOfficeFaults: [{ on: 'event', fault: 'duplicate' }],
    end: byKuper,
  },
  {
    name: 'messages overtake each other',
    family: 'D',
    order: { faults: [{ on: 'webhook', fault: 'reorder', holdMs: 400, mode: 'shuffled', seed: 7 }] },
    backOfficeFaults: [{ on: 'event', fault: 'reorder' }],
    end: byKuper,
  },
  {
    name: 'courier and payment are told late',
    family: 'D',
    order: {
      faults: [
        { on: 'webhook', fault: 'delay', eventType: 'courier.assigned', delayMs: 4_000 },
        { on: 'webhook', fault: 'delay', eventType: 'order.paid', delayMs: 3_000 },
      ],
    },
    end: byKuper,
  },
  {
    name: 'unknown events and fields',
    family: 'D',
    order: {
      faults: [
        { on: 'webhook', fault: 'unknown-event', times: 1 },
        { on: 'webhook', fault: 'extra-fields' },
      ],
    },
    end: byKuper,
  },
  {
    name: 'the order is named by its UUID',
    family: 'D',
    order: { faults: [{ on: 'webhook', fault: 'name-by', key: 'orderUUID' }] },
    end: byKuper,
  },
  {
    name: 'the order is named by our number',
    family: 'D',
    order: { faults: [{ on: 'webhook', fault: 'name-by', key: 'number' }] },
    end: byKuper,
  },
  {
    name: 'Kuper loses an answer',
    family: 'D',
    order: { faults: [{ on: 'notification', type: 'order.ready_for_delivery', fault: 'lose-answer' }] },
    end: byKuper,
  },
  {
    name: 'Kuper hangs',
    family: 'D',
    order: { faults: [{ on: 'notification', type: 'order.in_work', fault: 'hang' }] },
    end: byKuper,
  },
  {
    name: 'Kuper is out of order',
    family: 'D',
    order: {
      faults: [
        { on: 'notification', type: 'order.in_work', fault: 'answer', status: 500, times: 2 },
        { on: 'notification', type: 'order.assembled', fault: 'answer', status: 429 },
        { on: 'notification', type: 'order.ready_for_delivery', fault: 'answer', status: 401 },
      ],
    },
    end: byKuper,
  },
  {
    name: 'the back office is slow',
    family: 'D',
    order: {},
    backOfficeFaults: [{ on: 'reserve', fault: 'slow', delayMs: 1_000 }],
    end: byKuper,
  },
  {
    name: 'the back office is down for a while',
    family: 'D',
    order: {},
    backOfficeFaults: [{ on: 'any', fault: 'answer', status: 503, times: 3 }],
    end: byKuper,
  },
  {
    name: 'the back office loses an answer',
    family: 'D',
    order: {},
    backOfficeFaults: [{ on: 'reserve', fault: 'lose-answer' }],
    end: byKuper,
  },

  { name: 'pickup, our code', family: 'P', order: pickup, end: atCounter },
  {
    name: 'pickup, paid through Kuper',
    family: 'P',
    order: { ...pickup, script: { paidThroughKuper: true } },
    staff: { pickup: { waitsForPaid: true } },
    end: { ...atCounter, payment: 'paid' },
  },
  {
    name: 'pickup, wrong code at the counter',
    family: 'P',
    order: pickup,
    staff: { pickup: { firstCode: 'wrong' } },
    end: atCounter,
  },
  {
    name: 'pickup, no code at the counter',
    family: 'P',
    order: pickup,
    staff: { pickup: { firstCode: 'missing' } },
    end: atCounter,
  },
  {
    name: 'pickup, code of the back office, sent before ready',
    family: 'P',
    order: { ...pickup, storeId: 'apteka-033' },
    staff: { pickup: { codeMadeBy: 'back-office', codeAt: 'before-document' } },
    end: {
      ...atCounter,
      reports: [
        'order.in_work',
        'order.assembled',
        'order.pickup_code_created',
        'order.ready_for_delivery',
        'order.delivered',
      ],
    },
  },
  { name: 'pickup at a store with own couriers', family: 'P', order: { ...pickup, ...ownCourier }, end: atCounter },

  { name: 'our courier delivers', family: 'M', order: ownCourier, end: byUs },
  {
    name: 'our courier delivers without an estimate',
    family: 'M',
    order: ownCourier,
    staff: { delivery: { estimateMinutes: null } },
    end: { ...byUs, reports: M.filter((type) => type !== 'order.estimated_delivery_time') },
  },
  {
    name: 'our courier delivers less',
    family: 'M',
    order: ownCourier,
    staff: { composition: { kind: 'partial' } },
    end: byUs,
  },

  { name: 'restaurant', family: 'R', order: restaurant, end: { ...byKuper, reports: ['order.accepted', ...D] } },

  { name: 'out of stock', family: 'X', order: {}, stock: [], end: { ...cancelled, reports: ['order.canceled'] } },
  {
    name: 'too little stock',
    family: 'X',
    order: {},
    stock: [{ quantity: 1, expiresOn: '2035-01-01' }],
    end: { ...cancelled, reports: ['order.canceled'] },
  },
  {
    name: 'stock expires too soon',
    family: 'X',
    order: {},
    stock: [{ quantity: 50, expiresOn: inDays(10) }],
    end: { ...cancelled, reports: ['order.canceled'] },
  },
  {
    name: 'somebody else takes the goods',
    family: 'X',
    order: {},
    backOfficeFaults: [{ on: 'reserve', fault: 'short' }],
    end: { ...cancelled, reports: ['order.canceled'] },
  },
  {
    name: 'the grocer goes on with what there is',
    family: 'X',
    order: grocer,
    stock: [{ quantity: 1, expiresOn: '2035-01-01' }],
    end: byKuper,
  },
  {
    name: 'nothing can be found in the end',
    family: 'X',
    order: {},
    staff: { composition: { kind: 'all-missing' } },
    end: cancelled,
  },

  {
    name: 'Kuper cancels before it creates',
    family: 'C',
    order: kuperCancels('before-created'),
    end: { ...cancelled, reports: [] },
  },
  { name: 'Kuper cancels at once', family: 'C', order: kuperCancels('created'), end: cancelled },
  { name: 'Kuper cancels during assembly', family: 'C', order: kuperCancels('in_work'), end: cancelled },
  {
    name: 'Kuper cancels when the courier is found',
    family: 'C',
    order: kuperCancels('courier.assigned'),
    end: cancelled,
  },
  { name: 'Kuper cancels after assembly', family: 'C', order: kuperCancels('ready_for_delivery'), end: cancelled },
  {
    name: 'Kuper cancels after the payment',
    family: 'C',
    order: kuperCancels('paid'),
    end: { ...cancelled, payment: 'refunding' },
  },
  {
    name: 'Kuper cancels what its courier has',
    family: 'C',
    // Not in the same moment: which of two webhooks is recorded first is then anybody's guess, and so is what is done.
    order: { script: { cancelAt: 'received', cancelAfterMs: 1_000, speeds: { deliveringMs: 5_000 } } },
    end: { ...cancelled, goods: 'used', attention: ['cancelled-after-leaving'] },
  },
  {
    name: 'Kuper cancels a pickup that is ready',
    family: 'C',
    order: { ...pickup, ...kuperCancels('ready_to_ship') },
    staff: { pickup: { customerComes: false } },
    end: { ...cancelled, payment: 'unpaid' },
  },
  {
    name: 'Kuper cancels before our courier leaves',
    family: 'C',
    order: { ...ownCourier, ...kuperCancels('paid') },
    staff: { delaysMs: { start: 3_000 } },
    end: { ...cancelled, payment: 'refunding' },
  },
  {
    name: 'the merchant cancels a pickup nobody comes for',
    family: 'C',
    order: pickup,
    staff: { ...staffCancel('after-document'), pickup: { customerComes: false }, delaysMs: { cancel: 1_000 } },
    end: { ...cancelled, payment: 'unpaid' },
  },
  {
    name: 'the restaurant cancels while it cooks',
    family: 'C',
    order: restaurant,
    staff: staffCancel('during-assembly'),
    end: cancelled,
  },
  {
    name: 'the merchant cancels before assembly',
    family: 'C',
    order: {},
    staff: staffCancel('before-assembly'),
    end: { ...cancelled, reports: ['order.canceled'] },
  },
  {
    name: 'the merchant cancels during assembly',
    family: 'C',
    order: {},
    staff: staffCancel('during-assembly'),
    end: cancelled,
  },
  {
    name: 'the merchant cancels after assembly',
    family: 'C',
    order: {},
    staff: staffCancel('after-document'),
    end: cancelled,
  },
  {
    name: 'the merchant cancels after the payment',
    family: 'C',
    order: { script: { speeds: { receivedMs: 3_000 } } },
    staff: staffCancel('after-paid'),
    end: { ...cancelled, payment: 'refunding' },
  },
  {
    name: 'the merchant cancels what the courier has',
    family: 'C',
    order: {},
    staff: staffCancel('after-taken'),
    end: byKuper,
  },
  {
    name: 'the merchant cancels on its own way',
    family: 'C',
    order: ownCourier,
    staff: { ...staffCancel('during-delivery'), delaysMs: { finish: 3_000 } },
    end: cancelled,
  },
]

export const kuperScenarios: KuperScenario[] = lives.map((life) => ({ marketplace: 'kuper', ...life }))

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}
