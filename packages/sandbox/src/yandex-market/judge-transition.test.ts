import { describe, expect, it } from 'vitest'
import { judgeTransition, type TransitionFacts } from './judge-transition.ts'
import type { Model } from './statuses.ts'

function judge(
  model: Model,
  state: string,
  wanted: string,
  facts: Partial<TransitionFacts> = {},
): { to: string } | { refused: string } {
  const [status = '', substatus = ''] = state.split('/')
  const [wantedStatus = '', wantedSubstatus] = wanted.split('/')
  const verdict = judgeTransition(
    {
      orderId: '5',
      model,
      fake: false,
      status: status as TransitionFacts['status'],
      substatus,
      codes: 'not-needed',
      isCarriedByYandex: false,
      digitalType: 'ACTIVATION_CODE',
      buyerWasCalled: false,
      ...facts,
    },
    { status: wantedStatus, ...(wantedSubstatus === undefined ? {} : { substatus: wantedSubstatus }) },
  )
  switch (verdict.kind) {
    case 'set':
      return { to: `${verdict.status}/${verdict.substatus}` }
    case 'operation':
      return { to: 'an operation' }
    case 'refused':
      return { refused: verdict.message }
  }
}

const STARTED = 'PROCESSING/STARTED'
const READY = 'PROCESSING/READY_TO_SHIP'
const DELIVERY = 'DELIVERY/DELIVERY_SERVICE_RECEIVED'
const PICKUP = 'PICKUP/PICKUP_SERVICE_RECEIVED'
const DELIVERED = 'DELIVERED/DELIVERY_SERVICE_DELIVERED'

describe('the seller may', () => {
  it.each<[Model, string, string, string, Partial<TransitionFacts>?]>([
    ['FBS', STARTED, READY, READY],
    ['EXPRESS', STARTED, READY, READY],
    ['FBS', STARTED, READY, READY, { codes: 'good' }],
    ['FBS', READY, 'PROCESSING/SHIPPED', 'PROCESSING/SHIPPED', { fake: true }],
    ['FBS', STARTED, 'CANCELLED/SHOP_FAILED', 'CANCELLED/SHOP_FAILED'],
    ['EXPRESS', READY, 'CANCELLED/SHOP_FAILED', 'CANCELLED/SHOP_FAILED'],
    ['DBS', STARTED, 'DELIVERY', DELIVERY],
    ['DBS', STARTED, DELIVERY, DELIVERY],
    ['DBS', DELIVERY, 'DELIVERED', DELIVERED],
    ['DBS_PICKUP', DELIVERY, 'PICKUP', PICKUP],
    ['DBS_PICKUP', PICKUP, 'DELIVERED', DELIVERED],
    ['DBS', STARTED, 'CANCELLED/INCORRECT_PERSONAL_DATA', 'CANCELLED/INCORRECT_PERSONAL_DATA'],
    ['DBS', DELIVERY, 'CANCELLED/USER_CHANGED_MIND', 'CANCELLED/USER_CHANGED_MIND'],
    ['DBS', DELIVERY, 'CANCELLED/USER_UNREACHABLE', 'CANCELLED/USER_UNREACHABLE', { buyerWasCalled: true }],
    ['DBS_PICKUP', PICKUP, 'CANCELLED/PICKUP_EXPIRED', 'CANCELLED/PICKUP_EXPIRED'],
    ['DIGITAL', STARTED, 'DELIVERED', DELIVERED, { digitalType: 'STEAM_GIFT' }],
    ['LAAS', 'RESERVED/STARTED', STARTED, STARTED],
    ['LAAS', STARTED, 'CANCELLED/SHOP_FAILED', 'an operation'],
  ])('take %s from %s by %s to %s', (model, from, wanted, to, facts) => {
    expect(judge(model, from, wanted, facts)).toEqual({ to })
  })
})

describe('the seller is refused', () => {
  it.each<[string, Model, string, string, string, Partial<TransitionFacts>?]>([
    ['what is there already', 'FBS', READY, READY, "No transition found: 'READY_TO_SHIP' -> 'READY_TO_SHIP'"],
    [
      'a parcel whose codes are missing',
      'FBS',
      STARTED,
      READY,
      "Transition 'STARTED' -> 'READY_TO_SHIP' is not allowed. Reason: Required instances are missing",
      { codes: 'missing' },
    ],
    [
      'a parcel whose codes are checked',
      'FBS',
      STARTED,
      READY,
      "Transition 'STARTED' -> 'READY_TO_SHIP' is not allowed. Reason: Instances are being validated",
      { codes: 'checking' },
    ],
    [
      'the Market its own step',
      'FBS',
      READY,
      'PROCESSING/SHIPPED',
      "No transition found: 'READY_TO_SHIP' -> 'SHIPPED'",
    ],
    [
      'a step that the Market takes',
      'FBS',
      READY,
      'DELIVERY',
      'No permission to set status DELIVERY for order 5 with status PROCESSING',
    ],
    [
      'whatever is cancelled',
      'FBS',
      'CANCELLED/USER_CHANGED_MIND',
      READY,
      'No permission to set status PROCESSING for order 5 with status CANCELLED',
    ],
    [
      'another reason',
      'FBS',
      STARTED,
      'CANCELLED/USER_CHANGED_MIND',
      "Cancellation request substatus 'USER_CHANGED_MIND' is not available for status 'PROCESSING'",
    ],
    [
      'what is shipped',
      'FBS',
      'PROCESSING/SHIPPED',
      'CANCELLED/SHOP_FAILED',
      'No permission to set status CANCELLED for order 5 with status PROCESSING',
    ],
    ['READY_TO_SHIP of a DBS order', 'DBS', STARTED, READY, "No transition found: 'STARTED' -> 'READY_TO_SHIP'"],
    [
      'a step over another',
      'DBS',
      STARTED,
      'DELIVERED',
      'No permission to set status DELIVERED for order 5 with status PROCESSING',
    ],
    [
      'a pick-up without a point',
      'DBS',
      DELIVERY,
      'PICKUP',
      'No permission to set status PICKUP for order 5 with status DELIVERY',
    ],
    [
      'a step over the point',
      'DBS_PICKUP',
      DELIVERY,
      'DELIVERED',
      'No permission to set status DELIVERED for order 5 with status DELIVERY',
    ],
    [
      'what Yandex Delivery carries',
      'DBS',
      DELIVERY,
      'DELIVERED',
      'No permission to set status DELIVERED for order 5 with status DELIVERY',
      { isCarriedByYandex: true },
    ],
    [
      'a buyer nobody called',
      'DBS',
      DELIVERY,
      'CANCELLED/USER_UNREACHABLE',
      "Transition 'DELIVERY' -> 'CANCELLED' is not allowed. Reason: Not enough calls to the buyer",
    ],
    [
      'keys that the Market hands over',
      'DIGITAL',
      STARTED,
      'DELIVERED',
      "Transition 'PROCESSING' -> 'DELIVERED' is not allowed. Reason: Digital codes are expected",
    ],
    [
      'anything of FBY',
      'FBY',
      STARTED,
      'CANCELLED/SHOP_FAILED',
      'No permission to set status CANCELLED for order 5 with status PROCESSING',
    ],
    ['a status of the Market', 'FBS', STARTED, 'UNPAID', "Status not allowed: 'UNPAID'"],
    ['a word nobody knows', 'FBS', STARTED, 'PROCESSING/TOMORROW', "Status not allowed: 'TOMORROW'"],
    [
      'what is not paid',
      'FBS',
      'UNPAID/WAITING_USER_INPUT',
      READY,
      'No permission to set status PROCESSING for order 5 with status UNPAID',
    ],
  ])('%s (%s in %s by %s)', (_what, model, from, wanted, refused, facts) => {
    expect(judge(model, from, wanted, facts)).toEqual({ refused })
  })
})
