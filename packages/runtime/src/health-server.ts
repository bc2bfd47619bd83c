import { Hono } from 'hono'
import { collectDefaultMetrics, register } from 'prom-client'
import { serveHttp } from './serve-http.ts'

/** Resolves when what it looks at works; throws with the reason when not. */
export type ReadinessCheck = () => unknown

export interface HealthServer {
  url: string
  /** Asked at every `GET /readyz`, all at a time. */
  addCheck(name: string, check: ReadinessCheck): void
  /** Until this is called readiness fails with `starting`. */
  markStarted(): void
  /** From here on readiness fails with `stopping`, so that no more work is sent. */
  markStopping(): void
  close(): Promise<void>
}

const CHECK_TIMEOUT_MS = 1_000

/**
 * `/healthz`: the process answers (restart it when not). `/readyz`: it can do its work now, with the state of every
 * check; 503 names those that fail. `/metrics`: prom-client's registry, with event loop lag and memory.
 */
export async function createHealthServer(address: { host: string; port: number }): Promise<HealthServer> {
  if (register.getSingleMetric('nodejs_eventloop_lag_seconds') === undefined) collectDefaultMetrics()
  const checks = new Map<string, ReadinessCheck>()
  let phase: 'starting' | 'running' | 'stopping' = 'starting'

  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    if (phase !== 'running') return c.json({ status: phase }, 503)
    const results = await Promise.all([...checks].map(async ([name, check]) => [name, await outcomeOf(check)] as const))
    const isReady = results.every(([, outcome]) => outcome === 'ok')
    return c.json({ status: isReady ? 'ready' : 'not-ready', checks: Object.fromEntries(results) }, isReady ? 200 : 503)
  })
  app.get('/metrics', async (c) => c.text(await register.metrics(), 200, { 'Content-Type': register.contentType }))

  const server = await serveHttp(app, address)
  return {
    url: server.url,
    addCheck: (name, check) => void checks.set(name, check),
    markStarted: () => {
      if (phase === 'starting') phase = 'running'
    },
    markStopping: () => {
      phase = 'stopping'
    },
    close: () => server.close(500),
  }
}

async function outcomeOf(check: ReadinessCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS)
  })
  try {
    await Promise.race([(async () => check())(), timeout])
    return 'ok'
  } catch (err) {
    return err instanceof Error ? err.message : String(err)
  } finally {
    clearTimeout(timer)
  }
}
