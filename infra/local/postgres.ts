import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import connect from 'postgres'
import { type DetachedProcess, spawnDetached } from './detached-process.ts'
import { freePort } from './free-port.ts'
import { KnownFault } from './known-fault.ts'
import { lastLines } from './last-lines.ts'
import { asUser, createPostgresHome, type PostgresHome, postgresHome } from './postgres-home.ts'
import type { RunFolder } from './run-folder.ts'
import type { LocalServer } from './servers.ts'

const DATABASE = 'sluice'
const STARTUP_MS = 60_000

/** Fast, and worthless after a crash of the machine: right for data that nobody needs tomorrow. */
const throwAwaySettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

/** What every local Postgres gets: loopback only, no Unix socket (whose path may be too long), room for many processes. */
const settings = (port: number): string[] => [
  `port=${port}`,
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  'shared_buffers=128MB',
  'wal_level=minimal',
  'max_wal_senders=0',
  'timezone=UTC',
  'log_timezone=UTC',
]

/** Starts the run's Postgres on a free port of the loopback interface, creating its data at the first time. */
export async function startPostgres(run: RunFolder): Promise<LocalServer & { folder: string }> {
  const home = postgresHome(run)
  const data = join(home.folder, 'data')
  createPostgresHome(home)
  const password = initialise(home, data, run.isDurable)
  forgetReusedPid(data)

  let port = await freePort()
  let running = await launchOnFreePort()
  await createDatabase(urlOf(port, password, 'postgres'))

  async function launchOnFreePort(): Promise<DetachedProcess> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await launchAfterCrash()
      } catch (err) {
        // Somebody else took the port between our looking and Postgres's binding.
        if (attempt === 3 || !(err as Error).message.includes('could not bind')) throw err
        port = await freePort()
      }
    }
  }

  /** A killed Postgres's backends notice within moments, and until then its shared memory is in use. */
  async function launchAfterCrash(): Promise<DetachedProcess> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await launch()
      } catch (err) {
        if (attempt === 150 || !(err as Error).message.includes('shared memory block')) throw err
        await delay(200)
      }
    }
  }

  async function launch(): Promise<DetachedProcess> {
    const all = [...settings(port), ...(run.isDurable ? [] : throwAwaySettings)]
    const log = join(home.folder, 'postgres.log')
    const logFd = openSync(log, 'w', 0o600)
    const started = await spawnDetached(
      join(home.binaries, 'bin/postgres'),
      ['-D', data, ...all.flatMap((setting) => ['-c', setting])],
      {
        ...asUser(home.user),
        cwd: home.folder,
        env: plainEnv(),
        stdio: ['ignore', logFd, logFd],
        runPath: run.path,
        name: 'postgres',
        kind: 'postgres',
      },
    ).finally(() => closeSync(logFd))
    await answers(started, urlOf(port, password, 'postgres'), log)
    return started
  }

  return {
    url: urlOf(port, password, DATABASE),
    folder: home.folder,
    pid: () => running.pid,
    ended: () => running.ended,
    // SIGINT is the fast shutdown; SIGTERM would wait for the last client to leave.
    stop: () => running.stop('SIGINT', 15_000),
    kill: () => running.stop('SIGKILL', 0),
    async restart() {
      await running.stop('SIGINT', 15_000)
      running = await launchAfterCrash()
    },
  }
}

/** Runs initdb unless there is data already. Returns the password of the superuser `sluice`. */
function initialise(home: PostgresHome, data: string, isDurable: boolean): string {
  const passwordFile = join(home.folder, 'password')
  const versionFile = join(data, 'PG_VERSION')
  if (existsSync(versionFile) && existsSync(passwordFile)) {
    const found = readFileSync(versionFile, 'utf8').trim()
    const have = spawnSync(join(home.binaries, 'bin/postgres'), ['--version'], {
      ...asUser(home.user),
      cwd: '/',
      encoding: 'utf8',
    })
    if (!have.stdout.includes(` ${found}.`)) {
      throw new KnownFault(
        `the data in ${home.folder} was written by Postgres ${found}; this is ${have.stdout.trim()}`,
        'Delete that folder to start from nothing.',
      )
    }
    return readFileSync(passwordFile, 'utf8').trim()
  }

  // Crash in here: the next start finds no PG_VERSION beside the password, or an unfinished folder, and begins again.
  rmSync(data, { recursive: true, force: true })
  const password = randomBytes(18).toString('base64url')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  mkdirSync(data, { mode: 0o700 })
  if (home.user) {
    chownSync(data, home.user.uid, home.user.gid)
    chownSync(passwordFile, home.user.uid, home.user.gid)
  }
  const { status, stderr, error } = spawnSync(
    join(home.binaries, 'bin/initdb'),
    [
      `--pgdata=${data}`,
      '--username=sluice',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Postgres's own C.UTF-8: the same order on every system, whatever locales it has.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      ...(isDurable ? [] : ['--no-sync']),
    ],
    { ...asUser(home.user), cwd: home.folder, env: plainEnv(), encoding: 'utf8' },
  )
  if (status !== 0) {
    rmSync(data, { recursive: true, force: true })
    throw faultFrom('initdb failed', error?.message ?? stderr, home.folder)
  }
  return password
}

/**
 * After a crash of the machine, postmaster.pid may name a process of today that is not Postgres, and Postgres would
 * refuse to start. A Postgres that runs on this data is stopped by the sweep before we come here.
 */
function forgetReusedPid(data: string): void {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  const commandLine = `/proc/${pid}/cmdline`
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes(data)) rmSync(file)
}

async function answers(started: DetachedProcess, url: string, log: string): Promise<void> {
  const deadline = Date.now() + STARTUP_MS
  for (;;) {
    const said = await pingPostgres(url)
    if (said === undefined) return
    if (!started.isRunning()) throw faultFrom('Postgres ended while starting', lastLines(log), log)
    if (Date.now() > deadline) {
      await started.stop('SIGINT', 5_000)
      throw faultFrom(`Postgres did not answer within ${STARTUP_MS / 1000} s`, `${said}\n${lastLines(log)}`, log)
    }
    await delay(50)
  }
}

/** Undefined when the server answers a query, else what went wrong. */
export async function pingPostgres(url: string): Promise<string | undefined> {
  const db = connect(url, { max: 1, connect_timeout: 5, onnotice: () => undefined })
  try {
    await db`SELECT 1`
    return undefined
  } catch (err) {
    return (err as Error).message || String(err)
  } finally {
    await db.end({ timeout: 1 })
  }
}

async function createDatabase(adminUrl: string): Promise<void> {
  const db = connect(adminUrl, { max: 1, onnotice: () => undefined })
  try {
    const found = await db`SELECT 1 FROM pg_database WHERE datname = ${DATABASE}`
    if (found.length === 0) await db`CREATE DATABASE ${db(DATABASE)}`
  } finally {
    await db.end({ timeout: 1 })
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://sluice:${password}@127.0.0.1:${port}/${database}`
}

/** Nothing of the caller's PG* variables, locale or libraries. */
function plainEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
}

function faultFrom(what: string, details: string, where: string): Error {
  if (/no space left/i.test(details)) {
    return new KnownFault(`${what}: the disk is full (${where})`, 'Free some space and try again.')
  }
  return new Error(`${what}\n${details}\n(${where})`)
}
