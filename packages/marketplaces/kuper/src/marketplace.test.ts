import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseEventJob } from '@sluice/contracts'
import type { MarketplaceAttempt, MarketplaceEffect, WebhookEndpoint } from '@sluice/marketplace-port'
import { createOrder, defaultPolicy, type Report } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kuper } from './marketplace.ts'
import { isKnownToKuper } from './notification.ts'
import { kuperAccountSchema } from './settings-schema.ts'

const base = { id: 'main', numberPrefix: 'KU-', stores: [{ id: '17' }] }
const settings = (baseUrl: string) =>
  kuperAccountSchema.parse({
    inbound: { clientTokens: ['token'] },
    api: { baseUrl, scheme: 'client-token', clientToken: 'ours' },
  })

describe('traits', () => {
  test('name only what Kuper has a word for', () => {
    const steps = Object.values(kuper.traits.reports).flat()
    expect(steps.filter((step) => !isKnownToKuper({ step } as Report))).toEqual([])
  })
})

describe('perform', () => {
  let calls: { line: string; body: string }[]
  let statusOfNotification: number
  const closers: (() => unknown)[] = []
  let baseUrl: string

  beforeEach(async () => {
    calls = []
    statusOfNotification = 202
    const server = createServer((req, res) => {
      let body = ''
      req.on('data', (chunk) => {
        body += String(chunk)
      })
      req.on('end', () => {
        calls.push({ line: `${req.method} ${req.url}`, body })
        if (req.method === 'GET') res.end(JSON.stringify({ data: { state: 'collecting' } }))
        else res.writeHead(statusOfNotification).end('{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    })
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  function perform(effect: MarketplaceEffect, over: Partial<MarketplaceAttempt> = {}) {
    /** Away: the rate budget lets everything through. */
    const redis = { eval: () => Promise.reject(new Error()) } as unknown as Redis
    const log = { warn: () => {} }
    const now = () => Date.parse('2026-05-01T10:00:30Z')
    const client = kuper.createClient({ ...base, ...settings(baseUrl) }, { redis, log, now })
    closers.push(() => client.close())
    return client.perform(effect, {
      order,
      idempotencyKey: 'KU-H1/notify-marketplace/x',
      wasUnclear: false,
      policy: defaultPolicy,
      signal: new AbortController().signal,
      ...over,
    })
  }
  const ref = { id: '1', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
  const order = createOrder(ref)
  const report = (payload: Report): MarketplaceEffect => ({ kind: 'notify-marketplace', lane: 'marketplace', payload })

  test('a report is sent for the order it is about', async () => {
    const { outcome, evidence } = await perform(report({ step: 'in_work' }))
    expect(outcome).toEqual({ kind: 'done' })
    expect(evidence?.httpStatus).toBe(202)
    expect(calls.map(({ line }) => line)).toEqual(['POST /ofm/api/v1/notifications'])
    expect(JSON.parse(calls[0]!.body)).toEqual({
      event: { type: 'order.in_work', payload: { order_id: 'H1', number: 'KU-H1' } },
    })
  })

  test('right after ready was taken, a refused next step is only too early', async () => {
    statusOfNotification = 422
    const ready = { seq: 1, kind: 'notify-marketplace', lane: 'marketplace', status: 'done', isBlocking: true } as const
    const withReady = (settledAt: string) => ({
      order: { ...order, effects: { 'notify-marketplace/ready': { ...ready, settledAt } } },
    })
    const delivering = report({ step: 'delivering' })
    expect((await perform(delivering, withReady('2026-05-01T10:00:00Z'))).outcome.kind).toBe('too-early')
    expect((await perform(delivering, withReady('2026-05-01T09:00:00Z'))).outcome.kind).toBe('refused')
  })

  test.each<[string, MarketplaceEffect]>([
    ['a step it has no word for', report({ step: 'registered', number: 'KU-H1' })],
    ['reading an order', { kind: 'fetch-order', lane: 'reading', payload: {} }],
    [
      'an answer to a cancellation',
      { kind: 'answer-cancellation-request', lane: 'answers', payload: { isAccepted: true } },
    ],
  ])('%s is refused as a fault of ours, without a call', async (_, effect) => {
    expect((await perform(effect)).outcome).toMatchObject({ kind: 'refused', fault: 'ours' })
    expect(calls).toEqual([])
  })
})

describe('webhook endpoint', () => {
  const created = {
    event_type: 'order.created',
    payload: {
      originalOrderId: 'H1',
      storeID: '17',
      positions: [{ id: '1', quantity: 1 }],
      delivery: { expectedFrom: '2026-05-01T12:00:00+03:00' },
    },
  }
  const account = { ...base, ...settings('http://127.0.0.1'), policy: { ...defaultPolicy, assemblyLeadMinutes: 30 } }
  const endpoint = kuper.createWebhookEndpoint([account])
  const admit = (url: string, headers: Record<string, string> = { 'client-token': 'token' }) =>
    endpoint.admit({ url, headers: new Headers(headers), peerAddress: undefined })

  test.each<[string, Record<string, string> | undefined, number | 'admitted']>([
    ['/kuper-webhook', undefined, 'admitted'],
    ['/kuper-webhook?from=kuper', undefined, 'admitted'],
    ['/kuper-webhook/main', undefined, 'admitted'],
    ['/kuper-webhook/m%61in?x', undefined, 'admitted'],
    ['/kuper-webhook/%E0%A4%A', undefined, 404],
    ['/kuper-webhook/other', undefined, 404],
    ['/kuper-webhook', {}, 401],
    ['/kuper-webhook', { 'client-token': 'guess' }, 403],
  ])('%s with %j: %s', (url, headers, expected) => {
    const admission = admit(url, headers)
    expect(admission.kind === 'refused' ? admission.answer.status : admission.kind).toBe(expected)
  })

  test('an order is answered with its number and the assembly time of the account’s rules', () => {
    expect(read(endpoint)).toMatchObject({
      kind: 'event',
      job: {
        ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
        envelope: { receivedAt: '2026-05-01T07:00:00.000Z' },
      },
      answer: { body: { status: 'created', number: 'KU-H1', expectedAssemblyTime: '2026-05-01T11:30:00+03:00' } },
    })
  })

  test.each<[string, object, number, string?]>([
    ['order.canceled', { orderUUID: 'u-1', number: 4711 }, 200],
    ['order.canceled', { number: 4711 }, 400, 'number of another account'],
    ['order.canceled', {}, 400, 'malformed'],
    ['store.closed', { storeID: 'a1' }, 200],
    ['store.closed', { number: 4711 }, 200],
  ])('%s with %j is answered %i', (event_type, payload, status, reason) => {
    const reading = read(endpoint, { event_type, payload })
    expect(reading).toMatchObject({ answer: { status }, ...(reason && { reason }) })
    if (reading.kind === 'event') expect(parseEventJob(reading.job)).toEqual({ ok: true, value: reading.job })
  })

  function read(from: WebhookEndpoint, webhook: object = created) {
    const admission = from.admit({
      url: '/kuper-webhook',
      headers: new Headers({ 'client-token': 'token' }),
      peerAddress: undefined,
    })
    if (admission.kind === 'refused') throw new Error(admission.reason)
    return admission.read(JSON.stringify(webhook), new Date('2026-05-01T07:00:00Z'))
  }
})
