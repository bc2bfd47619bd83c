import postgres from 'postgres'

export type Sql = postgres.Sql

/** A statement may take so long; a lost server is noticed by the deadline of the callers. */
const statementTimeoutMs = 15_000

/**
 * The pool of one process. Every statement is planned once per connection, perhaps while the tables were empty, and must still
 * be right when they are full: so no sequential scans, and queries that leave only indexes to go by.
 */
export function connect(databaseUrl: string, maxConnections: number): Sql {
  return postgres(databaseUrl, {
    max: maxConnections,
    connect_timeout: 5,
    onnotice: () => {},
    // The driver's own query after connecting crashes the process when that connection is lost: its rejection is unhandled.
    // Without it arrays are neither written nor read, so lists travel as JSON.
    fetch_types: false,
    connection: {
      application_name: 'sluice',
      statement_timeout: statementTimeoutMs,
      plan_cache_mode: 'force_generic_plan',
      enable_seqscan: 'off',
      jit: 'off',
      timezone: 'UTC',
    },
  })
}
