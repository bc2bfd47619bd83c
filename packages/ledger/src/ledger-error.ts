import postgres from 'postgres'

/**
 * unavailable: Postgres cannot be reached or cannot work now; what was asked may or may not have been saved, asking again is
 * harmless. conflict: others were faster every time; ask again. refused: this request can never be saved as it is.
 */
export type LedgerErrorCode = 'unavailable' | 'conflict' | 'refused' | 'closed' | 'migration-edited'

export class LedgerError extends Error {
  readonly code: LedgerErrorCode
  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LedgerError'
    this.code = code
  }
}

/** Wraps what the driver threw, saying what was being done. */
export function toLedgerError(doing: string, err: unknown): LedgerError {
  if (err instanceof LedgerError) return err
  const message = err instanceof Error ? err.message || codeOf(err) : String(err)
  const code = isUnavailable(err) ? 'unavailable' : isRace(err) ? 'conflict' : 'refused'
  return new LedgerError(code, `${doing}: ${message}`, { cause: causeOf(err) })
}

/** The database, not the request, is at fault: connection, resources, shutdown, time-out, a standby after failover. */
export function isUnavailable(err: unknown): boolean {
  if (err instanceof LedgerError) return err.code === 'unavailable'
  const code = codeOf(err)
  if (err instanceof postgres.PostgresError) return /^(08|53|57|58)/.test(code) || code === '25006'
  return /^(CONNECT|E[A-Z]+$)/.test(code)
}

/** Lost against a concurrent statement; the same request may well succeed now. */
export function isRace(err: unknown): boolean {
  return err instanceof postgres.PostgresError && ['40001', '40P01', '23505'].includes(err.code)
}

function codeOf(err: unknown): string {
  return err instanceof Error && 'code' in err ? String(err.code) : ''
}

/**
 * What the driver throws carries the statement's parameters, and the detail of a violated constraint quotes the whole row:
 * personal data that must not reach a log. Message, code and names are kept.
 */
function causeOf(err: unknown): unknown {
  if (!(err instanceof Error) || !('query' in err || err instanceof postgres.PostgresError)) return err
  const cause = new Error(err.message)
  if (err.stack !== undefined) cause.stack = err.stack
  const names = err instanceof postgres.PostgresError ? { table: err.table_name, constraint: err.constraint_name } : {}
  return Object.assign(cause, { code: codeOf(err), ...names })
}
