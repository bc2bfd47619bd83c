import { describe, expect, it } from 'vitest'
import { createHarness, type Harness } from './simulator-harness.ts'

const READY = ['PROCESSING', 'READY_TO_SHIP'] as const
const carried = [
  'PROCESSING/SHIPPED',
  'DELIVERY/DELIVERY_SERVICE_RECEIVED',
  'PICKUP/PICKUP_SERVICE_RECEIVED',
  'DELIVERED/DELIVERY_SERVICE_DELIVERED',
]
const one = [{ offerId: 'A', count: 1, price: '100.00' }]

/** Codes for the units of a line. */
const cis = (...codes: string[]) => codes.map((code) => ({ cis: `0104600000000000215${code}` }))

async function lineIds(market: Harness, orderId: string): Promise<number[]> {
  return (await market.control.getOrder(orderId)).lines.map(({ id }) => Number(id))
}

describe('an FBS order', () => {
  it('is carried by the Market once it is ready, and everything is announced', async () => {
    const market = await createHarness()
    const orderId = await market.place()
    expect(market.types()).toEqual(['ORDER_CREATED', 'ORDER_STATUS_UPDATED'])
    expect((await market.setStatus(orderId, ...READY)).body.order).toMatchObject({
      id: Number(orderId),
      substatus: 'READY_TO_SHIP',
      creationDate: '01-05-2026 12:00:00',
    })
    await market.timers.advance(10_000)
    expect(market.statuses()).toEqual(['PROCESSING/STARTED', 'PROCESSING/READY_TO_SHIP', ...carried])
    expect(await market.violations()).toEqual([])
  })

  it('shows of each unit where it is, also after a cancellation', async () => {
    const market = await createHarness()
    const orderId = await market.place({ lines: one, script: { unredeemed: {} } })
    const units = async () => (await market.read({ orderIds: [Number(orderId)] })).body.orders[0].items[0].itemStatuses
    expect(await units()).toEqual([{ status: 'CREATED', count: 1 }])
    await market.setStatus(orderId, ...READY)
    await market.timers.advance(10_000)
    expect(market.statuses().at(-1)).toBe('CANCELLED/PICKUP_EXPIRED')
    expect(await units()).toEqual([{ status: 'REJECTED', count: 1 }])
  })

  it('says nothing of the units of some orders', async () => {
    const market = await createHarness({ hasVariety: true })
    const told = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const orderId = Number(await market.place({ lines: one }))
        return 'itemStatuses' in (await market.read({ orderIds: [orderId] })).body.orders[0].items[0]
      }),
    )
    expect(told.filter((isTold) => !isTold)).toHaveLength(1)
  })

  it('waits until every marking code is good', async () => {
    const market = await createHarness()
    const orderId = await market.place({
      lines: [{ offerId: 'A', count: 2, price: '1', marking: 'CIS' }],
      script: { codeCheck: 'failed-once' },
    })
    const [id] = await lineIds(market, orderId)
    const layOut = async () =>
      await market.call('PUT', await market.at(orderId, 'boxes'), {
        boxes: [{ items: [{ id, fullCount: 2, instances: cis('a', 'b') }] }],
      })
    const check = async () => {
      const { body } = await market.call('POST', await market.at(orderId, 'identifiers/status'))
      return body.result.items[0].cis.map(({ status }: { status: string }) => status)
    }
    expect((await market.setStatus(orderId, ...READY)).status).toBe(400)
    await layOut()
    expect(await check()).toEqual(['IN_PROGRESS', 'IN_PROGRESS'])
    expect((await market.setStatus(orderId, ...READY)).body.errors[0].message).toContain('being validated')
    await market.timers.advance(1_000)
    expect(await check()).toEqual(['FAILED', 'FAILED'])
    await layOut()
    await market.timers.advance(1_000)
    expect(await check()).toEqual(['OK', 'OK'])
    expect((await market.setStatus(orderId, ...READY)).status).toBe(200)
  })

  it('loses goods by a smaller layout, and is closed for layouts when it is ready', async () => {
    const market = await createHarness()
    const orderId = await market.place()
    const [kettle, mug] = await lineIds(market, orderId)
    const layOut = async (items: object[], allowRemove = true) =>
      await market.call('PUT', await market.at(orderId, 'boxes'), { allowRemove, boxes: [{ items }] })
    expect((await layOut([{ id: kettle, fullCount: 1 }], false)).status).toBe(400)
    expect(
      (
        await layOut([
          { id: kettle, fullCount: 1 },
          { id: mug, fullCount: 1 },
        ])
      ).body.result.boxes,
    ).toMatchObject([
      {
        boxId: expect.any(Number),
        items: [
          { id: kettle, fullCount: 1 },
          { id: mug, fullCount: 1 },
        ],
      },
    ])
    expect((await layOut([{ id: kettle, fullCount: 1 }])).status).toBe(200)
    expect((await market.read({ orderIds: [Number(orderId)] })).body.orders[0].items).toMatchObject([
      { count: 1 },
      { count: 0 },
    ])
    await market.setStatus(orderId, ...READY)
    expect((await layOut([{ id: kettle, fullCount: 1 }])).body.errors[0].message).toBe(
      'Attempt to change order items or instances after READY_TO_SHIP',
    )
    expect(await market.violations()).toEqual(['bad-content', 'bad-transition'])
  })

  it('cannot lose the only item: that is no fault of the seller', async () => {
    const market = await createHarness()
    const orderId = await market.place({ lines: [{ offerId: 'A', count: 2, price: '1' }] })
    const [id] = await lineIds(market, orderId)
    const boxes = [{ items: [{ id, fullCount: 1 }] }]
    expect((await market.call('PUT', await market.at(orderId, 'boxes'), { boxes, allowRemove: true })).status).toBe(400)
    expect([await market.violations(), await market.remarks()]).toEqual([[], ['must-stay']])
    expect((await market.setStatus(orderId, 'CANCELLED', 'SHOP_FAILED')).body.order.status).toBe('CANCELLED')
    await market.timers.advance(0)
    expect(market.types().slice(-2)).toEqual(['ORDER_CANCELLED', 'ORDER_STATUS_UPDATED'])
  })

  it('takes our number once, and only before it is ready', async () => {
    const market = await createHarness()
    const [first, second] = [await market.place(), await market.place()]
    const name = async (orderId: string, externalOrderId: string) =>
      await market.call('POST', await market.at(orderId, 'external-id'), { externalOrderId })
    expect((await name(first, 'YM-1')).body).toEqual({ status: 'OK' })
    expect((await name(first, 'YM-1')).body.errors[0].message).toBe(
      `Cannot do operation, external ID already set for order (partnerId = 1001, orderId = ${first}, externalId = YM-1)`,
    )
    await market.setStatus(second, ...READY)
    expect((await name(second, 'YM-2')).body.errors[0].message).toContain(
      "status 'PROCESSING', and substatus 'READY_TO_SHIP'",
    )
    expect((await market.read({ externalOrderIds: ['YM-1'] })).body.orders).toHaveLength(1)
    expect(await market.violations()).toEqual(['repeated', 'bad-transition'])
  })

  it.each([
    ['opened', []],
    ['ready-to-ship', []],
    ['shipped', ['UNREDEEMED']],
    ['pickup', ['UNREDEEMED']],
  ] as const)(
    'is cancelled by the buyer at once (%s), and goods that have left come back',
    async (cancelAt, returns) => {
      const market = await createHarness()
      const orderId = await market.place({ script: { cancelAt } })
      if (cancelAt !== 'opened') await market.setStatus(orderId, ...READY)
      await market.timers.advance(20_000)
      expect(await market.control.getOrder(orderId)).toMatchObject({
        status: 'CANCELLED',
        substatus: 'USER_CHANGED_MIND',
        cancelledBy: 'buyer',
      })
      expect(market.ofType('ORDER_CANCELLED')).toHaveLength(1)
      expect((await market.control.listReturns({ orderId })).map(({ type }) => type)).toEqual(returns)
      expect((await market.setStatus(orderId, ...READY)).status).toBe(400)
      expect(await market.violations()).not.toContain('bad-transition')
    },
  )

  it('is only readable with `fake` when it is a test, and is shipped by hand', async () => {
    const market = await createHarness()
    const orderId = await market.place({ fake: true, script: { speeds: { shipMs: 60_000 } } })
    expect(market.ofType('ORDER_CREATED')[0]?.body).not.toHaveProperty('fake')
    expect((await market.read({ orderIds: [Number(orderId)] })).body.orders).toEqual([])
    expect((await market.read({ orderIds: [Number(orderId)], fake: true })).body.orders).toMatchObject([{ fake: true }])
    await market.setStatus(orderId, ...READY)
    expect((await market.setStatus(orderId, 'PROCESSING', 'SHIPPED')).status).toBe(200)
    await market.timers.advance(10_000)
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'DELIVERED' })
  })

  it.each([
    ['PENDING', true, 'PROCESSING/STARTED'],
    ['UNPAID', false, 'CANCELLED/USER_NOT_PAID'],
  ] as const)('that begins %s opens later, or never', async (opensAs, opens, end) => {
    const market = await createHarness()
    const orderId = await market.place({ script: { opensAs, opens } })
    expect((await market.setStatus(orderId, ...READY)).status).toBe(400)
    await market.timers.advance(31 * 60_000)
    const { status, substatus } = await market.control.getOrder(orderId)
    expect(`${status}/${substatus}`).toBe(end)
  })
})

describe('an Express order', () => {
  const searching = { courier: { searches: 2, duplicates: 1 } }

  it('announces its courier search again and again, and is handed over for the right code alone', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'EXPRESS', lines: one, script: searching })
    await market.setStatus(orderId, ...READY)
    await market.timers.advance(20_000)
    expect(market.statuses().slice(2)).toEqual([
      ...['COURIER_SEARCH', 'COURIER_FOUND', 'COURIER_SEARCH', 'COURIER_FOUND'].flatMap((substatus) => [
        `DELIVERY/${substatus}`,
        `DELIVERY/${substatus}`,
      ]),
      'DELIVERY/COURIER_ARRIVED_TO_SENDER',
    ])
    const order = async () => (await market.read({ orderIds: [Number(orderId)] })).body.orders[0]
    expect((await order()).delivery.transfer.eac).toEqual({ eacType: 'COURIER_TO_MERCHANT' })
    const verify = async (code: string) =>
      (await market.call('PUT', await market.at(orderId, 'verifyEac'), { code })).body.result
    expect(await verify('9999')).toEqual({ verificationResult: 'REJECTED', attemptsLeft: 2 })
    expect(await verify(orderId.slice(-4))).toEqual({ verificationResult: 'ACCEPTED' })
    expect(await verify(orderId.slice(-4))).toEqual({ verificationResult: 'ACCEPTED' })
    await market.timers.advance(5_000)
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'DELIVERED' })
    expect((await order()).delivery).not.toHaveProperty('transfer')
    expect(await market.violations()).toEqual([])
  })

  it('renews a code that is outdated, or guessed at too often', async () => {
    const market = await createHarness()
    const orderId = await market.place({
      model: 'EXPRESS',
      lines: one,
      script: { courier: { isCodeOutdated: true, attempts: 2 } },
    })
    await market.setStatus(orderId, ...READY)
    await market.timers.advance(5_000)
    const right = orderId.slice(-4)
    const next = (n: number) => String((Number(right) + n) % 10_000).padStart(4, '0')
    const results: string[] = []
    for (const code of [right, 'x', 'x', next(1), next(2)]) {
      const { body } = await market.call('PUT', await market.at(orderId, 'verifyEac'), { code })
      results.push(body.result.verificationResult)
    }
    expect(results).toEqual(['NEED_UPDATE', 'REJECTED', 'NEED_UPDATE', 'REJECTED', 'ACCEPTED'])
  })

  it('is cancelled when nobody is found', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'EXPRESS', lines: one, script: { courier: { isFound: false } } })
    await market.setStatus(orderId, ...READY)
    await market.timers.advance(5_000)
    expect(await market.control.getOrder(orderId)).toMatchObject({
      status: 'CANCELLED',
      substatus: 'COURIER_NOT_FOUND',
    })
    expect(await market.control.listReturns({ orderId })).toEqual([])
  })
})

describe('a DBS order', () => {
  it('is delivered step by step, with track, date and storage', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DBS_PICKUP' })
    const put = async (rest: string, body: object, method = 'PUT') =>
      (await market.call(method, await market.at(orderId, rest), body)).status
    expect((await market.setStatus(orderId, 'DELIVERY')).body.order.substatus).toBe('DELIVERY_SERVICE_RECEIVED')
    expect(await put('delivery/track', { trackCode: 'T1', deliveryServiceId: 139 }, 'POST')).toBe(200)
    const reason = 'PARTNER_MOVED_DELIVERY_DATES'
    expect(await put('delivery/date', { dates: { toDate: '2026-05-05' }, reason })).toBe(200)
    expect(await put('delivery/date', { dates: { toDate: '2026-05-05' }, reason })).toBe(400)
    await market.setStatus(orderId, 'PICKUP')
    expect(await put('delivery/storage-limit', { newDate: '2026-05-20' })).toBe(200)
    expect(await put('delivery/storage-limit', { newDate: '2026-05-21' })).toBe(400)
    const order = { status: 'DELIVERED', delivery: { dates: { realDeliveryDate: '2026-05-02' } } }
    const future = await market.call('PUT', await market.at(orderId, 'status'), { order })
    expect(future.body.errors[0].message).toBe("Delivery date 2026-05-02 can't be in the future")
    await market.setStatus(orderId, 'DELIVERED')
    expect((await market.read({ orderIds: [Number(orderId)] })).body.orders[0]).toMatchObject({
      status: 'DELIVERED',
      delivery: {
        tracks: [{ trackCode: 'T1' }],
        dates: { toDate: '2026-05-05' },
        pickup: { outletStorageLimitDate: '2026-05-20' },
      },
    })
    expect(market.ofType('ORDER_UPDATED')).toMatchObject([{ body: { updateType: 'DELIVERY_DATE_UPDATED' } }])
  })

  it.each([
    [
      'Yandex Delivery',
      { isCarriedByYandex: true },
      ['DELIVERY/USER_RECEIVED', 'DELIVERED/DELIVERY_SERVICE_DELIVERED'],
    ],
    [
      'an arbiter who finds for the seller',
      { arbitration: { at: 'delivery', ends: 'DELIVERED' } },
      ['DELIVERY/DELIVERY_USER_NOT_RECEIVED', 'DELIVERED/DELIVERY_SERVICE_DELIVERED'],
    ],
    [
      'an arbiter who finds for the buyer',
      { arbitration: { at: 'delivery', ends: 'CANCELLED' } },
      ['DELIVERY/DELIVERY_USER_NOT_RECEIVED', 'CANCELLED/DELIVERY_PROBLEMS'],
    ],
  ] as const)('is ended by %s', async (_who, script, statuses) => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DBS', script })
    await market.setStatus(orderId, 'DELIVERY')
    await market.timers.advance(20_000)
    expect(market.statuses().slice(2)).toEqual(statuses)
  })

  it('may be disputed after the delivery', async () => {
    const market = await createHarness()
    const orderId = await market.place({
      model: 'DBS',
      script: { arbitration: { at: 'delivered', ends: 'CANCELLED' } },
    })
    await market.setStatus(orderId, 'DELIVERY')
    await market.setStatus(orderId, 'DELIVERED')
    await market.timers.advance(20_000)
    expect(market.statuses().slice(-2)).toEqual([
      'DELIVERED/DELIVERED_USER_NOT_RECEIVED',
      'CANCELLED/DELIVERY_PROBLEMS',
    ])
  })

  it.each([
    [{ accepted: true }, 'CANCELLED', 'accepted'],
    [{ accepted: false, reason: 'ORDER_IN_DELIVERY' }, 'DELIVERY', 'declined'],
  ] as const)("answers a buyer's wish to cancel once: %o", async (answer, status, known) => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DBS', script: { cancellationRequestAt: 'delivery' } })
    await market.setStatus(orderId, 'DELIVERY')
    await market.timers.advance(10)
    expect(market.ofType('ORDER_CANCELLATION_REQUEST')).toHaveLength(1)
    expect((await market.read({ waitingForCancellationApprove: true })).body.orders).toMatchObject([
      { cancelRequested: true },
    ])
    const send = async () => await market.call('PUT', await market.at(orderId, 'cancellation/accept'), answer)
    expect((await send()).body).toEqual({ status: 'OK' })
    expect((await send()).status).toBe(400)
    expect(await market.control.getOrder(orderId)).toMatchObject({ status, cancellationRequest: { answer: known } })
    expect(await market.violations()).toEqual(['repeated'])
    await market.timers.advance(50 * 3_600_000)
    expect(await market.violations()).toEqual(['repeated'])
  })

  it('is cancelled after 48 hours of silence, which pass as fast as the clock', async () => {
    const market = await createHarness({ clockFactor: 3_600 })
    const orderId = await market.place({ model: 'DBS', script: { cancellationRequestAt: 'delivery' } })
    await market.setStatus(orderId, 'DELIVERY')
    await market.timers.advance(47_900)
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'DELIVERY' })
    await market.timers.advance(200)
    expect(await market.control.getOrder(orderId)).toMatchObject({
      status: 'CANCELLED',
      cancellationRequest: { answer: 'expired' },
    })
    expect(await market.violations()).toEqual(['deadline-missed'])
  })

  it('loses goods by its items, and gets codes without boxes', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DBS' })
    const [kettle, mug] = await lineIds(market, orderId)
    const answer = await market.call('PUT', await market.at(orderId, 'items'), {
      items: [
        { id: kettle, count: 1 },
        { id: mug, count: 1 },
      ],
    })
    expect([answer.status, answer.body]).toEqual([200, undefined])
    const codes = await market.call('PUT', await market.at(orderId, 'identifiers'), {
      items: [{ id: mug, instances: cis('x') }],
    })
    expect(codes.body.result.items).toMatchObject([{ id: mug, count: 1, instances: cis('x') }])
    expect((await market.control.getOrder(orderId)).lines.map(({ count }) => count)).toEqual([1, 1])
  })

  it('to a pick-up point of the Market is carried from there, and its buyer cannot ask', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DBS', isToMarketOutlet: true })
    await market.setStatus(orderId, 'DELIVERY')
    await expect(market.control.askCancellation(orderId)).rejects.toThrow('409')
    await market.timers.advance(10_000)
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'DELIVERED' })
  })

  it('tells its buyer only while the seller needs him', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DBS' })
    const buyer = async () => await market.call('GET', await market.at(orderId, 'buyer'))
    expect((await buyer()).body.result).toMatchObject({ phone: expect.any(String), type: 'PERSON' })
    await market.setStatus(orderId, 'CANCELLED', 'SHOP_FAILED')
    expect((await buyer()).body.errors[0].message).toBe("Order is not in shop-processing status (actual: 'CANCELLED').")
  })
})

describe('digital goods', () => {
  it('are delivered by the Market once all keys are there', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'DIGITAL' })
    const [kettle, mug] = await lineIds(market, orderId)
    const give = async (items: object[]) =>
      await market.call('POST', await market.at(orderId, 'deliverDigitalGoods'), { items })
    const item = (id: number | undefined, ...codes: string[]) => ({ id, codes, slip: 'x', activate_till: '2030-01-01' })
    expect((await give([item(kettle, 'k1')])).status).toBe(400)
    expect((await give([item(kettle, 'k1'), item(mug, 'm1', 'm2')])).body).toEqual({ status: 'OK' })
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'PROCESSING' })
    await market.timers.advance(5_000)
    expect(await market.control.getOrder(orderId)).toMatchObject({ status: 'DELIVERED' })
    await market.timers.advance(3_600_000)
    expect(await market.violations()).toEqual(['bad-content'])
  })

  it('are late after half an hour', async () => {
    const market = await createHarness()
    await market.place({ model: 'DIGITAL' })
    await market.timers.advance(31 * 60_000)
    expect(await market.violations()).toEqual(['deadline-missed'])
  })
})

describe('orders at the Market', () => {
  it('of LaaS are drafts that must be confirmed within the hour', async () => {
    const market = await createHarness()
    const [kept, lost] = [await market.place({ model: 'LAAS' }), await market.place({ model: 'LAAS' })]
    expect((await market.setStatus(kept, 'PROCESSING', 'STARTED')).status).toBe(200)
    await market.timers.advance(3_600_000)
    expect(await market.control.getOrder(kept)).toMatchObject({ status: 'DELIVERED' })
    expect(await market.control.getOrder(lost)).toMatchObject({ status: 'CANCELLED', substatus: 'RESERVATION_EXPIRED' })
  })

  it.each(['DONE', 'FAILED'] as const)('of LaaS are cancelled later: %s', async (operation) => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'LAAS', script: { operation, speeds: { shipMs: 60_000 } } })
    await market.setStatus(orderId, 'PROCESSING', 'STARTED')
    const { body } = await market.setStatus(orderId, 'CANCELLED', 'SHOP_FAILED')
    expect(body).toMatchObject({ order: { status: 'PROCESSING' }, operation: { type: 'ORDER_STATUS_UPDATE' } })
    const ask = async () =>
      await market.call('POST', '/v1/businesses/2001/operations', {
        operationType: 'ORDER_STATUS_UPDATE',
        operationIds: [body.operation.id],
      })
    expect((await ask()).body.result.operations).toMatchObject([{ status: 'IN_PROGRESS' }])
    expect((await market.setStatus(orderId, 'CANCELLED', 'SHOP_FAILED')).status).toBe(400)
    await market.timers.advance(2_000)
    expect((await ask()).body.result.operations).toMatchObject([{ status: operation }])
    expect(await market.control.getOrder(orderId)).toMatchObject({
      status: operation === 'DONE' ? 'CANCELLED' : 'PROCESSING',
    })
  })

  it('of FBY go their way without the seller', async () => {
    const market = await createHarness()
    const orderId = await market.place({ model: 'FBY' })
    expect((await market.setStatus(orderId, 'CANCELLED', 'SHOP_FAILED')).status).toBe(400)
    await market.timers.advance(20_000)
    expect(market.statuses()).toEqual(['PROCESSING/STARTED', ...carried])
  })
})
