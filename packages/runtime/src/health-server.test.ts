import { afterEach, expect, test } from 'vitest'
import { createHealthServer, type HealthServer } from './health-server.ts'
import { countAcknowledgement, countJob, showDeadLettersOpen } from './metrics.ts'

let health: HealthServer
afterEach(() => health.close())

async function start(): Promise<HealthServer> {
  health = await createHealthServer({ host: '127.0.0.1', port: 0 })
  return health
}

async function ask(path: string) {
  const res = await fetch(health.url + path)
  return { status: res.status, body: (await res.json()) as unknown }
}

test('ready only between start and stop; alive all the time', async () => {
  await start()
  expect(await ask('/readyz')).toEqual({ status: 503, body: { status: 'starting' } })
  health.markStarted()
  expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ready', checks: {} } })
  health.markStopping()
  health.markStarted()
  expect(await ask('/readyz')).toEqual({ status: 503, body: { status: 'stopping' } })
  expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'ok' } })
})

test('not ready names the check that fails, and a check that hangs fails too', async () => {
  await start()
  health.addCheck('redis', async () => 'PONG')
  health.addCheck('postgres', () => {
    throw new Error('connection refused')
  })
  health.addCheck('queue', () => new Promise(() => {}))
  health.markStarted()
  expect(await ask('/readyz')).toEqual({
    status: 503,
    body: {
      status: 'not-ready',
      checks: { redis: 'ok', postgres: 'connection refused', queue: 'no answer within 1000 ms' },
    },
  })
})

test('metrics show the work, the event loop, and no more than a bounded number of labels', async () => {
  await start()
  countAcknowledgement({ route: '/kuper-webhook', status: 200, durationMs: 3 })
  showDeadLettersOpen('notification', 2)
  for (let n = 0; n < 200; n += 1) countJob({ queue: `queue-${n}`, outcome: 'done', durationMs: 1 })
  const text = await (await fetch(`${health.url}/metrics`)).text()
  expect(text).toContain('sluice_http_acknowledgement_seconds_bucket{le="0.005",route="/kuper-webhook",status="200"} 1')
  expect(text).toContain('sluice_dead_letters_open{queue="notification"} 2')
  expect(text).toContain('nodejs_eventloop_lag_seconds')
  expect(text).toContain('sluice_job_seconds_count{queue="other",outcome="done"} 151')
})

test('a second server in one process shares the metrics', async () => {
  await start()
  const second = await createHealthServer({ host: '127.0.0.1', port: 0 })
  expect((await fetch(`${second.url}/metrics`)).status).toBe(200)
  await second.close()
})
