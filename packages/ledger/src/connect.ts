import postgres from 'postgres'

export type Sql = postgres.Sql

const connectTimeoutMs = 5_000
const statementTimeoutMs = 15_000

/**
 * It counts from when a statement is given to the driver, which may have to wait for a connection: so long that one after
 * another can take all its time there. Whoever waits longer has lost the server, or asks for far more than it can do.
 */
export const answerTimeoutMs = connectTimeoutMs + 2 * statementTimeoutMs

/**
 * For a table, which a statement locks before anything else: who keeps it (a migration, an index that is being built) is soon
 * done. Longer than a migration waits in line (migrate.ts), since everybody else waits behind it meanwhile.
 */
export const tableLockTimeoutMs = 3_000

/** Rows are locked for milliseconds, until a statement has committed. One that is locked for so long has another trouble. */
export const rowLockTimeoutMs = 1_000

/**
 * The pool of one process. Every statement is planned once per connection, perhaps while the tables were empty, and must still
 * be right when they are full: so no sequential scans, and queries that leave only indexes to go by.
 */
export function connect(databaseUrl: string, maxConnections: number): Sql {
  return postgres(databaseUrl, {
    max: maxConnections,
    connect_timeout: connectTimeoutMs / 1_000,
    onnotice: () => {},
    // The driver's own query after connecting crashes the process when that connection is lost: its rejection is unhandled.
    // Without it arrays are neither written nor read, so lists travel as JSON.
    fetch_types: false,
    connection: {
      application_name: 'sluice',
      statement_timeout: statementTimeoutMs,
      lock_timeout: tableLockTimeoutMs,
      plan_cache_mode: 'force_generic_plan',
      enable_seqscan: 'off',
      jit: 'off',
      timezone: 'UTC',
    },
  })
}
