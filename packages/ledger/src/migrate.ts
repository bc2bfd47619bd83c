import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { LedgerError } from './ledger-error.ts'

const folder = new URL('../migrations/', import.meta.url)

/** One lock for all who migrate the same database; the number only has to be ours. */
const migrationLock = 5_710_240_911

/**
 * Brings the database to the newest schema; returns the names of the migrations it applied. Idempotent; any number of
 * processes may call it at once: one works, the others wait and find nothing to do. Forward only. Refuses when a migration
 * that was applied has been edited since. Migrations it does not know (a newer release was here) are left alone.
 *
 * Crash between two migrations: each commits together with its row, so the next call goes on where this one stopped.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
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
    for (const { number, name, checksum, text } of migrations) {
      const known = checksums.get(number)
      if (known === checksum) continue
      if (known !== undefined) {
        throw new LedgerError('migration-edited', `migrate: ${name} was changed after it had been applied`)
      }
      await sql.begin(async (tx) => {
        await tx.unsafe(text)
        await tx`insert into migrations (number, name, checksum) values (${number}, ${name}, ${checksum})`
      })
      applied.push(name)
    }
    return applied
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function readMigrations(): Promise<{ number: number; name: string; checksum: string; text: string }[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { number: Number(name.slice(0, 4)), name, checksum: createHash('sha256').update(text).digest('hex'), text }
    }),
  )
}
