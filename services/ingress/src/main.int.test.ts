import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { createOwnRedis, type OwnRedis } from '@sluice/testkit'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const root = new URL('../../../', import.meta.url)
// As a user fills it in: placeholders are refused.
const filledIn = readFileSync(new URL('.env.example', root), 'utf8').replaceAll('change-me', 'a-value-of-its-own')
const example = parseEnv(filledIn)
let redisServer: OwnRedis

beforeAll(async () => {
  redisServer = await createOwnRedis()
})
afterAll(() => redisServer.remove())

function startIngress(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      ...example,
      SLUICE_CONFIG: fileURLToPath(new URL('sluice.config.example.yaml', root)),
      REDIS_URL: redisServer.url,
      PORT: '0',
      HEALTH_PORT: '0',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  const exited = once(child, 'exit')
  const line = (event: string) =>
    vi.waitFor(
      () => {
        const found = lines.find((candidate) => candidate.event === event)
        if (!found) throw new Error(`no ${event} yet`)
        return found
      },
      { timeout: 10_000, interval: 10 },
    )
  return { child, exited, line }
}

function send(url: string, externalId: string): Promise<Response> {
  const payload = { originalOrderId: externalId, storeID: 'apteka-017', positions: [{ id: '1', quantity: 1 }] }
  return fetch(`${url}/kuper-webhook/main`, {
    method: 'POST',
    headers: { 'client-token': example.KUPER_INBOUND_TOKEN! },
    body: JSON.stringify({ event_type: 'order.created', payload }),
  })
}

test('SIGTERM under load: exits 0, and every acknowledged webhook is in Redis', async () => {
  const { child, exited, line } = startIngress()
  try {
    const url = String((await line('ingress.listening')).url)
    const health = String((await line('service.started')).health)
    await line('queue.redis-ready')
    expect((await fetch(`${health}/readyz`)).status).toBe(200)

    const acknowledged: string[] = []
    let sent = 0
    const sender = async () => {
      for (;;) {
        sent += 1
        const id = `H${sent}`
        const res = await send(url, id).catch(() => undefined)
        if (!res) return
        if (res.status === 200) acknowledged.push(`KU-${id}`)
      }
    }
    const senders = Array.from({ length: 20 }, sender)
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(100), { timeout: 10_000, interval: 1 })
    child.kill('SIGTERM')
    await Promise.all(senders)
    expect(await exited).toEqual([0, null])

    const redis = new Redis(redisServer.url)
    const ids = await redis.lrange('{sluice:0}:reservation:wait', 0, -1)
    const jobs = await Promise.all(ids.map((id) => redis.hget(`{sluice:0}:reservation:${id}`, 'data')))
    redis.disconnect()
    const numbers = new Set(jobs.map((job) => JSON.parse(job!).ref.number))
    expect(acknowledged.filter((number) => !numbers.has(number))).toEqual([])
  } finally {
    child.kill('SIGKILL')
  }
})

test('without Redis it starts, answers 503 and is not ready; then it is, without a restart', async () => {
  await redisServer.kill()
  const { child, line } = startIngress()
  try {
    const url = String((await line('ingress.listening')).url)
    const health = String((await line('service.started')).health)
    expect((await send(url, 'H1')).status).toBe(503)
    expect((await fetch(`${health}/readyz`)).status).toBe(503)
    expect((await fetch(`${health}/healthz`)).status).toBe(200)
    await redisServer.start()
    await line('queue.redis-ready')
    expect((await send(url, 'H1')).status).toBe(200)
    expect((await fetch(`${health}/readyz`)).status).toBe(200)
    expect(await (await fetch(`${health}/metrics`)).text()).toContain(
      'sluice_http_acknowledgement_seconds_count{route="/kuper-webhook/:account",status="503"} 1',
    )
  } finally {
    child.kill('SIGKILL')
  }
})

test('the first request after its start, a PING, is answered at once and needs no Redis', async () => {
  const { child, line } = startIngress({
    SLUICE_CONFIG: fileURLToPath(new URL('infra/local/sandbox.config.yaml', root)),
    REDIS_URL: 'redis://127.0.0.1:1',
  })
  try {
    const url = String((await line('ingress.listening')).url)
    const startedAt = performance.now()
    const res = await fetch(`${url}/yandex-market/market/notification`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ notificationType: 'PING', time: '2026-05-01T10:00:00.123456789Z' }),
    })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect([res.status, await res.json()]).toEqual([
      200,
      { version: expect.any(String), name: expect.any(String), time: expect.any(String) },
    ])
  } finally {
    child.kill('SIGKILL')
  }
})

test('a Redis that evicts keys stops it', async () => {
  const redis = new Redis(redisServer.url)
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const { child, exited, line } = startIngress()
  try {
    await line('queue.redis-unfit')
    expect(await exited).toEqual([1, null])
  } finally {
    child.kill('SIGKILL')
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    redis.disconnect()
  }
})
