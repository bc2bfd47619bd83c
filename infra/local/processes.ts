import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { cloneFolder, nodeBinary } from './clone.ts'
import { type DetachedProcess, spawnDetached } from './detached-process.ts'
import { freePort } from './free-port.ts'
import { KnownFault } from './known-fault.ts'
import { openRotatingLog } from './rotating-log.ts'
import type { RunFolder } from './run-folder.ts'

const READY_MS = 30_000
const STOP_MS = 15_000
/** Ran for so long: the next unexpected death counts as the first again. */
const STABLE_MS = 60_000

export interface ProcessOptions {
  run: RunFolder
  /** Unique in the run: `notification`, `notification-2`. */
  name: string
  /** Path of the main.ts. */
  main: string
  env: Record<string, string>
  /** Start it again when it dies unexpectedly, after 0.5 s, 1 s, 2 s ... 30 s. */
  isRestarted: boolean
  /** Shows its output, line by line, and what happens to it. All output also goes to logs/<name>.log of the run. */
  show: (name: string, line: string) => void
  signal?: AbortSignal
}

export interface SupervisedProcess {
  name: string
  /** Answers /healthz, /readyz and /metrics. */
  healthUrl: string
  pid(): number
  isRunning(): boolean
  /** SIGTERM, then SIGKILL after 15 s or when `hurry` aborts. It is not started again. */
  stop(hurry?: AbortSignal): Promise<void>
  /** For fault tests: sends the signal and waits for the end. With `isRestarted` it comes back by itself. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** For fault tests without `isRestarted`: starts it again, on the same ports, and waits until it is ready. */
  restart(): Promise<void>
}

/** Starts one of our processes and waits until it is ready. Throws, with the end of its output, when that fails. */
export async function startProcess(options: ProcessOptions): Promise<SupervisedProcess> {
  const { run, name, main, env, show } = options
  const healthPort = env.HEALTH_PORT ?? String(await freePort())
  const healthUrl = `http://127.0.0.1:${healthPort}`
  const log = openRotatingLog(join(run.path, 'logs', `${name}.log`))
  const stopping = new AbortController()
  let recentLines: string[] = []
  /** Until the process is ready: when it never is, the error tells its last lines, and they need not be shown twice. */
  let heldBack: string[] | undefined = []

  const launch = async (): Promise<DetachedProcess> => {
    recentLines = []
    const launched = await spawnDetached(nodeBinary, [main], {
      cwd: cloneFolder,
      env: { ...process.env, ...env, HEALTH_PORT: healthPort },
      stdio: ['ignore', 'pipe', 'pipe'],
      runPath: run.path,
      name,
      kind: 'service',
    })
    for (const stream of [launched.child.stdout, launched.child.stderr]) readLines(stream!)
    return launched
  }

  const readLines = (stream: Readable): void => {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(line)
      recentLines = [...recentLines.slice(-11), line]
      if (heldBack) heldBack.push(line)
      else show(name, line)
    })
  }

  const becomesReady = async (started: DetachedProcess): Promise<void> => {
    const deadline = Date.now() + READY_MS
    for (;;) {
      options.signal?.throwIfAborted()
      if (!started.isRunning()) throw notReady(`ended while starting (${await started.ended})`)
      if (await isReady(healthUrl)) return
      if (Date.now() > deadline) {
        await started.stop('SIGTERM', 5_000)
        throw notReady(`was not ready within ${READY_MS / 1000} s`)
      }
      await delay(50)
    }
  }

  const notReady = (what: string): KnownFault =>
    new KnownFault(
      `${name} ${what}; it said last:\n${recentLines.map((line) => `  ${line}`).join('\n')}`,
      `Its whole output is in ${join(run.path, 'logs', `${name}.log`)}`,
    )

  let current = await launch()

  const keepRunning = async (): Promise<void> => {
    let waitMs = 500
    for (;;) {
      const since = Date.now()
      const how = await current.ended
      if (stopping.signal.aborted) return
      if (Date.now() - since > STABLE_MS) waitMs = 500
      show(name, `ended unexpectedly (${how}); started again in ${waitMs / 1000} s`)
      const isStopped = await delay(waitMs, false, { signal: stopping.signal }).catch(() => true)
      if (isStopped) return
      waitMs = Math.min(waitMs * 2, 30_000)
      current = await launch()
    }
  }

  try {
    await becomesReady(current)
  } catch (err) {
    await current.stop('SIGTERM', 5_000)
    log.close()
    throw err
  }
  for (const line of heldBack) show(name, line)
  heldBack = undefined
  if (options.isRestarted) keepRunning().catch((err: unknown) => show(name, `is not started again: ${String(err)}`))

  return {
    name,
    healthUrl,
    pid: () => current.pid,
    isRunning: () => current.isRunning(),
    async stop(hurry) {
      stopping.abort()
      await current.stop('SIGTERM', STOP_MS, hurry)
      log.close()
    },
    async kill(signal = 'SIGKILL') {
      current.child.kill(signal)
      await current.ended
    },
    async restart() {
      await current.stop('SIGTERM', STOP_MS)
      current = await launch()
      await becomesReady(current)
    },
  }
}

async function isReady(healthUrl: string): Promise<boolean> {
  try {
    const res = await fetch(`${healthUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await res.body?.cancel()
    return res.ok
  } catch {
    return false
  }
}
