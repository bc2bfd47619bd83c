import { setTimeout as delay } from 'node:timers/promises'
import { createLedger, type Ledger, migrate } from '@sluice/ledger'
import type { Scenario } from '@sluice/sandbox'
import { awaitEnds, type LiveOrder, type Observers, observe, placeOrder, quicken } from '../../infra/local/live-orders.ts'
import { startPostgres } from '../../infra/local/postgres.ts'
import { createRunFolder, type RunFolder, removeRunFolder } from '../../infra/local/run-folder.ts'
import type { LocalServer } from '../../infra/local/servers.ts'
import { type Stack, type StackOptions, startStack } from '../../infra/local/stack.ts'
import { createProducer, type EventProducer } from '../../packages/queue/src/index.ts'
import { createOwnRedis, createTestDatabase, eventually, type OwnRedis } from '../../packages/testkit/src/index.ts'

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
  place(scenario: Scenario, externalId: string): Promise<LiveOrder>
  /** Resolves once all have ended as they should; throws with the story of the first that has not. */
  ended(orders: LiveOrder[], timeoutMs?: number): Promise<void>
  /** An event of the back office as it would send it. */
  sendBackOfficeEvents(body: unknown): Promise<{ status: number; body: unknown }>
}

export interface RunningStackOptions extends Pick<StackOptions, 'env' | 'processes'> {
  /** A Postgres process that may be killed, instead of a database in the common one. */
  ownPostgres?: boolean
}

export async function startRunningStack({ env, processes, ownPostgres }: RunningStackOptions): Promise<RunningStack> {
  const run = createRunFolder()
  const closers: (() => unknown)[] = [() => removeRunFolder(run)]
  const lines: { name: string; line: string }[] = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close()
  }
  try {
    const [redis, database] = await Promise.all([
      createOwnRedis(),
      ownPostgres ? startPostgres(run) : createTestDatabase(migrate),
    ])
    closers.push(
      () => redis.remove(),
      () => ('drop' in database ? database.drop() : database.stop()),
    )
    const stack = await startStack({
      run,
      servers: { databaseUrl: database.url, redisUrl: redis.url, stop: async () => undefined },
      processes: { console: 0, ...processes },
      env: { LOG_LEVEL: 'info', ...env },
      show: (name, line) => void lines.push({ name, line }),
    })
    closers.push(() => stack.stop())
    const ledger = createLedger({
      databaseUrl: database.url,
      settingsFor: () => {
        throw new Error('tests decide nothing')
      },
    })
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
      async ended(orders, timeoutMs = 40_000) {
        await awaitEnds(observers, orders, { timeoutMs, everyMs: 100 })
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

/** Throws, with all that is known of the order, when it differs from its scenario. */
export async function assertEnded(ledger: Ledger, { scenario, number, deviations }: LiveOrder): Promise<void> {
  if (deviations.length === 0) return
  throw new Error(`${number}, ${scenario.name}: ${deviations.join('; ')}\n${await storyOf(ledger, number)}`)
}

/** The order's timeline, a line each. */
async function storyOf(ledger: Ledger, number: string): Promise<string> {
  const timeline = await ledger.orderTimeline(number)
  const entries = (timeline?.entries ?? []).map((entry) => {
    switch (entry.kind) {
      case 'event':
        return `${entry.at} event ${entry.name} (${entry.verdict})`
      case 'effect':
        return `${entry.at} effect ${entry.key} (${entry.status}, ${entry.attempts} attempts)`
      case 'attempt':
        return `${entry.at} attempt ${entry.n} at ${entry.key}: ${entry.outcome} ${entry.httpStatus ?? ''} ${entry.response ?? ''}`
      case 'dead-letter':
        return `${entry.at} dead letter (${entry.fault}): ${entry.error}`
    }
  })
  return entries.join('\n') || 'nothing is known of it'
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
