import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createLedger } from '@sluice/ledger'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { writeBenchConfig } from '../../test/load/bench-config.ts'
import { describeFigures, type Figures, figuresAsMarkdown } from '../../test/load/describe-figures.ts'
import { currentLoad, readMachineSheet } from '../../test/load/machine-sheet.ts'
import { measureAcknowledgement } from '../../test/load/measure-acknowledgement.ts'
import { measureMarketLives } from '../../test/load/measure-market-lives.ts'
import { measureOrderLives } from '../../test/load/measure-order-lives.ts'
import { measureRecording } from '../../test/load/measure-recording.ts'
import { measureScaling, SLOW_CONCURRENCY } from '../../test/load/measure-scaling.ts'
import { cloneFolder } from './clone.ts'
import { KnownFault } from './known-fault.ts'
import { controlSimulators, type Observers, observe, onlyReading } from './live-orders.ts'
import { step, tellFault } from './progress.ts'
import { createRunFolder, type RunFolder, removeRunFolder, sweepDeadRuns } from './run-folder.ts'
import { type Servers, startServers } from './servers.ts'
import { type Stack, type StackOptions, startStack } from './stack.ts'
import { listenForStop, Stopped } from './stop-signals.ts'

const usage = `npm run bench [-- --write]

Measures acknowledgement, whole lives of orders, scaling and recording on this machine, with servers and processes of its
own that end with it. Less than four minutes. --write: also puts the figures into docs/performance.md.`

const page = join(cloneFolder, 'docs/performance.md')
const fsyncModes = ['everysec', 'always'] as const
/** What `always` costs does not depend on who sends. */
const acknowledgements = [
  { sender: 'kuper', appendfsync: 'everysec' },
  { sender: 'kuper', appendfsync: 'always' },
  { sender: 'yandex-market', appendfsync: 'everysec' },
] as const
const onlyIngress = { reservation: 0, assembly: 0, cancellation: 0, notification: 0, steward: 0, console: 0 }

/** `npm run bench`: what this machine does, in figures. Exit code 0 means that all of them are of right work. */
async function main(): Promise<number> {
  const isWritten = readArguments()
  const { stopping, hurry } = listenForStop()
  await sweepDeadRuns()
  // Writes like a real one: figures of servers that forget would be worth nothing.
  const run = createRunFolder({ isDurable: true })
  let servers: Servers | undefined
  let redis: Redis | undefined
  try {
    servers = await startServers({ run, step, ownOnly: true })
    redis = new Redis(servers.redisUrl)
    const figures = await measure(run, servers, redis, { stopping, hurry })
    console.log(`\n${describeFigures(figures)}\n`)
    if (isWritten) writeFigures(figuresAsMarkdown(figures))
    return 0
  } catch (err) {
    if (stopping.aborted || err instanceof Stopped) return 130
    throw err
  } finally {
    redis?.disconnect()
    await servers?.stop()
    removeRunFolder(run)
  }
}

async function measure(
  run: RunFolder,
  servers: Servers,
  redis: Redis,
  { stopping: signal, hurry }: { stopping: AbortSignal; hurry: AbortSignal },
): Promise<Figures> {
  const loadBefore = currentLoad()
  const versions = await versionsOf(servers, redis)
  const withStack = async <T>(options: Partial<StackOptions>, work: (stack: Stack) => Promise<T>): Promise<T> => {
    const stack = await startStack({ run, servers, signal, ...options })
    try {
      return await work(stack)
    } finally {
      await stack.stop(hurry)
    }
  }
  const measured = <T>(
    name: string,
    work: (say: (line: string) => void) => Promise<T>,
    done?: () => string,
  ): Promise<T> => {
    const unlessStopped = async (say: (line: string) => void): Promise<T> => {
      try {
        return await work(say)
      } catch (err) {
        // What fails while we stop fails because we stop.
        signal.throwIfAborted()
        throw err
      }
    }
    return step(name, unlessStopped, done)
  }
  const ledger = createLedger({ databaseUrl: servers.databaseUrl, settingsFor: onlyReading })
  try {
    const acknowledgement: Figures['acknowledgement'] = []
    const lives: Figures['lives'] = []
    const marketLives: Figures['marketLives'] = []

    const measureMarket = async (observers: Observers, isLimitLifted: boolean): Promise<void> => {
      const firstOrder = isLimitLifted ? 4_000_000_000 : 5_000_000_000
      await measured(
        'Order lives',
        async (say) => {
          marketLives.push(await measureMarketLives({ isLimitLifted, observers, firstOrder, signal, say }))
        },
        () => `yandex-market, ${isLimitLifted ? 'its limit lifted' : 'within its limit'}`,
      )
      await observers.yandexMarket.reset()
      await observers.backOffice.reset()
    }

    await withStack({ hasSandbox: false, processes: onlyIngress }, async ({ urls, processes }) => {
      const ingress = { url: urls.ingress, pid: pidOf(processes, 'ingress') }
      for (const [n, { sender, appendfsync }] of acknowledgements.entries()) {
        await redis.config('SET', 'appendfsync', appendfsync)
        await measured(
          'Acknowledge',
          async (say) => {
            const firstOrder = 1 + n * 10_000_000
            const takeJobs = () => takeAll(redis)
            acknowledgement.push(
              ...(await measureAcknowledgement({ sender, appendfsync, ingress, takeJobs, firstOrder, signal, say })),
            )
          },
          () => `${sender}, appendfsync ${appendfsync}`,
        )
      }
    })

    const config = writeBenchConfig(join(run.path, 'bench.yaml'))
    await withStack({ processes: { console: 0 }, env: { SLUICE_CONFIG: config } }, async ({ urls, processes }) => {
      const observers = observe(urls, ledger)
      const pids: Record<string, number> = {
        ...Object.fromEntries([...processes].map(([name, started]) => [name, started.pid()])),
        redis: servers.redis!.pid(),
        postgres: servers.postgres!.pid(),
      }
      // It has no part in the lives of Kuper's orders.
      delete pids['yandex-market']
      for (const [n, appendfsync] of fsyncModes.entries()) {
        await redis.config('SET', 'appendfsync', appendfsync)
        await measured(
          'Order lives',
          async (say) => {
            const firstOrder = 2_000_000_000 + n * 1_000_000
            lives.push(await measureOrderLives({ appendfsync, observers, pids, firstOrder, signal, say }))
          },
          () => `kuper, appendfsync ${appendfsync}`,
        )
        await observers.kuper.reset()
        await observers.backOffice.reset()
      }
      await redis.config('SET', 'appendfsync', 'everysec')
      await measureMarket(observers, true)
    })

    // What has been counted for the hour is forgotten, as by the Market's simulator.
    await redis.flushall()
    const limited = writeBenchConfig(join(run.path, 'limited.yaml'), { keepsMarketLimit: true })
    await withStack({ processes: { console: 0 }, env: { SLUICE_CONFIG: limited } }, ({ urls }) =>
      measureMarket(observe(urls, ledger), false),
    )

    const slowConfig = writeBenchConfig(join(run.path, 'slow.yaml'), { concurrency: SLOW_CONCURRENCY })
    const processes = { notification: 0, steward: 0, console: 0 }
    const scaling = await withStack({ processes, env: { SLUICE_CONFIG: slowConfig } }, ({ urls, add }) => {
      const simulators = controlSimulators(urls)
      const addProcess = () => add('notification', 1)
      return measured('Scaling', (say) =>
        measureScaling({ simulators, ledger, addProcess, firstOrder: 3_000_000_000, signal, say }),
      )
    })

    const recording = await measured('Recording', () => measureRecording(servers.databaseUrl, signal))
    return { machine: readMachineSheet(versions, loadBefore), acknowledgement, lives, marketLives, scaling, recording }
  } finally {
    await ledger.close()
  }
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { write: { type: 'boolean', default: false } } }).values.write
  } catch (err) {
    throw new KnownFault((err as Error).message, usage)
  }
}

function pidOf(processes: Stack['processes'], name: string): number {
  const found = processes.get(name)
  if (!found) throw new Error(`${name} does not run`)
  return found.pid()
}

/** How many jobs there are; then there is none any more. */
async function takeAll(redis: Redis): Promise<number> {
  // A scan may name a key twice.
  const jobs = new Set<string>()
  for (let cursor = '0', isOver = false; !isOver; isOver = cursor === '0') {
    const [next, keys] = await redis.scan(cursor, 'MATCH', '*:ev-*', 'COUNT', 1_000)
    cursor = next
    for (const key of keys) jobs.add(key)
  }
  await redis.flushall()
  return jobs.size
}

async function versionsOf({ databaseUrl }: Servers, redis: Redis): Promise<{ redis: string; postgres: string }> {
  const sql = postgres(databaseUrl, { max: 1 })
  try {
    const [row] = await sql<[{ server_version: string }]>`show server_version`
    const info = await redis.info('server')
    return { redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown', postgres: row.server_version }
  } finally {
    await sql.end()
  }
}

/** Between the two marks of the page; what stands around them stays. */
function writeFigures(markdown: string): void {
  const marks = /(<!-- figures[^>]*-->\n)[\s\S]*(<!-- end of figures -->)/
  const text = readFileSync(page, 'utf8')
  if (!marks.test(text)) throw new KnownFault(`${page} has lost its marks for the figures`, 'Restore it from git.')
  writeFileSync(
    page,
    text.replace(marks, (_all, begin: string, end: string) => `${begin}\n${markdown}\n\n${end}`),
  )
  console.log('Written to docs/performance.md')
}

process.exitCode = await main().catch(tellFault)
