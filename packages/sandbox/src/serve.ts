import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

/** Liveness and readiness of a simulator, on its own port. */
export function addHealth(app: Hono): void {
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', (c) => c.json({ status: 'ready' }))
}

export interface Listening {
  url: string
  port: number
  /** Closes at once: calls that still hang are cut. */
  close(): Promise<void>
}

/** Port 0 picks a free one. Rejects when the address cannot be bound. */
export function listen(app: Hono, options: { port?: number; hostname?: string } = {}): Promise<Listening> {
  const hostname = options.hostname ?? '127.0.0.1'
  const server = createAdaptorServer({ fetch: app.fetch })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, hostname, () => {
      const { port } = server.address() as AddressInfo
      const shown = hostname === '0.0.0.0' || hostname === '::' ? '127.0.0.1' : hostname
      resolve({
        url: `http://${shown}:${port}`,
        port,
        close: () =>
          new Promise<void>((closed) => {
            server.close(() => closed())
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      })
    })
  })
}

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: object) => void

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** One JSON line per entry on stdout. */
export function createLog(service: string, level = 'info'): Log {
  const least = LEVELS.indexOf(level)
  return (entryLevel, event, fields) => {
    if (LEVELS.indexOf(entryLevel) < least) return
    process.stdout.write(
      `${JSON.stringify({ level: entryLevel, time: new Date().toISOString(), service, event, ...fields })}\n`,
    )
  }
}

/** Runs a simulator as a process: starts it, stops it on SIGTERM or SIGINT, exits non-zero when it cannot start. */
export async function runAsProcess(
  log: Log,
  simulator: { start(): Promise<{ url: string }>; stop(): Promise<void> },
): Promise<void> {
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log('info', 'sandbox.stopping', { signal })
    void simulator.stop().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    const { url } = await simulator.start()
    log('info', 'sandbox.listening', { url })
  } catch (err) {
    log('error', 'sandbox.start-failed', { message: err instanceof Error ? err.message : String(err) })
    process.exit(1)
  }
}
