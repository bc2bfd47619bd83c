import postgres from 'postgres'

export type Sql = postgres.Sql

/** A statement may take so long; a lost server is noticed by the deadline of the callers. */
const statementTimeoutMs = 15_000

/**
 * The pool of one process. Every query of the ledger goes by key and is prepared once, so plans are made once and never
 * read a table from end to end: a plan made while the tables were empty must still be right when they are full.
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
      enable_hashjoin: 'off',
      enable_mergejoin: 'off',
      jit: 'off',
      timezone: 'UTC',
    },
  })
}
