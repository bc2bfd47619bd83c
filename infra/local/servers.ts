import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from './clone.ts'
import { KnownFault } from './known-fault.ts'
import { pingPostgres, startPostgres } from './postgres.ts'
import { pingRedis, startRedis } from './redis.ts'
import { placesNote, type RunFolder } from './run-folder.ts'

/** A server that we have started. Its URL stays the same when it is killed and started again. */
export interface LocalServer {
  url: string
  pid(): number
  /** Settles when the process that runs now has ended, with how. */
  ended(): Promise<string>
  stop(): Promise<void>
  /** SIGKILL, for fault tests. */
  kill(): Promise<void>
  /** Starts it again on its port and data, after `kill` or while it runs. */
  restart(): Promise<void>
}

export interface Servers {
  databaseUrl: string
  redisUrl: string
  /** Undefined when DATABASE_URL named one. */
  postgres?: LocalServer
  /** Undefined when REDIS_URL named one. */
  redis?: LocalServer
  /** Stops what we have started: Redis, then Postgres. */
  stop(): Promise<void>
}

export interface ServersOptions {
  run: RunFolder
  /** Called around the start of each server, to show it. */
  step: <T>(name: string, work: (say: (line: string) => void) => Promise<T>, done: (result: T) => string) => Promise<T>
  /** Start our own even where DATABASE_URL and REDIS_URL name some: tests that kill them. */
  ownOnly?: boolean
}

/** Postgres and Redis for one run: those of DATABASE_URL and REDIS_URL where set (they must answer), else our own. */
export async function startServers({ run, step, ownOnly = false }: ServersOptions): Promise<Servers> {
  const givenDatabaseUrl = ownOnly ? undefined : process.env.DATABASE_URL || undefined
  const givenRedisUrl = ownOnly ? undefined : process.env.REDIS_URL || undefined
  const started: LocalServer[] = []
  const stop = async (): Promise<void> => {
    for (const server of started.toReversed()) await server.stop()
  }
  try {
    const postgres = givenDatabaseUrl ? undefined : await step('Postgres', () => startOwnPostgres(run), atPort)
    if (postgres) started.push(postgres)
    else
      await step(
        'Postgres',
        () => check('DATABASE_URL', givenDatabaseUrl!, pingPostgres),
        (url) => `yours, ${hostOf(url)}`,
      )

    const redis = givenRedisUrl ? undefined : await step('Redis', (say) => startRedis(run, say), atPort)
    if (redis) started.push(redis)
    else
      await step(
        'Redis',
        () => check('REDIS_URL', givenRedisUrl!, pingRedis),
        (url) => `yours, ${hostOf(url)}`,
      )

    return {
      databaseUrl: givenDatabaseUrl ?? postgres!.url,
      redisUrl: givenRedisUrl ?? redis!.url,
      ...(postgres ? { postgres } : {}),
      ...(redis ? { redis } : {}),
      stop,
    }
  } catch (err) {
    await stop()
    throw err
  }
}

async function startOwnPostgres(run: RunFolder): Promise<LocalServer> {
  const postgres = await startPostgres(run)
  if (run.isKept) writeFileSync(join(dataFolder, 'README.txt'), placesNote(postgres.folder))
  return postgres
}

async function check(name: string, url: string, ping: (url: string) => Promise<string | undefined>): Promise<string> {
  if (!URL.canParse(url))
    throw new KnownFault(`${name} is not a URL`, `Correct ${name}, or unset it to use a server of our own.`)
  const fault = await ping(url)
  if (fault === undefined) return url
  throw new KnownFault(
    `${name} is set, but nothing answers as it should at ${hostOf(url)}: ${fault}`,
    `Start that server, correct ${name}, or unset it to use a server of our own.`,
  )
}

const atPort = (server: LocalServer): string => hostOf(server.url)

/** Without user and password. */
function hostOf(url: string): string {
  return new URL(url).host
}
