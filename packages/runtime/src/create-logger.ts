import { destination, type LoggerOptions, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'
import type { LogFormat, LogLevel } from './environment.ts'
import { formatPrettyLine } from './format-pretty-line.ts'
import { redactForLog } from './redact.ts'

/**
 * One wide line per request, job and attempt. `event` says what happened (`effect.attempted`); `err` takes an Error.
 * Whatever is passed is redacted by key (see redact.ts), so a whole object may be given without care.
 * `warn`: someone may have to look. `error`: someone must.
 */
export interface Logger {
  debug(line: LogLine): void
  info(line: LogLine): void
  warn(line: LogLine): void
  error(line: LogLine): void
  /** A logger whose lines all carry these fields. */
  child(fields: Record<string, unknown>): Logger
}

export interface LogLine {
  event: string
  err?: unknown
  [field: string]: unknown
}

export interface LoggerSettings {
  service: string
  level?: LogLevel
  format?: LogFormat
  /** Takes one finished line with its line break; standard output when absent. */
  write?: (line: string) => void
}

/** The only set-up of pino. Writes synchronously: what was logged before a crash is on the output. */
export function createLogger({ service, level = 'info', format = 'json', write }: LoggerSettings): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    // Errors are made plain by redactForLog; pino must neither do it again nor repeat their message as `msg`.
    errorKey: 'unused',
    serializers: { err: (err: unknown) => err },
    formatters: { level: (label) => ({ level: label }) },
    hooks: {
      logMethod([line], method) {
        method.call(this, redactForLog(line) as object)
      },
    },
  }
  if (format === 'pretty') {
    const useColour = write === undefined && process.stdout.isTTY && !process.env.NO_COLOR
    const out = write ?? ((line: string) => process.stdout.write(line))
    return asLogger(pino(options, { write: (line: string) => out(formatPrettyLine(line, useColour)) }))
  }
  return asLogger(pino(options, write === undefined ? destination({ dest: 1, sync: true }) : { write }))
}

/** pino's hooks see each line (only when its level is on) but not a child's fields: those are redacted here. */
function asLogger(target: PinoLogger): Logger {
  return {
    debug: (line) => target.debug(line),
    info: (line) => target.info(line),
    warn: (line) => target.warn(line),
    error: (line) => target.error(line),
    child: (fields) => asLogger(target.child(redactForLog(fields) as Record<string, unknown>)),
  }
}
