import type { HttpResult } from '@sluice/outbound'
import { describe, expect, test } from 'vitest'
import {
  type Answer,
  classifyAnswer,
  classifyBeforeRepeat,
  classifyByState,
  classifyState,
  type LookUp,
  type StateRead,
  unwrapAnswer,
} from './classify.ts'
import type { KuperStep } from './notification.ts'

const answered = (status: number, body?: unknown): HttpResult => ({
  kind: 'answered',
  status,
  headers: {},
  body,
})
const state = (name: string): StateRead => ({ kind: 'state', state: name })
const errors = (status: number, message: string) => ({
  code: status,
  errors: [{ type: null, field: 'event.type', message }],
})

describe('an answer to a notification', () => {
  test.each<[string, KuperStep, Answer, object]>([
    ['200', 'in_work', answered(200, {}), { kind: 'done' }],
    ['200 without body', 'in_work', answered(200), { kind: 'done' }],
    ['202, processed before', 'in_work', answered(202), { kind: 'done' }],
    [
      '401 after a new token',
      'in_work',
      answered(401, errors(401, 'unauthorized')),
      { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 401 },
    ],
    [
      '403 after a new token',
      'in_work',
      answered(403),
      { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 403 },
    ],
    ['404', 'in_work', answered(404), { kind: 'look-up', status: 404 }],
    [
      '422',
      'in_work',
      answered(422, errors(422, 'no')),
      { kind: 'look-up', status: 422, detail: '422 event.type: no' },
    ],
    ['405', 'delivering', answered(405, errors(405, 'no')), { kind: 'refused', fault: 'ours', status: 405 }],
    ['400', 'ready', answered(400, 'bad'), { kind: 'refused', fault: 'ours', status: 400, detail: '400 bad' }],
    ['409', 'ready', answered(409), { kind: 'refused', fault: 'ours', status: 409 }],
    ['a redirect', 'ready', answered(302), { kind: 'refused', fault: 'ours', status: 302 }],
    ['408', 'ready', answered(408), { kind: 'unavailable', cause: 'timeout', isUnclear: true }],
    ['422 to an estimate', 'estimated_delivery', answered(422), { kind: 'look-up', status: 422 }],
    ['404 to an estimate', 'estimated_delivery', answered(404), { kind: 'refused', fault: 'data', status: 404 }],
    ['405 to an estimate', 'estimated_delivery', answered(405), { kind: 'refused', fault: 'data', status: 405 }],
    ['401 to an estimate', 'estimated_delivery', answered(401), { kind: 'unavailable', cause: 'credentials' }],
    ['200 with code 422', 'in_work', answered(200, { code: 422, errors: [] }), { kind: 'look-up', status: 422 }],
    ['200 with code 400', 'in_work', answered(200, { code: 400 }), { kind: 'refused', fault: 'ours', status: 400 }],
    ['200 with code 401', 'in_work', answered(200, { code: 401 }), { kind: 'unavailable', cause: 'credentials' }],
    ['200 with code 429', 'in_work', answered(200, { code: 429 }), { kind: 'unavailable', cause: 'rate-limited' }],
    ['200 with code 500', 'in_work', answered(200, { code: 500 }), { cause: '5xx', isUnclear: true }],
    ['200 with code 200', 'in_work', answered(200, { code: 200 }), { kind: 'done' }],
    ['200 with code "ok"', 'in_work', answered(200, { code: 'ok' }), { kind: 'done' }],
    [
      'a time-out after sending',
      'ready',
      { kind: 'unavailable', cause: 'timeout', isUnclear: true },
      { kind: 'unavailable', cause: 'timeout', isUnclear: true, detail: 'timeout: no answer' },
    ],
    [
      '429 of the gateway',
      'ready',
      {
        kind: 'unavailable',
        cause: 'rate-limited',
        isUnclear: false,
        status: 429,
        retryAfterMs: 3_000,
        body: { error: { type: 'too-many-requests', title: 'Too many requests.', status: 429 } },
      },
      {
        kind: 'unavailable',
        cause: 'rate-limited',
        isUnclear: false,
        status: 429,
        retryAfterMs: 3_000,
        detail: 'rate-limited: 429 Too many requests.',
      },
    ],
    [
      'an open breaker',
      'ready',
      { kind: 'not-tried', cause: 'breaker-open', waitMs: 5 },
      { kind: 'not-tried', cause: 'breaker-open', waitMs: 5 },
    ],
    [
      'no token to be had',
      'ready',
      { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 401, detail: 'token: 401 unauthorized' },
      { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 401, detail: 'token: 401 unauthorized' },
    ],
  ])('%s (%s)', (_name, step, answer, outcome) => {
    const unwrapped = 'detail' in answer || answer.kind === 'not-tried' ? answer : unwrapAnswer(answer)
    expect(classifyAnswer(step, unwrapped)).toMatchObject(outcome)
  })

  test('details carry no personal data and are bounded', () => {
    const outcome = classifyAnswer('ready', answered(400, `+79000000001 ${'x'.repeat(5_000)}`))
    expect(outcome).toMatchObject({ detail: expect.stringMatching(/^400 \*\*\* x{200,}$/) })
    expect(outcome.kind === 'refused' && outcome.detail.length).toBeLessThanOrEqual(300)
  })
})

describe('a 422 in the light of the state', () => {
  const lookUp: LookUp = { kind: 'look-up', status: 422, detail: '422 no' }
  const done = { kind: 'already-done' }
  const cancelledThere = { kind: 'cancelled-there' }
  const tooEarly = { kind: 'too-early' }
  const refused = { kind: 'refused', fault: 'data', status: 422 }
  const soon = { wasUnclear: false, sinceReadyMs: 59_999 }
  const late = { wasUnclear: false, sinceReadyMs: 60_000 }
  const unclear = { wasUnclear: true }
  const plain = { wasUnclear: false }

  test.each<[KuperStep, string, typeof plain & { sinceReadyMs?: number }, object]>([
    ['accepted', 'ready', plain, refused],
    ['accepted', 'accepted', plain, done],
    ['accepted', 'collecting', plain, done],
    ['accepted', 'ready', unclear, done],
    ['in_work', 'ready', plain, refused],
    ['in_work', 'ready', unclear, refused],
    ['in_work', 'collecting', plain, done],
    ['in_work', 'assembled', plain, done],
    ['in_work', 'shipped', plain, done],
    ['in_work', 'canceled', plain, cancelledThere],
    ['in_work', 'on_the_moon', plain, refused],
    ['assembled', 'collecting', plain, refused],
    ['assembled', 'collecting', unclear, done],
    ['assembled', 'ready_to_ship', plain, done],
    ['pickup_code', 'ready_to_ship', plain, refused],
    ['pickup_code', 'ready_to_ship', unclear, done],
    ['pickup_code', 'canceled', unclear, cancelledThere],
    ['ready', 'collecting', plain, refused],
    ['ready', 'ready_to_ship', plain, done],
    ['ready', 'shipping', plain, done],
    ['ready', 'canceled', plain, cancelledThere],
    ['estimated_delivery', 'collecting', soon, tooEarly],
    ['estimated_delivery', 'collecting', late, refused],
    ['estimated_delivery', 'ready_to_ship', soon, refused],
    ['estimated_delivery', 'canceled', soon, cancelledThere],
    ['delivering', 'collecting', soon, tooEarly],
    ['delivering', 'ready_to_ship', soon, tooEarly],
    ['delivering', 'on_the_moon', soon, tooEarly],
    ['delivering', 'collecting', late, refused],
    ['delivering', 'collecting', plain, refused],
    ['delivering', 'shipping', soon, done],
    ['delivered', 'collecting', soon, tooEarly],
    ['delivered', 'shipping', late, refused],
    ['delivered', 'shipped', late, done],
    ['delivered', 'canceled', soon, cancelledThere],
    ['canceled', 'canceled', soon, done],
    ['canceled', 'collecting', soon, tooEarly],
    ['canceled', 'collecting', late, refused],
    ['canceled', 'shipping', soon, { kind: 'declined', state: 'shipping' }],
    ['canceled', 'shipped', plain, { kind: 'declined', state: 'shipped' }],
    ['canceled', 'shipped', unclear, { kind: 'declined', state: 'shipped' }],
    ['canceled', 'on_the_moon', plain, refused],
  ])('%s in %s %j', (step, name, context, outcome) => {
    expect(classifyByState(step, lookUp, state(name), context)).toMatchObject(outcome)
  })

  test('an order unknown to Kuper is refused', () => {
    expect(classifyByState('in_work', lookUp, { kind: 'unknown-order' }, unclear)).toMatchObject(refused)
  })

  test.each<[string, StateRead, object]>([
    [
      'down',
      {
        kind: 'unreadable',
        outcome: { kind: 'unavailable', cause: 'timeout', isUnclear: true, detail: 'timeout: no answer' },
      },
      {
        kind: 'unavailable',
        cause: 'timeout',
        isUnclear: false,
        detail: '422 no; its state could not be read: timeout: no answer',
      },
    ],
    [
      'not tried',
      { kind: 'unreadable', outcome: { kind: 'not-tried', cause: 'breaker-open', waitMs: 700 } },
      { kind: 'unavailable', isUnclear: false, retryAfterMs: 700 },
    ],
    [
      'refused for good',
      { kind: 'unreadable', outcome: { kind: 'refused', fault: 'ours', status: 405, detail: '405' } },
      refused,
    ],
  ])('a state that is %s', (_name, read, outcome) => {
    expect(classifyByState('in_work', lookUp, read, plain)).toMatchObject(outcome)
    expect(classifyByState('estimated_delivery', lookUp, read, plain)).toMatchObject(refused)
  })
})

describe('a 404 in the light of the state', () => {
  const lookUp: LookUp = { kind: 'look-up', status: 404, detail: '404' }
  test.each<[KuperStep, StateRead, object]>([
    ['in_work', { kind: 'unknown-order' }, { kind: 'refused', fault: 'data', status: 404 }],
    ['in_work', state('ready'), { kind: 'refused', fault: 'ours', status: 404 }],
    ['in_work', state('collecting'), { kind: 'already-done' }],
    ['in_work', state('canceled'), { kind: 'cancelled-there' }],
    ['canceled', state('canceled'), { kind: 'already-done' }],
    ['canceled', state('shipped'), { kind: 'refused', fault: 'ours' }],
  ])('%s %j', (step, read, outcome) => {
    expect(classifyByState(step, lookUp, read, { wasUnclear: false, sinceReadyMs: 1 })).toMatchObject(outcome)
  })
})

test.each<[KuperStep, StateRead, object | undefined]>([
  ['in_work', state('ready'), undefined],
  ['in_work', state('collecting'), { kind: 'already-done' }],
  ['ready', state('canceled'), { kind: 'cancelled-there' }],
  ['canceled', state('canceled'), { kind: 'already-done' }],
  ['canceled', state('shipping'), undefined],
  ['in_work', { kind: 'unknown-order' }, undefined],
  ['in_work', { kind: 'unreadable', outcome: { kind: 'refused', fault: 'ours', status: 405, detail: '' } }, undefined],
  [
    'in_work',
    { kind: 'unreadable', outcome: { kind: 'not-tried', cause: 'rate-budget', waitMs: 5 } },
    { kind: 'not-tried', waitMs: 5 },
  ],
])('before repeating %s: %j', (step, read, outcome) => {
  const settled = classifyBeforeRepeat(step, read)
  if (outcome) expect(settled).toMatchObject(outcome)
  else expect(settled).toBeUndefined()
})

test.each<[string, Answer, object]>([
  [
    'a state',
    answered(200, { status: 'success', data: { state: 'ready_to_ship', paymentState: 'paid' } }),
    { kind: 'state', state: 'ready_to_ship' },
  ],
  ['a state that nobody knows', answered(200, { data: { state: 'new' } }), { kind: 'state', state: 'new' }],
  ['no data', answered(200, { data: null }), { kind: 'unreadable', outcome: { kind: 'refused', fault: 'theirs' } }],
  ['404', answered(404), { kind: 'unknown-order' }],
  ['nothing useful', answered(200, 'hello'), { kind: 'unreadable', outcome: { kind: 'refused', fault: 'theirs' } }],
  ['401', answered(401), { kind: 'unreadable', outcome: { kind: 'unavailable', cause: 'credentials' } }],
  ['422', answered(422), { kind: 'unreadable', outcome: { kind: 'refused', fault: 'ours', status: 422 } }],
])('the state read from %s', (_name, answer, expected) => {
  expect(classifyState(answer)).toMatchObject(expected)
})
