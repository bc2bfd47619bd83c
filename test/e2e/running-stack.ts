import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createLedger, type Ledger, migrate, type TimelineEntry } from '@sluice/ledger'
import { type KuperScenario, kuperScenarios, type Scenario } from '@sluice/sandbox'
import { cloneFolder } from '../../infra/local/clone.ts'
import {
  awaitEnds,
  type LiveOrder,
  type Observers,
  observe,
  placeOrder,
  quicken,
} from '../../infra/local/live-orders.ts'
import { startPostgres } from '../../infra/local/postgres.ts'
import { createRunFolder, type RunFolder, removeRunFolder } from '../../infra/local/run-folder.ts'
import type { LocalServer } from '../../infra/local/servers.ts'
import { type Stack, type StackOptions, startStack } from '../../infra/local/stack.ts'
import { loadConfig } from '../../packages/config/src/index.ts'
import { createProducer, type EventProducer } from '../../packages/queue/src/index.ts'
import {
  createOwnRedis,
  createTestDatabase,
  eventually,
  type OwnRedis,
  runStatement,
} from '../../packages/testkit/src/index.ts'
import { orderSettings } from '../../packages/worker/src/index.ts'

/** Every process of Sluice and both simulators, with a database and a Redis of their own, seen from all sides. */
export interface RunningStack extends Stack, Observers {
  run: RunFolder
  ledger: Ledger
  /** What a person at the console works through: replays and revivals. */
  producer: EventProducer
  redis: OwnRedis
  /** Only with `ownPostgres`. */
  postgres?: LocalServer
  /** What processes of that name (or `notification-2` of `notification`) logged, newest last. */
  logged(process: string, event: string): Record<string, unknown>[]
  place<S extends Scenario>(scenario: S, externalId: string): Promise<LiveOrder<S>>
  /** Resolves once all have ended as they should; throws with the story of the first that has not. */
  ended(orders: LiveOrder[], options?: { isTolerated?: (violation: string) => boolean }): Promise<void>
  /** An event of the back office as it would send it. */
  sendBackOfficeEvents(body: unknown): Promise<{ status: number; body: unknown }>
}

export interface RunningStackOptions extends Pick<StackOptions, 'env' | 'processes'> {
  /** A Postgres process that may be killed, instead of a database in the common one. */
  ownPostgres?: boolean
  /** YAML, added to the sandbox's configuration. */
  extraConfig?: string
}

export async function startRunningStack(options: RunningStackOptions): Promise<RunningStack> {
  const { env, processes, ownPostgres } = options
  const run = createRunFolder()
  const closers: (() => unknown)[] = [() => removeRunFolder(run)]
  const lines: { name: string; line: string }[] = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    const [redis, database] = await Promise.all([
      createOwnRedis(),
      ownPostgres ? startOwnPostgres(run) : createTestDatabase(migrate),
    ])
    closers.push(
      () => redis.remove(),
      () => ('drop' in database ? database.drop() : database.stop()),
    )
    const stack = await startStack({
      run,
      servers: { databaseUrl: database.url, redisUrl: redis.url, stop: async () => undefined },
      processes: { console: 0, ...processes },
      env: { LOG_LEVEL: 'info', SLUICE_CONFIG: writeConfig(run, options.extraConfig), ...env },
      show: (name, line) => void lines.push({ name, line }),
    })
    closers.push(() => stack.stop())
    const settingsFor = orderSettings(loadConfig({ ...process.env, ...stack.env }))
    const ledger = createLedger({ databaseUrl: database.url, settingsFor })
    closers.push(() => ledger.close())
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const producer = createProducer({ redisUrl: redis.url, log: quiet })
    closers.push(() => producer.close())
    await eventually(() => producer.assertReady())

    const observers = { ...observe(stack.urls, ledger), ledger }
    await quicken(observers)
    return {
      ...stack,
      ...observers,
      run,
      producer,
      redis,
      ...('pid' in database && { postgres: database }),
      logged: (process, event) =>
        lines
          .filter(({ name, line }) => name.split('-')[0] === process && line.includes(`"event":"${event}"`))
          .map(({ line }) => JSON.parse(line) as Record<string, unknown>),
      place: (scenario, externalId) => placeOrder(observers, scenario, externalId),
      async ended(orders, tolerance) {
        await awaitEnds(observers, orders, { timeoutMs: 40_000, everyMs: 100, ...tolerance })
        for (const order of orders) await assertEnded(ledger, order)
      },
      async sendBackOfficeEvents(body) {
        const res = await fetch(`${stack.urls.ingress}/back-office/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox-events' },
          body: JSON.stringify(body),
        })
        return { status: res.status, body: await res.json() }
      },
      stop,
    }
  } catch (err) {
    await stop()
    throw err
  }
}

/** What a throw-away Postgres says is saved may be lost when it is killed; that of this one may not. */
async function startOwnPostgres(run: RunFolder): Promise<LocalServer> {
  const server = await startPostgres(run)
  await runStatement(server.url, 'alter database sluice set synchronous_commit = on')
  return server
}

function writeConfig(run: RunFolder, extra = ''): string {
  const file = join(run.path, 'sluice.config.yaml')
  writeFileSync(file, readFileSync(join(cloneFolder, 'infra/local/sandbox.config.yaml'), 'utf8') + extra)
  return file
}

/** Throws, with all that is known of the order, when it differs from its scenario. */
export async function assertEnded(ledger: Ledger, { scenario, number, deviations }: LiveOrder): Promise<void> {
  if (deviations.length === 0) return
  throw new Error(`${number}, ${scenario.name}: ${deviations.join('; ')}\n${await storyOf(ledger, number)}`)
}

/** The order's timeline, a line each. */
async function storyOf(ledger: Ledger, number: string): Promise<string> {
  const timeline = await ledger.orderTimeline(number)
  return (
    (timeline?.entries ?? []).map((entry) => `${entry.at} ${describe(entry)}`).join('\n') || 'nothing is known of it'
  )
}

function describe(entry: TimelineEntry): string {
  switch (entry.kind) {
    case 'event':
      return `event ${entry.name} (${entry.verdict})`
    case 'effect':
      return `effect ${entry.key} (${entry.status}, ${entry.attempts} attempts)`
    case 'attempt':
      return `attempt ${entry.n} at ${entry.key}: ${entry.outcome} ${entry.httpStatus ?? ''} ${entry.response ?? ''}`
    case 'dead-letter':
      return `dead letter (${entry.fault}): ${entry.error}`
  }
}

export function scenarioNamed(name: string): KuperScenario {
  const found = kuperScenarios.find((scenario) => scenario.name === name)
  if (!found) throw new Error(`no scenario ${name}`)
  return found
}

/** Repeats an assertion for longer than `eventually` does: where a lock or a lease has to run out. */
export async function withinSeconds<T>(seconds: number, assertion: () => T | Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1_000
  for (;;) {
    try {
      return await assertion()
    } catch (err) {
      if (Date.now() > giveUpAt) throw err
    }
    await delay(50)
  }
}
