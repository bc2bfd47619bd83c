import { request } from 'node:http'
import { getMarketplace } from '@sluice/marketplaces'
import { defaultPolicy } from '@sluice/orders'
import { createProducer, type EventProducer } from '@sluice/queue'
import { type HttpServer, serveHttp } from '@sluice/runtime'
import { createOwnRedis, type OwnRedis } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from './create-app.ts'

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const headers = { 'client-token': 'token' }
let redisServer: OwnRedis
let redis: Redis
let producer: EventProducer
let server: HttpServer

beforeAll(async () => {
  redisServer = await createOwnRedis()
  redis = new Redis(redisServer.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
})
beforeEach(async () => {
  await redis.flushall()
  await start()
  await vi.waitFor(() => producer.assertReady(), { timeout: 5_000, interval: 5 })
})
afterEach(stop)
afterAll(async () => {
  redis.disconnect()
  await redisServer.remove()
})

async function start(): Promise<void> {
  producer = createProducer({ redisUrl: redisServer.url, log })
  const account = {
    id: 'main',
    marketplace: 'kuper',
    numberPrefix: 'KU-',
    stores: [{ id: '17' }],
    policy: defaultPolicy,
    api: { timeoutMs: 10_000 },
    inbound: { clientTokens: ['token'], basic: [], bearer: [] },
  }
  const app = createApp({
    endpoints: [getMarketplace('kuper').createWebhookEndpoint([account])],
    accounts: [account],
    backOfficeTokens: ['from-1c'],
    producer,
    log,
    countAcknowledgement: () => {},
  })
  server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
}

/** In the order in which the process closes them. */
async function stop(): Promise<void> {
  await server.close(1_000)
  await producer.close()
}

function created(externalId: string): string {
  const payload = { originalOrderId: externalId, storeID: '17', positions: [{ id: '1', quantity: 1 }] }
  return JSON.stringify({ event_type: 'order.created', payload })
}

function send(externalId: string): Promise<Response> {
  return fetch(`${server.url}/kuper-webhook`, { method: 'POST', headers, body: created(externalId) })
}

const waiting = () => redis.lrange('{sluice:0}:reservation:wait', 0, -1)

test('parallel identical webhooks get the same answer and become one job', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, async () => (await send('H1')).json()))
  expect(answers).toEqual(Array(40).fill({ status: 'created', number: 'KU-H1' }))
  expect(await waiting()).toHaveLength(1)
})

test('Redis killed: 503 within a second; Redis back: 200 without a restart, and nothing acknowledged is lost', async () => {
  expect((await send('H1')).status).toBe(200)
  await redisServer.kill()
  const startedAt = performance.now()
  const refused = await send('H2')
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ code: 503, errors: [{ type: 'unavailable' }] })
  await redisServer.start()
  await vi.waitFor(async () => expect((await send('H2')).status).toBe(200), { timeout: 5_000, interval: 10 })
  expect(await waiting()).toHaveLength(2)
})

test('Redis frozen: 503 within a second', async () => {
  redisServer.freeze()
  try {
    const startedAt = performance.now()
    expect((await send('H1')).status).toBe(503)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  } finally {
    redisServer.thaw()
  }
  await vi.waitFor(async () => expect((await send('H1')).status).toBe(200), { timeout: 10_000, interval: 20 })
})

test('Redis away when ingress starts: 503, then 200 as soon as it is there', async () => {
  await stop()
  await redisServer.kill()
  await start()
  expect((await send('H1')).status).toBe(503)
  await redisServer.start()
  await vi.waitFor(async () => expect((await send('H1')).status).toBe(200), { timeout: 5_000, interval: 10 })
})

test('requests under way when it stops are enqueued and answered; later ones find no server', async () => {
  log.info.mockClear()
  const sending = Array.from({ length: 20 }, (_, i) => send(`H${i}`))
  await vi.waitFor(() => expect(log.info).toHaveBeenCalled(), { interval: 1 })
  const stopping = stop()
  const outcomes = await Promise.allSettled(sending)
  await stopping
  await expect(send('H99')).rejects.toThrow()
  const acknowledged = outcomes.filter((call) => call.status === 'fulfilled' && call.value.status === 200)
  expect(acknowledged.length).toBeGreaterThan(0)
  expect((await waiting()).length).toBeGreaterThanOrEqual(acknowledged.length)
  await start()
})

test('a webhook cut off in the middle is not enqueued', async () => {
  const body = created('H1')
  const req = request(`${server.url}/kuper-webhook`, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  })
  req.on('error', () => {})
  await new Promise<void>((resolve) => {
    req.write(body.slice(0, 20), () => resolve())
  })
  req.destroy()
  expect((await send('H2')).status).toBe(200)
  expect(await waiting()).toHaveLength(1)
})

test('a body that goes on and on is refused over a real connection, and the connection ends', async () => {
  const req = request(`${server.url}/kuper-webhook`, { method: 'POST', headers })
  req.on('error', () => {})
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  req.on('response', (res) => {
    resolve(res.statusCode)
    res.resume()
  })
  const pump = setInterval(() => req.write('x'.repeat(256 * 1024)), 1)
  try {
    expect(await promise).toBe(413)
  } finally {
    clearInterval(pump)
    req.destroy()
  }
})
