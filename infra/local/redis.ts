import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type DetachedProcess, spawnDetached } from './detached-process.ts'
import { freePort } from './free-port.ts'
import { installRedis } from './install-redis.ts'
import { KnownFault } from './known-fault.ts'
import { lastLines } from './last-lines.ts'
import type { RunFolder } from './run-folder.ts'
import type { LocalServer } from './servers.ts'

const STARTUP_MS = 60_000

/** Starts the run's Redis (or Valkey) on a free port of the loopback interface. Installs it where we may. */
export async function startRedis(run: RunFolder, say: (line: string) => void): Promise<LocalServer> {
  if (findRedis() === undefined) await installRedis(say)
  const program = findRedis()
  if (program === undefined)
    throw new KnownFault('found neither redis-server nor valkey-server on the PATH', 'Install one of them.')
  const folder = join(run.path, 'redis')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const password = keptPassword(folder)

  let port = await freePort()
  let running = await launchOnFreePort(program)

  async function launchOnFreePort(redis: string): Promise<DetachedProcess> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await launch(redis)
      } catch (err) {
        // Somebody else took the port between our looking and Redis's binding.
        if (attempt === 3 || !/could not create server|address already in use/i.test((err as Error).message)) throw err
        port = await freePort()
      }
    }
  }

  async function launch(redis: string): Promise<DetachedProcess> {
    const config = join(folder, 'redis.conf')
    const log = join(folder, 'redis.log')
    writeFileSync(config, configuration(run, folder, port, password), { mode: 0o600 })
    writeFileSync(log, '')
    const started = await spawnDetached(redis, [config], {
      cwd: folder,
      stdio: 'ignore',
      runPath: run.path,
      name: 'redis',
      kind: 'redis',
    })
    await answers(started, urlOf(port, password), log)
    return started
  }

  return {
    url: urlOf(port, password),
    pid: () => running.pid,
    ended: () => running.ended,
    stop: () => running.stop('SIGTERM', 15_000),
    kill: () => running.stop('SIGKILL', 0),
    async restart() {
      await running.stop('SIGTERM', 15_000)
      running = await launch(program)
    },
  }
}

/** Undefined when the server answers PING, else what went wrong. */
export async function pingRedis(url: string): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let cause: Error | undefined
  redis.on('error', (err: Error) => {
    cause = err
  })
  try {
    await redis.connect()
    await redis.ping()
    return undefined
  } catch (err) {
    const { message, code } = (cause ?? err) as NodeJS.ErrnoException
    return message || code || 'no answer'
  } finally {
    redis.disconnect()
  }
}

function findRedis(): string | undefined {
  return ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0)
}

function configuration(run: RunFolder, folder: string, port: number, password: string): string {
  const durability = run.isDurable
    ? ['appendonly yes', `appendfsync ${process.env.SLUICE_REDIS_APPENDFSYNC || 'everysec'}`]
    : ['appendonly no']
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    `logfile ${JSON.stringify(join(folder, 'redis.log'))}`,
    'daemonize no',
    // BullMQ's jobs may not be evicted.
    'maxmemory-policy noeviction',
    'save ""',
    ...durability,
    '',
  ].join('\n')
}

function keptPassword(folder: string): string {
  const file = join(folder, 'password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

async function answers(started: DetachedProcess, url: string, log: string): Promise<void> {
  const deadline = Date.now() + STARTUP_MS
  for (;;) {
    const said = await pingRedis(url)
    if (said === undefined && started.isRunning()) return
    if (!started.isRunning()) throw faultFrom('Redis ended while starting', log)
    if (Date.now() > deadline) {
      await started.stop('SIGTERM', 5_000)
      throw faultFrom(`Redis did not answer within ${STARTUP_MS / 1000} s (${said})`, log)
    }
    await delay(30)
  }
}

function urlOf(port: number, password: string): string {
  return `redis://default:${password}@127.0.0.1:${port}`
}

function faultFrom(what: string, log: string): Error {
  const details = lastLines(log)
  if (/no space left/i.test(details))
    return new KnownFault(`${what}: the disk is full (${log})`, 'Free some space and try again.')
  return new Error(`${what}\n${details}\n(${log})`)
}
