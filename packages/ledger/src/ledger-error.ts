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

/**
 * SQLSTATE classes of which no request is at fault, whatever is in it: 08 connection, 28 who may log in, 3D no such database,
 * 42 rights and schema (our statements are constant: the database is of another release), 53 resources, 55 locks and objects
 * in use, 57 operator intervention and time-outs, 58 the system below; of 25 a standby and transactions the server gave up.
 */
const unavailableState = /^(08|28|3D|42|53|55|57|58|25006|25P03|25P04)/

/** Of the driver (CONNECT_TIMEOUT, CONNECTION_CLOSED ...), of the system (ECONNRESET, EAI_AGAIN ...), of TLS. */
const unavailableCode = /^(CONNECT|E(?!RR_)|ERR_(TLS|SSL|SOCKET|STREAM)_|SASL_|UNABLE_TO_|HOSTNAME_)|CERT/

/** The database, not the request, is at fault. */
export function isUnavailable(err: unknown): boolean {
  if (err instanceof LedgerError) return err.code === 'unavailable'
  return (err instanceof postgres.PostgresError ? unavailableState : unavailableCode).test(codeOf(err))
}

/** It is no outage that passes: our statements, the schema and rights (42), the login (28) or the database's name (3D) are wrong. */
export function needsPerson(err: LedgerError): boolean {
  return /^(28|3D|42)/.test(codeOf(err.cause))
}

/** Lost against a concurrent statement; the same request may well succeed now. */
export function isRace(err: unknown): boolean {
  return err instanceof postgres.PostgresError && ['40001', '40P01'].includes(err.code)
}

/** Somebody has held a row of it for too long. */
export function isLockTimeout(err: unknown): boolean {
  return err instanceof postgres.PostgresError && err.code === '55P03'
}

/** The unique constraint that was violated. */
export function violatedConstraint(err: unknown): string | undefined {
  return err instanceof postgres.PostgresError && err.code === '23505' ? err.constraint_name : undefined
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
