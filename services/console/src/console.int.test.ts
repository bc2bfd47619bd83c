import type { EventJob } from '@sluice/contracts'
import { createLedger, type Ledger, migrate, orderIdOf } from '@sluice/ledger'
import { defaultPolicy } from '@sluice/orders'
import {
  type BoardQueues,
  createBoardQueues,
  createProducer,
  createQueueStatsReader,
  type EventProducer,
  type QueueStatsReader,
  startWorker,
  type WorkerHost,
} from '@sluice/queue'
import { createOwnRedis, createTestDatabase, eventually, type OwnRedis, type TestDatabase } from '@sluice/testkit'
import type { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBoard } from './bull-board.ts'
import { createApp } from './create-app.ts'

const log = { info() {}, warn() {}, error() {} }
const host = '127.0.0.1:8090'
const steps = ['in_work', 'ready', 'canceled'] as const
const reports = {
  'marketplace-delivery': steps,
  pickup: steps,
  'merchant-delivery': steps,
  digital: steps,
  'by-marketplace': steps,
}
const evidence = { durationMs: 12, outcome: 'refused', httpStatus: 422, response: '{"code":"no"}' }
let database: TestDatabase
let redis: OwnRedis
let ledger: Ledger
let producer: EventProducer
let queueStats: QueueStatsReader
let boardQueues: BoardQueues
let app: Hono
const workers: WorkerHost[] = []

beforeAll(async () => {
  database = await createTestDatabase(migrate)
  redis = await createOwnRedis()
  const redisUrl = redis.url
  ledger = createLedger({
    databaseUrl: database.url,
    settingsFor: () => ({ policy: defaultPolicy, pickupCode: '0000', traits: { reports, announcesReturns: false } }),
  })
  producer = createProducer({ redisUrl, log })
  queueStats = createQueueStatsReader(redisUrl)
  boardQueues = createBoardQueues(redisUrl)
  const board = createBoard(boardQueues, '/queues')
  app = createApp({ ledger, producer, queueStats, board, policyOf: () => defaultPolicy, ownHosts: [], log })
  await eventually(() => producer.assertReady())
})

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close(100)))
  await Promise.all([producer.close(), boardQueues.close(), ledger.close()])
  queueStats.close()
  await redis.remove()
  await database.drop()
})

const get = async (path: string) => {
  const res = await app.request(path, { headers: { host } })
  return { status: res.status, page: await res.text() }
}

const post = async (path: string) => {
  const res = await app.request(path, {
    method: 'POST',
    headers: { host, origin: `http://${host}` },
    body: new URLSearchParams({ operator: 'Anna' }),
  })
  return res.headers.get('location')
}

function eventOf(number: string, event: EventJob['envelope']['event']): EventJob {
  return {
    ref: { marketplace: 'kuper', account: 'main', externalId: number.slice(3), number },
    name: event.type,
    envelope: {
      event,
      source: 'marketplace',
      dedupKey: `${number}:${event.type}`,
      receivedAt: new Date().toISOString(),
    },
  }
}

const placed = (number: string) =>
  eventOf(number, {
    type: 'order.placed',
    order: {
      storeId: '017',
      lines: [{ sku: 'A1', name: 'Milk', quantity: 2 }],
      customer: { name: 'Anna Petrova', phone: '+7 999 111-22-33' },
    },
  })

async function startReservation(): Promise<void> {
  workers.push(
    await startWorker({
      redisUrl: redis.url,
      queue: 'reservation',
      log,
      handleEvent: async () => ({ kind: 'done' }),
      async handleEffect({ effectId }) {
        const claim = await ledger.claim(effectId, 5_000)
        if (claim.kind === 'claimed') {
          const event = { type: 'stock.reserved' as const, key: claim.effect.key, lines: [{ sku: 'A1', quantity: 2 }] }
          const at = new Date().toISOString()
          await ledger.settle(claim.effect, { kind: 'done', event }, { at, durationMs: 5, outcome: 'reserved' })
        }
        return { kind: 'done' }
      },
      async onDead() {},
    }),
  )
}

test('a dead effect that is retried goes through, however often the button is pressed', async () => {
  await ledger.record(placed('KU-H1'))
  const claim = await ledger.claim(`${orderIdOf('KU-H1')}.1`, 5_000)
  if (claim.kind !== 'claimed') throw new Error(claim.kind)
  await ledger.settle(
    claim.effect,
    {
      kind: 'dead',
      event: { type: 'effect.died', key: claim.effect.key, reason: 'refused' },
      fault: 'theirs',
      error: 'refused 422: unknown store',
    },
    { ...evidence, at: new Date().toISOString() },
  )
  const [letter] = await ledger.listDeadLetters({ status: 'open', limit: 10 })
  const list = await get('/dead-letters')
  expect(list.page).toContain('refused 422: unknown store')
  expect(list.page).toContain('its stock lane is blocked')
  expect((await get('/')).page).toContain('<b>1</b> open dead letter<')
  expect((await get('/orders?attention=needed')).page).toContain('href="/orders/KU-H1"')
  expect((await get('/orders/KU-H1')).page).toMatch(
    new RegExp(`role="alert">.*?href="/dead-letters/${letter!.id}".*?</div>`, 's'),
  )

  expect(await post(`/dead-letters/${letter!.id}/retry`)).toBe(`/dead-letters?notice=retried&letter=${letter!.id}`)
  expect(await post(`/dead-letters/${letter!.id}/retry`)).toBe(
    `/dead-letters?notice=already-retried&letter=${letter!.id}`,
  )
  expect((await queueStats.read())[0]).toMatchObject({ queue: 'reservation', waiting: 1 })
  await startReservation()
  await eventually(async () => {
    expect(await ledger.findOrderByNumber('KU-H1')).toMatchObject({ status: 'reserved', attention: {} })
  })

  expect((await get('/orders?attention=needed')).page).toContain('No order needs attention.')
  const { page } = await get('/orders/KU-H1')
  expect(page).toContain('replayed by Anna')
  expect(page).toMatch(/Attempt 1.*?reserved.*?retry 1 by hand.*?effect\.revived.*?Attempt 1.*?refused.*?HTTP 422/s)
  expect(page).not.toMatch(/Anna Petrova|111-22-33/)
  expect((await get('/dead-letters')).page).toContain('None is open.')
})

test('a dead event that is retried is recorded', async () => {
  await ledger.record(placed('KU-H2'))
  const job = eventOf('KU-H2', { type: 'order.paid', amount: '10.00' })
  const id = await ledger.writeDeadLetter({
    queue: 'assembly',
    job: 'ev-1',
    payload: job,
    fault: 'ours',
    error: 'record event: broken',
    attempts: 8,
    orderNumber: 'KU-H2',
  })
  expect(await post(`/dead-letters/${id}/retry`)).toBe(`/dead-letters?notice=retried&letter=${id}`)
  expect(await post(`/dead-letters/${id}/retry`)).toBe(`/dead-letters?notice=already-retried&letter=${id}`)
  const stats = await queueStats.read()
  expect(stats.find(({ queue }) => queue === 'assembly')).toMatchObject({ waiting: 1 })
  workers.push(
    await startWorker({
      redisUrl: redis.url,
      queue: 'assembly',
      log,
      handleEvent: async (event) => {
        await ledger.record(event)
        return { kind: 'done' }
      },
      handleEffect: async () => ({ kind: 'done' }),
      async onDead() {},
    }),
  )
  await eventually(async () => {
    expect(await ledger.findOrderByNumber('KU-H2')).toMatchObject({ payment: 'paid' })
  })
  expect((await get(`/dead-letters/${id}`)).page).toMatch(/Retried<\/dt>.*by Anna/s)
})

test('the raw queues are only for looking, and show no personal data', async () => {
  const [jobId] = await producer.enqueueEvents([
    eventOf('KU-H3', { type: 'order.cancelled', comment: 'call +7 999 111-22-33' }),
  ])
  expect((await get('/queues')).page).toContain('<base href="/queues/"')
  const job = await get(`/queues/api/queues/cancellation/${jobId}`)
  expect(job.status).toBe(200)
  expect(job.page).toContain('order.cancelled')
  expect(job.page).not.toContain('111-22-33')
  for (const [method, path] of [
    ['PUT', '/queues/api/queues/cancellation/pause'],
    ['PUT', `/queues/api/queues/cancellation/${jobId}/clean`],
    ['PUT', '/queues/api/queues/cancellation/empty'],
    ['POST', '/queues/api/queues/cancellation/add'],
  ]) {
    const res = await app.request(path!, { method: method!, headers: { host, origin: `http://${host}` } })
    expect(res.status).toBe(405)
  }
  const stats = await queueStats.read()
  expect(stats.find(({ queue }) => queue === 'cancellation')).toMatchObject({ waiting: 1 })
})
