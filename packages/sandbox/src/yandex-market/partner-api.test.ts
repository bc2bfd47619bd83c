import { describe, expect, it } from 'vitest'
import { createHarness, type Harness } from './simulator-harness.ts'

const ORDERS = '/v1/businesses/2001/orders'
const messageOf = (answer: { body: { errors: { message: string }[] } }) => answer.body.errors[0]?.message

describe('a call is refused', () => {
  it.each<[string, (market: Harness) => ReturnType<Harness['call']>, number, string[]]>([
    ['without a key', (m) => m.call('POST', ORDERS, {}, { headers: { 'api-key': '' } }), 401, ['unauthorized']],
    ['with a wrong key', (m) => m.call('POST', ORDERS, {}, { headers: { 'api-key': 'x' } }), 401, ['unauthorized']],
    [
      'with the prefix of another scheme',
      (m) => m.call('POST', ORDERS, {}, { headers: { 'api-key': 'Bearer sandbox-api-key' } }),
      401,
      ['unauthorized'],
    ],
    ['for another cabinet', (m) => m.call('POST', '/v1/businesses/1/orders', {}), 403, ['forbidden']],
    ['for another store', (m) => m.call('GET', '/v2/campaigns/1/returns'), 403, ['forbidden']],
    ['without a version', (m) => m.call('POST', '/businesses/2001/orders', {}), 404, ['unknown-operation']],
    ['with another version', (m) => m.call('POST', '/v2/businesses/2001/orders', {}), 404, ['unknown-operation']],
    ['by another method', (m) => m.call('PUT', ORDERS, {}), 405, ['unknown-operation']],
    [
      'by a method that is being switched off',
      (m) => m.call('GET', '/v2/campaigns/1001/orders/5'),
      403,
      ['deprecated'],
    ],
    [
      'with another media type',
      (m) => m.call('POST', ORDERS, {}, { headers: { 'content-type': 'text/plain' } }),
      415,
      ['malformed'],
    ],
    ['with a body that is no JSON', (m) => m.call('POST', ORDERS, undefined, { rawBody: '{' }), 400, ['malformed']],
    ['without its body', (m) => m.call('POST', ORDERS), 400, ['malformed']],
    [
      'with more than 512 KB',
      (m) => m.call('POST', ORDERS, { orderIds: [1], notes: 'x'.repeat(512 * 1024) }),
      413,
      ['malformed'],
    ],
    ['with a field nobody knows', (m) => m.call('POST', ORDERS, { orderId: 1 }), 400, ['malformed']],
    ['with an id that is text', (m) => m.call('POST', ORDERS, { orderIds: ['1'] }), 400, ['malformed']],
    [
      'with more than 50 ids',
      (m) => m.call('POST', ORDERS, { orderIds: Array.from({ length: 51 }, (_, n) => n + 1) }),
      400,
      ['malformed'],
    ],
    ['with the same id twice', (m) => m.call('POST', ORDERS, { orderIds: [1, 1] }), 400, ['malformed']],
    ['with a filter nobody knows', (m) => m.call('POST', `${ORDERS}?page=1`, {}), 400, ['malformed']],
    [
      'for more than 30 days',
      (m) =>
        m.call('POST', ORDERS, {
          dates: { updateDateFrom: '2026-03-01T00:00:00Z', updateDateTo: '2026-04-01T00:00:00Z' },
        }),
      400,
      ['bad-content'],
    ],
    ['with a page nobody gave', (m) => m.call('POST', `${ORDERS}?pageToken=x`, {}), 400, ['bad-content']],
    [
      'for an order that does not exist',
      (m) => m.call('GET', '/v2/campaigns/1001/orders/5/buyer'),
      404,
      ['unknown-subject'],
    ],
    [
      'for a chat that does not exist',
      (m) => m.call('GET', '/v2/businesses/2001/chat?chatId=5'),
      404,
      ['unknown-subject'],
    ],
  ])('%s', async (_what, send, status, kinds) => {
    const market = await createHarness()
    const answer = await send(market)
    expect(answer).toMatchObject({
      status,
      body: { status: 'ERROR', errors: [{ code: expect.any(String), message: expect.any(String) }] },
    })
    expect(await market.violations()).toEqual(kinds)
  })

  it('for an order of another store of the cabinet', async () => {
    const market = await createHarness()
    const orderId = await market.place()
    expect((await market.call('GET', `/v2/campaigns/1002/orders/${orderId}/buyer`)).status).toBe(404)
  })

  it('by a key without the scope, and by a store whose API is switched off', async () => {
    const market = await createHarness({
      apiKeys: [
        { key: 'sandbox-api-key', scopes: ['COMMUNICATION'] },
        { key: 'reader', scopes: ['ALL_METHODS_READ_ONLY'] },
      ],
    })
    expect(messageOf(await market.read({}))).toBe('Token does not have any of the scopes to access the API method')
    expect((await market.call('POST', '/v2/businesses/2001/chats', {})).status).toBe(200)
    const reader = { headers: { 'api-key': 'reader' } }
    expect((await market.call('POST', ORDERS, {}, reader)).status).toBe(200)
    const orderId = await market.place()
    const path = await market.at(orderId, 'external-id')
    expect((await market.call('POST', path, { externalOrderId: 'x' }, reader)).status).toBe(403)
    const { campaigns } = await market.control.getSettings()
    await market.control.changeSettings({
      apiKeys: [{ key: 'sandbox-api-key' }],
      campaigns: campaigns.map((one) => ({ ...one, apiAvailability: 'MANUALLY_DISABLED' })),
    })
    expect(messageOf(await market.call('GET', '/v2/campaigns/1001/returns'))).toBe(
      'API for campaign 1001 manually disabled',
    )
    expect((await market.call('GET', '/v2/campaigns')).body.campaigns[0].apiAvailability).toBe('MANUALLY_DISABLED')
  })
})

describe('orders are read', () => {
  it('page by page, in the order they came, cut to 50', async () => {
    const market = await createHarness()
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) ids.push(await market.place())
    const seen: number[] = []
    let token: string | undefined
    do {
      const { body } = await market.read({}, `?limit=2${token === undefined ? '' : `&pageToken=${token}`}`)
      seen.push(...body.orders.map(({ orderId }: { orderId: number }) => orderId))
      token = body.paging.nextPageToken
    } while (token !== undefined)
    expect(seen).toEqual(ids.map(Number))
    expect((await market.read({}, '?limit=1000')).status).toBe(200)
  })

  it('by everything the Market filters by', async () => {
    const market = await createHarness()
    const fbs = await market.place()
    const dbs = await market.place({ model: 'DBS' })
    await market.timers.advance(60_000)
    await market.setStatus(dbs, 'DELIVERY')
    const found = async (filter: object) =>
      (await market.read(filter)).body.orders.map(({ orderId }: { orderId: number }) => String(orderId))
    expect(await found({ statuses: ['PROCESSING'] })).toEqual([fbs])
    expect(await found({ substatuses: ['DELIVERY_SERVICE_RECEIVED'] })).toEqual([dbs])
    expect(await found({ campaignIds: [1002] })).toEqual([dbs])
    expect(await found({ programTypes: ['FBS', 'EXPRESS'] })).toEqual([fbs])
    expect(await found({ dates: { updateDateFrom: '2026-05-01T09:00:01Z' } })).toEqual([dbs])
    expect(
      await found({ dates: { updateDateFrom: '2026-05-01T12:00:00+03:00', updateDateTo: '2026-05-01T09:01:00Z' } }),
    ).toEqual([fbs])
    expect(await found({ dates: { shipmentDateFrom: '2026-05-02', shipmentDateTo: '2026-05-02' } })).toEqual([fbs, dbs])
    expect(await found({ dates: { creationDateFrom: '2026-05-02' } })).toEqual([])
    expect(await found({ sourcePlatforms: ['OTHER'] })).toEqual([])
    await market.timers.advance(40 * 86_400_000)
    expect(await found({})).toEqual([])
    expect(await found({ orderIds: [Number(fbs)] })).toEqual([fbs])
  })

  it('no sooner than they can be', async () => {
    const market = await createHarness()
    const orderId = await market.place({ script: { visibleAfterMs: 500 } })
    expect((await market.read({ orderIds: [Number(orderId)] })).body.orders).toEqual([])
    await market.timers.advance(500)
    expect((await market.read({ orderIds: [Number(orderId)] })).body.orders).toHaveLength(1)
  })

  it('with all digits of their ids', async () => {
    const market = await createHarness()
    const orderId = '9007199254740993'
    await market.place({ orderId })
    expect(market.received[0]?.text).toContain(`"orderId":${orderId},`)
    const response = await market.simulator.app.request(ORDERS, {
      method: 'POST',
      headers: { 'api-key': 'sandbox-api-key', 'content-type': 'application/json' },
      body: `{"orderIds":[${orderId}]}`,
    })
    expect(await response.text()).toContain(`"orderId":${orderId},`)
    const wrong = await market.read({}, '')
    expect(wrong.status).toBe(200)
  })
})

describe('limits', () => {
  it('are told in the headers of every answer', async () => {
    const market = await createHarness()
    const { headers } = await market.read({})
    expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-ratelimit')))).toEqual({
      'x-ratelimit-resource-limit': '10000',
      'x-ratelimit-resource-remaining': '9999',
      'x-ratelimit-resource-until': 'Fri, 01 May 2026 10:00:01 GMT',
    })
    const refused = await market.call('GET', '/v2/campaigns/1001/orders/5/buyer')
    expect(refused.headers.get('x-ratelimit-resource-remaining')).toBe('2999')
  })

  it('of the hour are kept by store and method, and end when they say', async () => {
    const market = await createHarness({ budgets: { getReturns: 2 }, clockFactor: 60 })
    const read = async (campaign: number) => await market.call('GET', `/v2/campaigns/${campaign}/returns`)
    expect([(await read(1001)).status, (await read(1001)).status]).toEqual([200, 200])
    const third = await read(1001)
    expect([third.status, messageOf(third)]).toEqual([
      420,
      'Hit rate limit of 2 requests per 1 hour for resource /v2/campaigns/{campaignId}/returns for campaignId 1001',
    ])
    expect(third.headers.get('x-ratelimit-resource-remaining')).toBe('0')
    expect((await read(1002)).status).toBe(200)
    await market.timers.advance(
      Date.parse(third.headers.get('x-ratelimit-resource-until') ?? '') - market.timers.now().getTime(),
    )
    expect((await read(1001)).status).toBe(200)
    expect([await market.violations(), await market.remarks()]).toEqual([[], ['budget-used-up']])
  })

  it('count orders where many are changed at once', async () => {
    const market = await createHarness()
    const ids = [await market.place(), await market.place(), await market.place()]
    const orders = ids.map((id) => ({ id: Number(id), status: 'PROCESSING', substatus: 'READY_TO_SHIP' }))
    const answer = await market.call('POST', '/v2/campaigns/1001/orders/status-update', {
      orders: [...orders, { ...orders[0], id: 7 }],
    })
    expect(answer.headers.get('x-ratelimit-resource-remaining')).toBe('9996')
    expect(answer.body.result.orders.map(({ updateStatus }: { updateStatus: string }) => updateStatus)).toEqual([
      'OK',
      'OK',
      'OK',
      'ERROR',
    ])
  })

  it('of calls at a time are kept by store and by cabinet', async () => {
    const market = await createHarness({ latencyMs: 100 })
    const calls = Array.from({ length: 5 }, () => market.read({}))
    const store = market.call('GET', '/v2/campaigns/1001/returns')
    const fifth = await calls[4]!
    expect([fifth.status, messageOf(fifth)]).toEqual([420, 'Hit rate limit of 4 parallel requests for businessId 2001'])
    await market.timers.advance(100)
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 420])
    expect((await store).status).toBe(200)
    expect(await market.violations()).toEqual(['parallel-limit'])
  })
})

describe('faults of calls', () => {
  it.each<[Parameters<Harness['control']['addFaults']>[0], number, string]>([
    [{ on: 'call', fault: 'answer', status: 500 }, 500, 'sandbox fault'],
    [{ on: 'call', fault: 'api-disabled' }, 403, 'API for campaign 1001 manually disabled'],
    [{ on: 'call', fault: 'parallel-limit' }, 420, 'Hit rate limit of 4 parallel requests for campaignId 1001'],
    [{ on: 'call', fault: 'resource-limit', waitMs: 5_000 }, 420, 'Hit rate limit of 7000 requests per 1 hour'],
  ])('%o hits once and changes nothing', async (fault, status, message) => {
    const market = await createHarness()
    const orderId = await market.place()
    await market.control.addFaults({ ...fault, orderId })
    const { campaignId } = await market.control.getOrder(orderId)
    const path = `/v2/campaigns/${campaignId}/orders/${orderId}/${status === 420 && message.includes('7000') ? 'returns/1' : 'status'}`
    const send = async () =>
      path.endsWith('status')
        ? await market.call('PUT', path, { order: { status: 'PROCESSING', substatus: 'READY_TO_SHIP' } })
        : await market.call('GET', path)
    const hit = await send()
    expect(hit.status).toBe(status)
    expect(messageOf(hit)).toContain(message)
    expect((await market.control.getOrder(orderId)).commands).toEqual([])
    expect((await send()).status).not.toBe(status)
    const { calls } = await market.control.getSummary()
    expect(Object.values(calls).flatMap((counts) => Object.keys(counts))).toContain(String(status))
  })

  it('lose an answer after the change; asked again blindly it is a violation, after a look it is a race', async () => {
    const market = await createHarness()
    const [blind, careful] = [await market.place(), await market.place()]
    for (const orderId of [blind, careful]) {
      await market.control.addFaults({ on: 'call', orderId, operation: 'updateOrderStatus', fault: 'lose-answer' })
      await expect(market.setStatus(orderId, 'PROCESSING', 'READY_TO_SHIP')).rejects.toThrow()
      if (orderId === careful) await market.read({ orderIds: [Number(orderId)] })
      expect((await market.setStatus(orderId, 'PROCESSING', 'READY_TO_SHIP')).status).toBe(400)
    }
    expect(await market.violations()).toEqual(['blind-repeat'])
    expect(
      (await market.control.listCalls({ orderId: blind })).map(({ answer, fault }) => [answer?.status ?? null, fault]),
    ).toEqual([
      [null, 'lose-answer'],
      [400, null],
    ])
  })

  it('garble, hang, slow and cut', async () => {
    const market = await createHarness()
    await market.control.addFaults(
      { on: 'call', fault: 'garble' },
      { on: 'call', fault: 'hang' },
      { on: 'call', fault: 'slow', delayMs: 300 },
      { on: 'call', fault: 'cut' },
    )
    expect((await market.read({})).body).toBe('{"status":"OK","result":')
    const hanging = new AbortController()
    const hung = market.call('POST', ORDERS, {}, { signal: hanging.signal })
    const slow = market.read({})
    await market.timers.advance(299)
    expect((await market.control.listCalls()).map(({ fault }) => fault)).toEqual(['garble'])
    await market.timers.advance(1)
    expect((await slow).status).toBe(200)
    hanging.abort()
    await expect(hung).rejects.toThrow()
    await expect(market.read({})).rejects.toThrow()
  })

  it('an outage refuses everything and announces nothing; then everything comes', async () => {
    const market = await createHarness()
    await market.control.startOutage({ answer: 503, forMs: 60_000 })
    const orderId = await market.place()
    expect((await market.read({})).status).toBe(503)
    expect(market.received).toEqual([])
    await market.timers.advance(60_000)
    expect(market.types()).toEqual(['ORDER_CREATED', 'ORDER_STATUS_UPDATED'])
    expect((await market.read({ orderIds: [Number(orderId)] })).status).toBe(200)
    await market.control.startOutage()
    await expect(market.read({})).rejects.toThrow()
    await market.control.endOutage()
    expect((await market.read({})).status).toBe(200)
    expect(await market.violations()).toEqual([])
  })

  it('two changes of one order at the same time are a violation', async () => {
    const market = await createHarness({ latencyMs: 50 })
    const orderId = await market.place()
    const path = await market.at(orderId, 'external-id')
    const both = [
      market.call('POST', path, { externalOrderId: 'a' }),
      market.setStatus(orderId, 'PROCESSING', 'READY_TO_SHIP'),
    ]
    await market.timers.advance(50)
    await Promise.all(both)
    expect(await market.violations()).toContain('overlap')
  })
})
