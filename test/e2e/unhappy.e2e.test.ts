import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../packages/testkit/src/index.ts'
import { findTrafficFaults } from './check-traffic.ts'
import { type RunningStack, scenarioNamed, startRunningStack, withinSeconds } from './running-stack.ts'

let stack: RunningStack

beforeAll(async () => {
  stack = await startRunningStack({})
})
afterAll(() => stack?.stop())

const byKuper = scenarioNamed('Kuper delivers')
const pickup = scenarioNamed('pickup, our code')
const cancelled = scenarioNamed('Kuper cancels during assembly')

describe('what goes wrong between people and systems', () => {
  test.concurrent('a back office that is down for longer than the first waits costs nobody anything but time', async () => {
    const number = 'KU-H2040000001'
    const [fault] = await stack.backOffice.addFaults({
      on: 'any',
      orderNumber: number,
      fault: 'answer',
      status: 503,
      times: 'always',
    })
    const order = await stack.place(byKuper, 'H2040000001')
    await withinSeconds(10, async () => expect((await attemptsOf(number, 'reserve-stock')).length).toBe(4))
    await stack.backOffice.removeFault(fault!)
    await stack.ended([order])
    expect(await lettersOf(number)).toEqual([])
  })

  test.concurrent('more than was ordered is refused until the back office corrects itself', async () => {
    const lines = (quantity: number) => [
      { sku: '100245', quantity },
      { sku: '100312', quantity: 1 },
    ]
    const order = await stack.place(
      { ...byKuper, staff: { composition: { kind: 'exact', lines: lines(5) } } },
      'H2040000002',
    )
    await eventually(async () => {
      const found = await stack.ledger.findOrderByNumber(order.number)
      expect(found?.attention['composition-refused']).toContain('5 is more than the 2 ordered')
      expect((await stack.backOffice.findOrder(order.number))?.heard).toContain('composition.refused')
    })
    expect((await stack.kuper.getOrder('H2040000002')).processed).not.toContain('order.ready_for_delivery')
    const corrected = { type: 'document.created', orderNumber: order.number, documentNumber: 'SALE-CORRECTED' }
    const answer = await stack.sendBackOfficeEvents({ ...corrected, id: 'correction-1', lines: lines(2) })
    expect(answer.status).toBe(202)
    await stack.ended([order])
  })

  test.concurrent('a cancellation of ours that Kuper declines is told, and the order goes on', async () => {
    const late = ['order.received', 'order.delivering', 'order.delivered'].map(
      (eventType) => ({ on: 'webhook', fault: 'delay', eventType, delayMs: 2_500 }) as const,
    )
    const order = await stack.place(
      {
        ...byKuper,
        order: { faults: late, script: { speeds: { deliveringMs: 3_000 } } },
        staff: { cancel: { at: 'after-paid', reason: 'technical_issues' }, delaysMs: { cancel: 1_000 } },
        end: { ...byKuper.end, attention: ['cancellation-declined'] },
      },
      'H2040000003',
    )
    await stack.ended([order], { isTolerated })
    expect((await stack.backOffice.findOrder(order.number))?.heard).toContain('cancellation.declined')
  })
})

describe('what a destination refuses for good', () => {
  test.concurrent('a report that Kuper refuses is a dead letter; only its lane waits, until somebody tries again', async () => {
    const id = 'H2000000001'
    const [fault] = await stack.kuper.addFaults({
      on: 'notification',
      type: 'order.assembled',
      orderId: id,
      fault: 'answer',
      status: 422,
      reason: 'field',
      times: 'always',
    })
    const refused = await stack.place(byKuper, id)
    const other = await stack.place(byKuper, 'H2000000002')

    const letter = await letterOf(refused.number)
    expect(letter).toMatchObject({
      fault: 'data',
      attempts: 1,
      effect: { key: 'notify-marketplace/assembled', lane: 'marketplace', isBlocking: true },
    })
    expect(letter.error).toContain('422 event.payload.order_id: sandbox fault')
    await stack.ended([other])
    await eventually(async () => {
      const order = await stack.ledger.findOrderByNumber(refused.number)
      expect(order?.attention).toHaveProperty('effect-dead')
      expect(order?.effects['tell-back-office/courier.arrived']?.status).toBe('done')
      expect(order?.effects['notify-marketplace/ready']?.status).toBe('waiting')
    })
    expect((await stack.kuper.getOrder(id)).processed).toEqual(['order.in_work'])

    await stack.kuper.removeFault(fault!)
    expect(await revive(letter.id)).toBe('revived')
    await stack.ended([refused])
    expect(await revive(letter.id)).toBe('already-resolved')
    expect(await lettersOf(refused.number)).toMatchObject([{ status: 'replayed', resolvedBy: 'anna' }])
  })

  test.concurrent('a report that does not apply to the store is our fault; the order can still be cancelled', async () => {
    const id = 'H2000000003'
    await stack.kuper.addFaults({
      on: 'notification',
      type: 'order.in_work',
      orderId: id,
      fault: 'answer',
      status: 405,
      times: 'always',
    })
    const end = { ...cancelled.end, reports: [] }
    const order = await stack.place({ ...byKuper, end }, id)
    const letter = await letterOf(order.number)
    expect(letter).toMatchObject({ fault: 'ours', attempts: 1, effect: { key: 'notify-marketplace/in_work' } })
    expect(letter.error).toContain('405')
    expect(await stack.ledger.markDiscarded(letter.id, 'anna', 'the store has no such step')).toBe(true)
    await stack.kuper.cancelOrder(id)
    await stack.ended([order])
  })

  const refusals = [
    { what: '409 without a meaning', fault: { fault: 'answer', status: 409, body: { code: 'busy' } }, by: 'theirs' },
    { what: '422', fault: { fault: 'answer', status: 422 }, by: 'data' },
    { what: 'a 200 that is no answer', fault: { fault: 'garble' }, by: 'theirs' },
  ] as const
  test.concurrent.for(refusals.map((refusal, i) => ({ ...refusal, id: `H201000000${i}` })))(
    'a reservation answered with $what is a dead letter, and held once after another try',
    async ({ id, fault, by }) => {
      const order = await stack.place({ ...byKuper, backOfficeFaults: [{ on: 'reserve', ...fault }] }, id)
      const letter = await letterOf(order.number)
      expect(letter).toMatchObject({ fault: by, attempts: 1, effect: { key: 'reserve-stock', lane: 'stock' } })
      expect(await revive(letter.id)).toBe('revived')
      await stack.ended([order])
      const keys = (await stack.backOffice.listCalls({ orderNumber: order.number, kind: 'reserve' })).map(
        ({ headers }) => headers['idempotency-key'],
      )
      expect(keys).toEqual([`${order.number}/reserve-stock`, `${order.number}/reserve-stock`])
    },
  )

  test.concurrent('news that the back office knows already is done; news it refuses holds up nothing', async () => {
    const order = await stack.place(
      {
        ...byKuper,
        backOfficeFaults: [
          { on: 'news', newsType: 'courier.assigned', fault: 'answer', status: 409, isProcessed: true },
          { on: 'news', newsType: 'courier.arrived', fault: 'answer', status: 422 },
        ],
      },
      'H2020000001',
    )
    await stack.ended([order])
    expect(await lettersOf(order.number)).toMatchObject([
      { fault: 'data', status: 'open', effect: { key: 'tell-back-office/courier.arrived', isBlocking: false } },
    ])
  })
})

describe('what comes in', () => {
  test.concurrent('webhooks are taken with each of the three credentials, and kept although nobody knows their type', async () => {
    const id = 'H2030000001'
    const order = await stack.place(byKuper, id)
    const attempts = [
      { name: 'sandbox.token', auth: { scheme: 'client-token', token: 'sandbox-client-token' }, status: 200 },
      { name: 'sandbox.basic', auth: { scheme: 'basic', user: 'kuper', password: 'sandbox-password' }, status: 200 },
      { name: 'sandbox.bearer', auth: { scheme: 'bearer', token: 'sandbox-bearer' }, status: 200 },
      { name: 'sandbox.wrong', auth: 'wrong', status: 403 },
      { name: 'sandbox.swapped', auth: { scheme: 'bearer', token: 'sandbox-password' }, status: 403 },
      { name: 'sandbox.none', auth: 'none', status: 401 },
    ] as const
    for (const { name, auth } of attempts) {
      await stack.kuper.sendWebhook({ eventType: name, auth, retry: false }, id)
    }
    await eventually(async () => {
      const sent = await stack.kuper.listWebhooks({ orderId: id })
      const statuses = attempts.map(({ name }) => sent.find((one) => one.eventType === name)?.attempts[0]?.status)
      expect(statuses).toEqual(attempts.map(({ status }) => status))
    })
    await stack.ended([order])
    const kept = (await eventsOf(order.number)).filter(({ name }) => name.startsWith('sandbox.'))
    expect(kept.map(({ name, type, verdict }) => `${name} ${type} ${verdict}`).sort()).toEqual([
      'sandbox.basic marketplace.noted ignored',
      'sandbox.bearer marketplace.noted ignored',
      'sandbox.token marketplace.noted ignored',
    ])
  })

  test.concurrent('a malformed webhook is answered 400 with the field, and harms no order', async () => {
    const order = await stack.place(byKuper, 'H2030000002')
    const bodies = {
      'sandbox.cut': '{"event_type": "order.paid", "payload": {"originalOrderId": "H2030',
      'sandbox.nameless': '{"event_type": "order.paid", "payload": {}}',
      'order.created': '{"event_type": "order.created", "payload": {"originalOrderId": "H2030000009"}}',
    }
    const answers = await Promise.all(
      Object.values(bodies).map(async (body) => {
        const res = await fetch(`${stack.urls.ingress}/kuper-webhook`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'client-token': 'sandbox-client-token' },
          body,
        })
        return { status: res.status, body: (await res.json()) as { errors: { field: string | null }[] } }
      }),
    )
    expect(answers.map(({ status, body }) => [status, body.errors.map(({ field }) => field)])).toEqual([
      [400, [null]],
      [400, ['payload.originalOrderId']],
      [400, expect.arrayContaining(['payload.positions'])],
    ])
    await stack.ended([order])
    expect(await stack.ledger.findOrderByNumber('KU-H2030000009')).toBeUndefined()
  })

  test.concurrent('an order named by its UUID alone is found as soon as it is known', async () => {
    const id = 'H2030000003'
    const orderUUID = '7d3c0f55-8f3e-4f39-9a53-2f2b6a1f0c01'
    await stack.kuper.sendWebhook({
      eventType: 'courier.assigned',
      payload: { orderUUID, courier: { name: 'Курьер 7', phone: '+79000000007' } },
    })
    await eventually(() => expect(stack.logged('assembly', 'event.order-unknown')).not.toEqual([]))
    const order = await stack.place({ ...byKuper, order: { orderUUID, script: { courier: 'none' } } }, id)
    await stack.ended([order])
    await withinSeconds(15, async () => {
      const [told] = await stack.backOffice.listCalls({ orderNumber: order.number, kind: 'news' })
      expect(told?.body).toMatchObject({ type: 'courier.assigned', data: { courier: { name: 'Курьер 7' } } })
    })
  })

  test.concurrent('a cancellation by UUID before order.created wins', async () => {
    const early = scenarioNamed('Kuper cancels before it creates')
    const faults = [{ on: 'webhook', fault: 'name-by', key: 'orderUUID' }] as const
    const order = await stack.place({ ...early, order: { ...early.order, faults: [...faults] } }, 'H2030000004')
    await stack.ended([order])
  })

  test.concurrent('of a list of events the good ones are taken, and each bad one is told why not', async () => {
    const order = await stack.place(byKuper, 'H2030000005')
    const decided = { type: 'return.decided', orderNumber: order.number, returnId: 'R-1', decision: 'refund' }
    const answer = await stack.sendBackOfficeEvents([
      { ...decided, id: 'mixed-1' },
      { ...decided, id: 'mixed-2', type: 'order.vanished' },
      { ...decided, id: 'mixed-3', orderNumber: 'XX-1' },
      { ...decided, id: 'mixed-4', decision: undefined },
      { ...decided, id: 'mixed-5' },
    ])
    expect(answer).toMatchObject({
      status: 202,
      body: {
        results: [
          { id: 'mixed-1', status: 'accepted' },
          { id: 'mixed-2', index: 1, status: 'rejected', errors: [{ path: 'type' }] },
          { id: 'mixed-3', index: 2, status: 'rejected', errors: [{ path: 'orderNumber' }] },
          { id: 'mixed-4', index: 3, status: 'rejected', errors: [{ path: 'decision' }] },
          { id: 'mixed-5', status: 'accepted' },
        ],
      },
    })
    await stack.ended([order])
    // Two jobs, whose workers may overtake each other.
    await eventually(async () => {
      const keys = (await eventsOf(order.number)).map(({ dedupKey }) => dedupKey)
      expect(keys.filter((key) => key.includes('mixed-')).toSorted()).toEqual([
        `bo:${order.number}:mixed-1`,
        `bo:${order.number}:mixed-5`,
      ])
    })
  })

  test.concurrent('the customer changes her mind about coming herself, and back again', async () => {
    const unhurried = { delaysMs: { go: 1_500 } }
    const there = { at: 'created', shipmentMethod: 'pickup' } as const
    const back = { at: 'created', shipmentMethod: 'by_courier', afterMs: 500 } as const
    const orders = [
      await stack.place({ ...byKuper, order: { script: { updates: [there, back] } }, staff: unhurried }, 'H2030000006'),
      await stack.place(
        { ...byKuper, order: { ...pickup.order, script: { updates: [back] } }, staff: unhurried },
        'H2030000007',
      ),
    ]
    await stack.ended(orders)
  })
})

test('nothing else was illegal, lost, doubled or overlapping, and the books balance', async () => {
  expect(await findTrafficFaults(stack, { isTolerated })).toEqual([])
})

/** A cancellation that Kuper declines is a violation of its own there. */
function isTolerated(violation: string): boolean {
  return violation === 'bad-order: order.canceled in shipping'
}

async function lettersOf(number: string) {
  return (await stack.ledger.listDeadLetters({ limit: 100 })).filter(({ orderNumber }) => orderNumber === number)
}

function letterOf(number: string) {
  return eventually(async () => {
    const [letter] = await lettersOf(number)
    if (!letter) throw new Error(`${number} has no dead letter yet`)
    return letter
  })
}

/** What the console does for a person who tries a dead effect again. */
async function revive(letterId: string): Promise<string> {
  const revival = await stack.ledger.reviveEffect(letterId, 'anna')
  if ('heads' in revival) await stack.producer.enqueueEffects(revival.heads)
  return revival.kind
}

async function eventsOf(number: string) {
  const entries = (await stack.ledger.orderTimeline(number))?.entries ?? []
  return entries.filter((entry) => entry.kind === 'event')
}

async function attemptsOf(number: string, key: string) {
  const entries = (await stack.ledger.orderTimeline(number))?.entries ?? []
  return entries.filter((entry) => entry.kind === 'attempt' && entry.key === key)
}
