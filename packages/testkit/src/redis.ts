import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A Redis of the test's own, which can be killed, frozen and brought back on the same port with its data. */
export interface OwnRedis {
  url: string
  port: number
  /** SIGKILL. */
  kill(): Promise<void>
  /** Again with what its append-only file holds. Resolves once it answers. */
  start(): Promise<void>
  /** SIGSTOP: connections stay open, nothing is answered. */
  freeze(): void
  thaw(): void
  /** Ends it and deletes its data. */
  remove(): Promise<void>
}

/** `isStarted: false` only reserves a port at which nothing answers yet. */
export async function createOwnRedis({
  args = [],
  isStarted = true,
}: {
  args?: string[]
  isStarted?: boolean
} = {}): Promise<OwnRedis> {
  const binary = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0)
  if (!binary) throw new Error('neither redis-server nor valkey-server is on the PATH')
  const folder = await mkdtemp(join(tmpdir(), 'sluice-redis-'))
  const port = await findFreePort()
  const url = `redis://127.0.0.1:${port}`
  let child: ChildProcess | undefined

  const own: OwnRedis = {
    url,
    port,
    async start() {
      const fixed = `--port ${port} --bind 127.0.0.1 --appendonly yes --appendfsync always --maxmemory-policy noeviction`
      child = spawn(binary, [...fixed.split(' '), '--dir', folder, '--save', '', ...args], { stdio: 'ignore' })
      process.once('exit', killChild)
      const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
      redis.on('error', () => {})
      try {
        await redis.ping()
      } finally {
        redis.disconnect()
      }
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      process.off('exit', killChild)
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async remove() {
      await own.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  const killChild = () => void child?.kill('SIGKILL')
  if (isStarted) await own.start()
  return own
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
