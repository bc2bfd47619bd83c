import { parseEventJob } from '@sluice/contracts'
import { defaultPolicy } from '@sluice/orders'
import { describe, expect, test } from 'vitest'
import { createYandexEndpoint, type YandexEndpointAccount } from './endpoint.ts'
import { notificationSchemas } from './notification-schema.ts'
import { yandexMarketAccountSchema } from './settings-schema.ts'

const SEGMENT = 'a8f5f167f44f4964'
const NEXT_SEGMENT = 'e6c998dd21a0b6f0'
const OTHER_SEGMENT = '0cc175b9c0f1b6a8'
const MARKET = '5.45.207.77'
const STARTED = new Date('2026-09-28T07:15:03.759Z')
const ACCEPTED = { version: '0.1.0', name: 'Sluice', time: '2026-09-28T07:15:03.759Z' }

function account(id: string, businessId: string, stores: string[], inbound: object = {}): YandexEndpointAccount {
  const settings = yandexMarketAccountSchema.parse({ businessId, inbound, api: { apiKey: 'k' } })
  return {
    id,
    numberPrefix: `${id}-`,
    stores: stores.map((store) => ({ id: store })),
    policy: defaultPolicy,
    ...settings,
  }
}

const open = account('open', '10', ['101', '102'])
const second = account('second', '20', ['201'])
const secret = account('secret', '30', ['301'], { pathSegments: [SEGMENT, NEXT_SEGMENT] })
const hidden = account('hidden', '40', ['401'], { pathSegments: [OTHER_SEGMENT] })
const accounts = [open, second, secret, hidden]

function admit(url: string, { peer = MARKET, headers = {}, of = accounts } = {}) {
  return createYandexEndpoint(of).admit({ url, headers: new Headers(headers), peerAddress: peer })
}

function deliver(url: string, body: unknown, options?: Parameters<typeof admit>[1]) {
  const admitted = admit(url, options)
  if (admitted.kind !== 'admitted') throw new Error(admitted.reason)
  return admitted.read(typeof body === 'string' ? body : JSON.stringify(body), STARTED)
}

const created = (fields: object = {}) => ({
  notificationType: 'ORDER_CREATED',
  orderId: 58214036417,
  campaignId: 201,
  items: [{ offerId: 'a', count: 1 }],
  createdAt: '2026-09-28T07:14:11.482Z',
  ...fields,
})

describe('addresses', () => {
  const suffixes = ['', '/', '/notification', '/notification/', '//notification', '/notification/notification']

  describe.each([
    ['an account by its id', '/yandex-market/second', 'second'],
    ['an account by its segment', `/yandex-market/${SEGMENT}`, 'secret'],
    ['an account by the segment that comes next', `/yandex-market/${NEXT_SEGMENT}`, 'secret'],
    ['an account by both', `/yandex-market/secret/${SEGMENT}`, 'secret'],
    ['an account with slashes too many', `/yandex-market//secret//${SEGMENT}`, 'secret'],
    ['an account in percent signs', '/yandex-market/%73econd', 'second'],
  ])('%s', (_name, path, id) => {
    test.each([...suffixes, '?a=b', '?a=b/notification', '/?a=b&c=/notification', '/notification?a=b/notification'])(
      'is found with %j behind it',
      (suffix) => {
        expect(admit(path + suffix)).toMatchObject({ kind: 'admitted', account: id })
      },
    )
  })

  test.each(suffixes)('without an account, and %j behind, the body says whose it is', (suffix) => {
    const admitted = admit(`/yandex-market${suffix}`)
    expect(admitted).toMatchObject({ kind: 'admitted' })
    expect(admitted).not.toHaveProperty('account')
    expect(deliver(`/yandex-market${suffix}`, created())).toMatchObject({ job: { ref: { account: 'second' } } })
  })

  test('the only account needs no name', () => {
    expect(admit('/yandex-market/notification', { of: [second] })).toMatchObject({ account: 'second' })
  })

  test.each([
    ['an unknown account', '/yandex-market/nobody'],
    ['an account whose segment is missing', '/yandex-market/secret/notification'],
    ['a wrong segment', `/yandex-market/secret/${SEGMENT}x/notification`],
    ['the segment of another account', `/yandex-market/secret/${OTHER_SEGMENT}`],
    ['a segment for an account that has none', `/yandex-market/open/${SEGMENT}`],
    ['an unknown segment for an account that has none', '/yandex-market/open/x'],
    ['the segment before the account', `/yandex-market/${SEGMENT}/secret`],
    ['more than there is', `/yandex-market/secret/${SEGMENT}/x`],
    ['a segment in the query', `/yandex-market/secret?${SEGMENT}`],
    ['a segment in capitals', `/yandex-market/${SEGMENT.toUpperCase()}`],
    ['broken percent signs', '/yandex-market/%E0%A4%A'],
  ])('%s is not found, and nothing is told', (_name, url) => {
    expect(admit(url)).toEqual({
      kind: 'refused',
      reason: 'unknown path',
      answer: { status: 404, body: { error: { type: 'UNKNOWN', message: 'Not found.' } } },
    })
  })

  test('where every account has a segment, no segment leads nowhere', () => {
    expect(admit('/yandex-market/notification', { of: [secret, hidden] })).toMatchObject({ answer: { status: 404 } })
  })

  test('two accounts may share a segment: the body says whose it is', () => {
    const twin = account('twin', '50', ['501'], { pathSegments: [SEGMENT] })
    const of = [secret, twin]
    expect(deliver(`/yandex-market/${SEGMENT}`, created({ campaignId: '501' }), { of })).toMatchObject({
      job: { ref: { account: 'twin' } },
    })
    expect(admit(`/yandex-market/twin/${SEGMENT}`, { of })).toMatchObject({ account: 'twin' })
  })
})

describe('source addresses', () => {
  const refusal = { kind: 'refused', reason: 'source address', answer: { status: 403 } }

  test.each([
    ['to a right path', '/yandex-market/open/notification'],
    ['to a right segment', `/yandex-market/${SEGMENT}`],
    ['to a wrong segment: nobody can try them out', '/yandex-market/0123456789abcdef'],
  ])('a stranger is refused %s', (_name, url) => {
    expect(admit(url, { peer: '203.0.113.9' })).toMatchObject(refusal)
  })

  test('nobody is let in whose address is unknown', () => {
    const endpoint = createYandexEndpoint(accounts)
    expect(endpoint.admit({ url: '/yandex-market', headers: new Headers(), peerAddress: undefined })).toMatchObject(
      refusal,
    )
  })

  test('every account has its own ranges', () => {
    const local = account('local', '60', ['601'], { sources: ['127.0.0.1'] })
    const of = [open, local]
    expect(admit('/yandex-market/local', { of, peer: '127.0.0.1' })).toMatchObject({ account: 'local' })
    expect(admit('/yandex-market/local', { of })).toMatchObject(refusal)
    expect(admit('/yandex-market', { of })).toMatchObject({ account: 'open' })
  })

  test('behind a trusted proxy the header counts', () => {
    const of = [account('proxied', '70', ['701'], { trustedProxies: ['10.0.0.1'] })]
    const headers = { 'X-Forwarded-For': `203.0.113.9, ${MARKET}` }
    expect(admit('/yandex-market', { of, peer: '10.0.0.1', headers })).toMatchObject({ kind: 'admitted' })
    expect(admit('/yandex-market', { of, peer: '10.0.0.2', headers })).toMatchObject(refusal)
  })
})

describe('answers', () => {
  test('an event is enqueued under our number and answered as the Market wants it', () => {
    expect(deliver('/yandex-market/second/notification', created())).toEqual({
      kind: 'event',
      job: {
        ref: {
          marketplace: 'yandex-market',
          account: 'second',
          externalId: '58214036417',
          number: 'second-58214036417',
        },
        name: 'ORDER_CREATED',
        envelope: {
          event: { type: 'order.announced', storeId: '201' },
          source: 'marketplace',
          dedupKey: 'yandex-market:second:ORDER_CREATED:58214036417',
          occurredAt: '2026-09-28T07:14:11.482Z',
          receivedAt: STARTED.toISOString(),
        },
      },
      answer: { status: 200, body: ACCEPTED },
    })
  })

  test.each([...Object.keys(notificationSchemas), 'SHOP_CLOSED'])('a job of %s is one that a worker reads', (type) => {
    const ids = { orderId: 1, returnId: 2, itemId: 3, serviceArticle: 'S', feedbackId: 4, commentId: 5, chatId: 6 }
    const more = {
      messageId: '7',
      questionId: 8,
      answerId: 9,
      campaignId: 201,
      status: 'DELIVERY',
      returnType: 'RETURN',
    }
    const statuses = type.startsWith('ORDER_LINE') ? [{ status: 'CREATED', count: 1 }] : { shipmentStatus: 'LOST' }
    const reading = deliver('/yandex-market', { notificationType: type, ...ids, ...more, statuses })
    if (reading.kind !== 'event') throw new Error(JSON.stringify(reading))
    expect(parseEventJob(JSON.parse(JSON.stringify(reading.job)))).toEqual({ ok: true, value: reading.job })
  })

  test('a repeat is the same job with the same answer', () => {
    const [first, second] = [deliver('/yandex-market', created()), deliver('/yandex-market/second', created())]
    expect(second).toEqual(first)
  })

  test('a PING is answered and not kept', () => {
    for (const body of [
      { notificationType: 'PING', time: '2026-09-28T07:15:03.759084017Z' },
      { notificationType: 'PING' },
    ]) {
      expect(deliver('/yandex-market', body)).toEqual({
        kind: 'answered',
        name: 'PING',
        answer: { status: 200, body: ACCEPTED },
      })
    }
  })

  test('a conversation has a number of its own', () => {
    const chat = {
      notificationType: 'CHAT_CREATED',
      chatId: 19045512,
      businessId: 20,
      createdAt: '2026-10-06T16:50:02Z',
    }
    expect(deliver('/yandex-market', chat)).toMatchObject({
      job: { ref: { account: 'second', externalId: 'chat-19045512', number: 'second-chat-19045512' } },
    })
  })

  test.each([
    ['a store that nobody configured', created({ campaignId: 999 }), '/yandex-market/second', 'second'],
    ['a store that nobody configured, under no account', created({ campaignId: 999 }), '/yandex-market', 'open'],
    ['a store of another account', created({ campaignId: 101 }), '/yandex-market/second', 'second'],
    ['no store', created({ campaignId: null }), '/yandex-market/second', 'second'],
    ['a type nobody knows', { notificationType: 'SHOP_CLOSED' }, '/yandex-market/second', 'second'],
  ])('%s is kept all the same', (_name, body, url, id) => {
    expect(deliver(url, body)).toMatchObject({ kind: 'event', job: { ref: { account: id } }, answer: { status: 200 } })
  })

  test.each<[string, unknown, string]>([
    ['no JSON', 'notification', 'body'],
    ['no type', { orderId: 1 }, 'notificationType'],
    ['a known type without its id', { notificationType: 'CHAT_MESSAGE_SENT', chatId: 1 }, 'messageId'],
  ])('%s is a wrong format: sent again it would be no better', (_name, body, field) => {
    expect(deliver('/yandex-market', body)).toEqual({
      kind: 'answered',
      reason: 'malformed',
      fields: [field],
      answer: { status: 400, body: { error: { type: 'WRONG_EVENT_FORMAT', message: expect.any(String) } } },
    })
  })

  test.each([
    // Resent it would be as large, and hold all others back.
    ['too-large', 400, 'WRONG_EVENT_FORMAT'],
    ['unavailable', 500, 'UNKNOWN'],
    ['not-post', 405, 'UNKNOWN'],
  ] as const)('%s is answered %i', (trouble, status, type) => {
    const answer = createYandexEndpoint(accounts).answerTo(trouble, STARTED)
    expect(answer).toMatchObject({ status, body: { error: { type, message: expect.any(String) } } })
    expect(answer.headers).toEqual(trouble === 'not-post' ? { Allow: 'POST' } : undefined)
  })

  test('name and version are the account’s own', () => {
    const named = account('named', '80', ['801'])
    const of = [{ ...named, api: { ...named.api, integrationName: 'My shop', integrationVersion: '7' } }]
    expect(deliver('/yandex-market', { notificationType: 'PING' }, { of })).toMatchObject({
      answer: { body: { name: 'My shop', version: '7' } },
    })
  })
})

test('without accounts nobody is let in', () => {
  expect(admit('/yandex-market', { of: [] })).toMatchObject({ answer: { status: 403 } })
})
