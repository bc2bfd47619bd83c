import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { isLockTimeout, LedgerError } from './ledger-error.ts'

const folder = new URL('../migrations/', import.meta.url)

/** One lock for all who migrate the same database; the number only has to be ours. */
const migrationLock = 5_710_240_911

/**
 * While a migration waits for a table, whoever comes after it waits behind it, even where two readers would not mind each
 * other. So it waits shortly, lets them all through, and comes again: before they lose patience (`tableLockTimeoutMs` of
 * connect.ts), and after Postgres has called a vacuum off for it (1 s).
 */
const lockTimeoutMs = 1_500
const pauseMs = 1_000

interface Migration {
  number: number
  name: string
  checksum: string
  text: string
}

/**
 * Brings the database to the newest schema; returns the names of the migrations it applied. Idempotent; any number of
 * processes may call it at once: one works, the others wait and find nothing to do. Forward only. Refuses when a migration
 * that was applied has been edited since. Migrations it does not know (a newer release was here) are left alone. A table that
 * somebody has been using without a break for `patienceMs` ends it with `unavailable`.
 *
 * Crash between two migrations: each commits together with its row, so the next call goes on where this one stopped.
 */
export async function migrate(databaseUrl: string, patienceMs = 60_000): Promise<string[]> {
  const migrations = await readMigrations()
  const sql = postgres(databaseUrl, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    await sql`select pg_advisory_lock(${migrationLock}::bigint)`
    await sql`
      create table if not exists migrations (
        number     integer primary key,
        name       text not null,
        checksum   text not null,
        applied_at timestamptz not null default now()
      )`
    const rows = await sql<{ number: number; checksum: string }[]>`select number, checksum from migrations`
    const checksums = new Map(rows.map((row) => [row.number, row.checksum]))
    const applied: string[] = []
    for (const migration of migrations) {
      const { number, name, checksum } = migration
      const known = checksums.get(number)
      if (known === checksum) continue
      if (known !== undefined) {
        throw new LedgerError('migration-edited', `migrate: ${name} was changed after it had been applied`)
      }
      await apply(sql, migration, patienceMs)
      applied.push(name)
    }
    return applied
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function apply(
  sql: postgres.Sql,
  { number, name, checksum, text }: Migration,
  patienceMs: number,
): Promise<void> {
  for (const giveUpAt = performance.now() + patienceMs; ; await delay(pauseMs)) {
    try {
      await sql.begin(async (tx) => {
        await tx`select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true)`
        await tx.unsafe(text)
        await tx`insert into migrations (number, name, checksum) values (${number}, ${name}, ${checksum})`
      })
      return
    } catch (err) {
      if (!isLockTimeout(err)) throw err
      if (performance.now() < giveUpAt) continue
      const what = `${name} does not get at its table: somebody keeps it locked (pg_stat_activity names long transactions)`
      throw new LedgerError('unavailable', `migrate: ${what}; end that and migrate again`, { cause: err })
    }
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { number: Number(name.slice(0, 4)), name, checksum: createHash('sha256').update(text).digest('hex'), text }
    }),
  )
}
