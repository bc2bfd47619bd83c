import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventJob } from '@sluice/contracts'
import { createOwnRedis, createTcpProxy } from '@sluice/testkit'
import { afterAll, expect, test, vi } from 'vitest'
import { createProducer } from './create-producer.ts'
import { startWorker } from './start-worker.ts'

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** A worker with one job in hand, and one that waits for its turn; the worker's connections go through a proxy. */
async function startBusyWorker() {
  const server = await createOwnRedis()
  closers.push(() => server.remove())
  const proxy = await createTcpProxy(server.port)
  closers.push(() => proxy.close())
  const producer = createProducer({ redisUrl: server.url, log })
  closers.push(() => producer.close(100))
  const until = <T>(look: () => T | Promise<T>) => vi.waitFor(look, { timeout: 30_000, interval: 20 })
  await until(() => producer.assertReady())

  const finishing = new AbortController()
  const handled: string[] = []
  const onStuck = vi.fn()
  const host = await startWorker({
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
    queue: 'assembly',
    log,
    concurrency: 2,
    async handleEvent({ envelope }) {
      handled.push(envelope.dedupKey)
      if (envelope.dedupKey === 'in hand') await once(finishing.signal, 'abort')
      return { kind: 'done' }
    },
    handleEffect: async () => ({ kind: 'done' }),
    onDead: async ({ error }) => void handled.push(error),
    onStuck,
  })
  closers.push(() => host.close(100))
  await producer.enqueueEvent(event('in hand'))
  await until(() => expect(handled).toEqual(['in hand']))
  return { server, proxy, producer, host, handled, onStuck, finish: () => finishing.abort(), until }
}

function event(dedupKey: string): EventJob {
  return {
    ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
    name: 'order.received',
    envelope: {
      event: { type: 'order.taken' },
      source: 'marketplace',
      dedupKey,
      receivedAt: '2026-05-01T07:00:00.000Z',
    },
  }
}

const later = Array.from({ length: 10 }, (_, i) => `later ${i}`)

test.concurrent('a worker whose connections are lost without a word works on, each job once', {
  timeout: 60_000,
}, async () => {
  const { proxy, producer, host, handled, onStuck, finish, until } = await startBusyWorker()
  proxy.forgetConnections()
  finish()
  await producer.enqueueEvents(later.map(event))
  await until(() => expect(handled.toSorted()).toEqual(['in hand', ...later]))
  // The truth probe looks over this connection, which was lost, too.
  await until(() => host.assertReady())
  expect(onStuck).not.toHaveBeenCalled()
})

// Longer than BullMQ's watchdog over an idle fetch, which once broke the connection for good (bullmq#4585).
test.concurrent('a worker works on after Redis was away for 12 s, each job once', { timeout: 60_000 }, async () => {
  const { server, producer, host, handled, onStuck, finish, until } = await startBusyWorker()
  await server.kill()
  finish()
  await sleep(12_000)
  await server.start()
  await until(() => producer.enqueueEvents(later.map(event)))
  await until(() => expect(handled.toSorted()).toEqual(['in hand', ...later]))
  await until(() => host.assertReady())
  expect(onStuck).not.toHaveBeenCalled()
})
