import { describe, expect, it } from 'vitest'
import type { OutgoingEvent } from './event-sender.ts'
import { reservation, setUp } from './simulator-harness.ts'

const assembly = ['order.going_to', 'line.picked', 'line.picked', 'order.assembled', 'document.created']

describe('back office simulator', () => {
  it('works an order off after the reservation, event by event, each later than the last', async () => {
    const { reserve, timers, posts, sentTypes, control } = setUp({ stepMs: 0 })
    expect(await reserve()).toMatchObject({ status: 201, body: { status: 'reserved' } })
    await timers.advance(10)
    expect(sentTypes()).toEqual(assembly)
    const events = posts as OutgoingEvent[]
    expect(new Set(events.map(({ at }) => at)).size).toBe(events.length)
    expect(events.at(-1)).toMatchObject({
      id: 'run-00000005',
      orderNumber: 'KU-H1',
      lines: [
        { sku: 'A', quantity: 3 },
        { sku: 'B', quantity: 1, weightGrams: '500' },
      ],
    })
    expect(await control.getSummary()).toMatchObject({
      isIdle: true,
      orders: { byReservation: { used: 1 }, byStaff: { 'waits for order.delivered': 1 } },
      stock: { held: 0, used: 4, everReserved: 4, released: 0 },
      events: { created: 5, accepted: 5, waiting: 0 },
      violations: { total: 0 },
    })
  })

  it('answers a repeated reservation the same and starts no second assembly', async () => {
    const { reserve, timers, sentTypes } = setUp()
    const first = await reserve({}, { 'idempotency-key': 'k' })
    const second = await reserve({}, { 'idempotency-key': 'k' })
    expect(second).toEqual({ status: 200, body: first.body })
    await timers.advance(1_000)
    expect(sentTypes()).toEqual(assembly)
  })

  it('knows an order that was short, reserves nothing and sends its staff nowhere', async () => {
    const { reserve, timers, control, posts, tell, call } = setUp()
    await control.setStock([{ storeId: 's1', sku: 'A', quantity: 2, expiresOn: '2027-01-01' }])
    expect(await reserve()).toEqual({
      status: 409,
      body: { code: 'short', lines: [{ sku: 'A', requested: 3, available: 2 }] },
    })
    await timers.advance(1_000)
    expect(posts).toEqual([])
    expect((await tell('order.cancelled', { by: 'merchant', goods: 'reserved' })).status).toBe(200)
    expect((await call('DELETE', '/reservations/KU-H1')).status).toBe(404)
    expect(await control.findOrder('KU-H1')).toMatchObject({ reservation: 'short', staff: 'cancelled' })
  })

  it('counts what an order holds as free for itself', async () => {
    const { reserve, control, call } = setUp({ plan: { delaysMs: { go: 1_000 } } })
    await control.setStock([{ storeId: 's1', sku: 'A', quantity: 3 }])
    await reserve()
    const query = { storeId: 's1', skus: ['A'] }
    expect((await call('POST', '/stock/query', query)).body).toEqual({ lots: [] })
    expect((await call('POST', '/stock/query', { ...query, orderNumber: 'KU-H1' })).body).toEqual({
      lots: [{ sku: 'A', quantity: 3 }],
    })
  })

  it('stops its staff when the reservation is deleted, and answers a late release harmlessly', async () => {
    const { reserve, timers, call, sentTypes, control } = setUp()
    await reserve()
    await timers.advance(15)
    expect((await call('DELETE', '/reservations/KU-H1')).status).toBe(204)
    expect((await call('DELETE', '/reservations/KU-H1')).status).toBe(204)
    expect((await call('DELETE', '/reservations/KU-H2')).status).toBe(404)
    await timers.advance(1_000)
    expect(sentTypes()).toEqual(['order.going_to'])
    expect((await control.getStock()).totals).toMatchObject({ held: 0, used: 0, released: 4 })
  })

  it('takes goods back once per key after the sales document', async () => {
    const { reserve, timers, call, control, kinds } = setUp()
    await reserve()
    await timers.advance(1_000)
    expect(await call('DELETE', '/reservations/KU-H1')).toMatchObject({ status: 409, body: { code: 'already_used' } })
    const goods = { orderNumber: 'KU-H1', reason: 'cancelled', lines: [{ sku: 'A', quantity: 3 }] }
    const key = { 'idempotency-key': 'return-1' }
    expect((await call('POST', '/returns', goods, key)).status).toBe(201)
    expect((await call('POST', '/returns', goods, key)).status).toBe(201)
    expect((await control.getStock()).totals).toMatchObject({ used: 4, returned: 3 })
    expect(await kinds()).toEqual([])
    expect((await call('POST', '/returns', goods)).status).toBe(422)
    expect(await kinds()).toEqual(['returned-too-much'])
  })

  it('gives a wrong code at the counter first, then the right one', async () => {
    const { reserve, timers, tell, posts, control } = setUp()
    await control.setPlan('H1', { pickLines: false, pickup: { firstCode: 'wrong' } })
    await reserve({ fulfilment: 'pickup' })
    await tell('pickup_code.created', { code: '4711' })
    await timers.advance(1_000)
    expect(posts.at(-1)).toMatchObject({ type: 'order.issued', code: '0000' })
    await tell('issue.refused', { reason: 'wrong-code' })
    await timers.advance(1_000)
    expect(posts.at(-1)).toMatchObject({ type: 'order.issued', code: '4711' })
    expect(await control.findOrder('KU-H1')).toMatchObject({ staff: 'issued' })
  })

  it('follows a change from courier to pickup', async () => {
    const { reserve, timers, tell, control } = setUp()
    await reserve()
    await timers.advance(1_000)
    await tell('order.updated', { changes: { shipmentMethod: 'pickup', fulfilment: 'pickup' } })
    await timers.advance(1_000)
    expect(await control.findOrder('KU-H1')).toMatchObject({ staff: 'waits for pickup_code.created' })
  })

  it('picks again when the composition is replaced', async () => {
    const { reserve, timers, posts } = setUp()
    await reserve()
    await timers.advance(25)
    await reserve({ lines: [{ sku: 'A', quantity: 1 }] })
    await timers.advance(1_000)
    expect(posts.at(-1)).toMatchObject({ type: 'document.created', lines: [{ sku: 'A', quantity: 1 }] })
    expect(posts.filter((event) => (event as OutgoingEvent).type === 'line.picked')).toHaveLength(2)
  })

  it('releases all when nothing could be put together', async () => {
    const { reserve, timers, call, control } = setUp({ plan: { composition: { kind: 'all-missing' } } })
    await reserve()
    await timers.advance(1_000)
    expect((await call('DELETE', '/reservations/KU-H1')).status).toBe(204)
    expect((await control.getStock()).totals).toMatchObject({ held: 0, used: 0 })
  })

  it('uses the replacement and releases what it replaces', async () => {
    const { reserve, timers, control } = setUp({ plan: { composition: { kind: 'replacement', replacedBy: 'C' } } })
    await reserve()
    await timers.advance(1_000)
    const used = Object.fromEntries((await control.getStock()).lots.map(({ sku, used }) => [sku, used]))
    expect(used).toEqual({ A: 0, B: 1, C: 3 })
  })
})

describe('strictness', () => {
  it.each<[string, (at: ReturnType<typeof setUp>) => Promise<{ status: number }>, number, string[]]>([
    [
      'a missing idempotency key',
      ({ reserve }) => reserve({}, { 'idempotency-key': '' }),
      400,
      ['idempotency-key-missing'],
    ],
    ['an unknown field', ({ reserve }) => reserve({ extra: 1 }), 422, ['malformed']],
    ['another number in the path', ({ reserve }) => reserve({ orderNumber: 'KU-H2' }), 422, ['malformed']],
    [
      'goods of an unknown order',
      ({ call }) => call('POST', '/returns', { orderNumber: 'KU-H9', reason: 'r', lines: [] }),
      404,
      ['unknown-order'],
    ],
    ['a wrong token', ({ reserve }) => reserve({}, { authorization: 'Bearer wrong' }), 401, []],
    ['news of an unknown order', ({ tell }) => tell('order.paid'), 404, []],
    [
      'another body under the same key',
      async ({ reserve }) => {
        await reserve({}, { 'idempotency-key': 'k' })
        return reserve({ lines: [{ sku: 'A', quantity: 9 }] }, { 'idempotency-key': 'k' })
      },
      422,
      ['idempotency-key-changed'],
    ],
    [
      'news told twice under the same id',
      async ({ reserve, tell }) => {
        await reserve()
        await tell('order.paid', {}, 'same')
        return tell('order.paid', {}, 'same')
      },
      409,
      [],
    ],
    [
      'the same news under another id',
      async ({ reserve, tell }) => {
        await reserve()
        await tell('order.paid')
        return tell('order.paid')
      },
      200,
      ['told-twice'],
    ],
  ])('%s', async (_, act, status, violations) => {
    const at = setUp()
    expect((await act(at)).status).toBe(status)
    expect(await at.kinds()).toEqual(violations)
  })

  it('sees two calls of one lane at the same time', async () => {
    const { reserve, call, timers, control, kinds } = setUp()
    await control.addFaults({ on: 'reserve', fault: 'slow', delayMs: 5_000 })
    const slow = reserve()
    await timers.advance(1)
    await call('DELETE', '/reservations/KU-H1')
    await timers.advance(5_000)
    expect((await slow).status).toBe(201)
    expect(await kinds()).toEqual(['overlap'])
  })

  it('remembers every call with key, body and answer', async () => {
    const { reserve, control } = setUp()
    await reserve({}, { 'idempotency-key': 'k' })
    expect(await control.listCalls({ orderNumber: 'KU-H1' })).toMatchObject([
      {
        kind: 'reserve',
        method: 'PUT',
        path: '/reservations/KU-H1',
        headers: { 'idempotency-key': 'k' },
        body: reservation,
        answer: { status: 201, body: { status: 'reserved' } },
        fault: null,
      },
    ])
  })
})

describe('faults', () => {
  it('an answer that is told to fail fails so often, then no more', async () => {
    const { reserve, control } = setUp()
    await control.addFaults({ on: 'any', fault: 'answer', status: 500, times: 2 })
    expect([(await reserve()).status, (await reserve()).status, (await reserve()).status]).toEqual([500, 500, 201])
  })

  it('short switches itself off and reserves nothing', async () => {
    const { reserve, control } = setUp()
    await control.addFaults({ on: 'reserve', fault: 'short' })
    expect(await reserve()).toMatchObject({ status: 409, body: { lines: [{ sku: 'A', available: 0 }] } })
    expect((await control.getStock()).totals).toMatchObject({ everReserved: 0 })
    expect((await reserve()).status).toBe(201)
  })

  it('is down for a while', async () => {
    const { reserve, control, timers } = setUp()
    await control.addFaults({ on: 'any', fault: 'answer', status: 503, forMs: 60_000 })
    expect((await reserve()).status).toBe(503)
    await timers.advance(59_999)
    expect((await reserve()).status).toBe(503)
    await timers.advance(1)
    expect((await reserve()).status).toBe(201)
  })

  it('loses the answer of a reservation that is held', async () => {
    const { reserve, control } = setUp()
    await control.addFaults({ on: 'reserve', fault: 'lose-answer' })
    await expect(reserve()).rejects.toThrow()
    expect((await control.getStock()).totals).toMatchObject({ held: 4 })
    expect(await control.listCalls()).toMatchObject([{ answer: null, fault: 'lose-answer' }])
  })

  it('doubles every event', async () => {
    const { reserve, control, timers, sentTypes } = setUp()
    await control.addFaults({ on: 'event', fault: 'duplicate' })
    await reserve()
    await timers.advance(1_000)
    expect(sentTypes()).toEqual(assembly.flatMap((type) => [type, type]))
  })

  it('reverses the events that came before the staff had to wait', async () => {
    const { reserve, control, timers, sentTypes } = setUp()
    await control.addFaults({ on: 'event', fault: 'reorder' })
    await reserve()
    await timers.advance(1_000)
    expect(sentTypes()).toEqual(assembly.toReversed())
  })

  it('shuffles the same way for the same seed', async () => {
    const shuffled = async (seed: number) => {
      const { reserve, control, timers, sentTypes } = setUp()
      await control.addFaults({ on: 'event', fault: 'reorder', mode: 'shuffled', seed })
      await reserve()
      await timers.advance(1_000)
      return sentTypes()
    }
    expect(await shuffled(7)).toEqual(await shuffled(7))
    expect(await shuffled(7)).not.toEqual(assembly)
    expect((await shuffled(7)).toSorted()).toEqual(assembly.toSorted())
  })

  it('delays an event so that others overtake it', async () => {
    const { reserve, control, timers, sentTypes } = setUp()
    await control.addFaults({ on: 'event', fault: 'delay', eventType: 'order.going_to', delayMs: 500 })
    await reserve()
    await timers.advance(1_000)
    expect(sentTypes()).toEqual([...assembly.slice(1), 'order.going_to'])
  })

  it('repeats an event until it is answered, before any later one', async () => {
    let failures = 3
    const { reserve, timers, sentTypes, control } = setUp({ eventRetryMs: [100] }, (body) => {
      failures -= 1
      const { id } = body as OutgoingEvent
      return failures >= 0
        ? { status: 503, body: '' }
        : { status: 202, body: { results: [{ id, status: 'accepted' }] } }
    })
    await reserve()
    await timers.advance(10_000)
    expect(sentTypes()).toEqual([...Array(3).fill('order.going_to'), ...assembly])
    expect((await control.getSummary()).events).toMatchObject({ accepted: 5, failedPosts: 3, waiting: 0 })
  })

  it('notes a rejected event as a violation and does not repeat it', async () => {
    const { reserve, timers, kinds, posts } = setUp(
      { plan: { pickLines: false, skipAssembled: true, skipGoingTo: true } },
      () => ({
        status: 400,
        body: { results: [{ index: 0, status: 'rejected', errors: [] }] },
      }),
    )
    await reserve()
    await timers.advance(10_000)
    expect(posts).toHaveLength(1)
    expect(await kinds()).toEqual(['event-rejected'])
  })

  it('sends what waits as one list', async () => {
    const { reserve, control, timers, posts } = setUp({ sendAs: 'list' })
    await control.addFaults({ on: 'event', fault: 'reorder' })
    await reserve()
    await timers.advance(1_000)
    expect(posts).toHaveLength(1)
    expect(posts[0]).toHaveLength(5)
  })
})

it('forgets everything on reset but where it sends to', async () => {
  const { reserve, control, timers, posts } = setUp()
  await control.changeSettings({ stepMs: 77 })
  await control.addFaults({ on: 'event', fault: 'duplicate' })
  await reserve()
  await control.reset()
  await timers.advance(10_000)
  expect(posts).toEqual([])
  expect(await control.getSummary()).toMatchObject({ isIdle: true, orders: { total: 0 }, calls: { total: 0 } })
  expect(await control.getSettings()).toMatchObject({ stepMs: 10, eventsUrl: 'http://sluice.test/back-office/events' })
})
