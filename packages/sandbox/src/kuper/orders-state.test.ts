import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  type Flow,
  flowOf,
  judge,
  type KuperState,
  NOTIFICATION_TYPES,
  type NotificationType,
} from './orders-state.ts'

const OFFICIAL: Dialect = {
  repeatStatus: 202,
  acceptedState: 'ready',
  assembledState: 'collecting',
  pickupCodeAfterReady: false,
}
const STATES = ['ready', 'collecting', 'ready_to_ship', 'shipping', 'shipped', 'canceled'] as const

/** Specification 6.6, row by row; a state in a cell means 200 and that state afterwards, null means 422. */
const TABLE: [type: NotificationType, flow: Flow, cells: (KuperState | null)[]][] = [
  ['order.accepted', 'D', ['ready', null, null, null, null, null]],
  ['order.in_work', 'D', ['collecting', null, null, null, null, null]],
  ['order.assembled', 'D', [null, 'collecting', null, null, null, null]],
  ['order.pickup_code_created', 'P', ['ready', 'collecting', null, null, null, null]],
  ['order.ready_for_delivery', 'D', [null, 'collecting', null, null, null, null]],
  ['order.estimated_delivery_time', 'M', [null, null, 'ready_to_ship', 'shipping', null, null]],
  ['order.delivering', 'M', [null, null, 'shipping', null, null, null]],
  ['order.delivered', 'P', [null, null, 'shipped', null, null, null]],
  ['order.delivered', 'M', [null, null, 'shipped', 'shipped', null, null]],
  ['order.canceled', 'M', ['canceled', 'canceled', 'canceled', 'canceled', null, null]],
  ['order.canceled', 'D', ['canceled', 'canceled', 'canceled', null, null, null]],
  ['order.canceled', 'P', ['canceled', 'canceled', 'canceled', null, null, null]],
]

const cases = TABLE.flatMap(([type, flow, cells]) =>
  STATES.map((state, column) => ({ type, flow, state, next: cells[column] ?? null })),
)

describe('the endpoint judges a first notification by the state of the order', () => {
  it.each(cases)('$flow $type in $state -> $next', ({ type, flow, state, next }) => {
    const verdict = judge(type, { flow, state, wasProcessed: false }, OFFICIAL)
    if (next === null) expect(verdict).toEqual({ status: 422, reason: 'state' })
    else expect(verdict).toMatchObject({ status: 200, state: next })
  })

  it('order.ready_for_delivery takes effect later', () => {
    const order = { flow: 'D', state: 'collecting', wasProcessed: false } as const
    expect(judge('order.ready_for_delivery', order, OFFICIAL)).toMatchObject({ later: 'ready_to_ship' })
  })
})

describe('the integration type comes before the state', () => {
  const wrong: [NotificationType, Flow][] = [
    ['order.delivering', 'D'],
    ['order.delivering', 'P'],
    ['order.delivered', 'D'],
    ['order.pickup_code_created', 'D'],
    ['order.pickup_code_created', 'M'],
    ['order.estimated_delivery_time', 'D'],
    ['order.estimated_delivery_time', 'P'],
    ...NOTIFICATION_TYPES.map((type): [NotificationType, Flow] => [type, 'none']),
  ]
  it.each(wrong)('%s under %s is 405 in every state', (type, flow) => {
    for (const state of STATES) expect(judge(type, { flow, state, wasProcessed: true }, OFFICIAL).status).toBe(405)
  })
})

describe('dialects', () => {
  it('a repeat is 202 or 422, whatever the state', () => {
    for (const state of STATES) {
      const order = { flow: 'D', state, wasProcessed: true } as const
      expect(judge('order.in_work', order, OFFICIAL)).toEqual({ status: 202 })
      expect(judge('order.in_work', order, { ...OFFICIAL, repeatStatus: 422 }).status).toBe(422)
    }
  })

  it('a pickup code after ready_to_ship is taken when the dialect is lenient', () => {
    const order = { flow: 'P', state: 'ready_to_ship', wasProcessed: false } as const
    const verdict = judge('order.pickup_code_created', order, { ...OFFICIAL, pickupCodeAfterReady: true })
    expect(verdict).toEqual({ status: 200, state: 'ready_to_ship' })
  })

  it('the states accepted and assembled can be shown and are passed through', () => {
    const dialect: Dialect = { ...OFFICIAL, acceptedState: 'accepted', assembledState: 'assembled' }
    const at = (type: NotificationType, state: KuperState) =>
      judge(type, { flow: 'D', state, wasProcessed: false }, dialect)
    expect(at('order.accepted', 'ready')).toMatchObject({ state: 'accepted' })
    expect(at('order.in_work', 'accepted')).toMatchObject({ state: 'collecting' })
    expect(at('order.assembled', 'collecting')).toMatchObject({ state: 'assembled' })
    expect(at('order.ready_for_delivery', 'assembled')).toMatchObject({ status: 200 })
    expect(at('order.canceled', 'assembled')).toMatchObject({ state: 'canceled' })
  })

  it('pickup belongs to the order, D and M to the store', () => {
    expect(flowOf('D', 'by_courier')).toBe('D')
    expect(flowOf('M', 'something_new')).toBe('M')
    expect(flowOf('M', 'pickup')).toBe('P')
    expect(flowOf('accounting', 'pickup')).toBe('none')
  })
})
