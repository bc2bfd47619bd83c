import { z } from 'zod'
import { ConfigError } from './config-error.ts'

/** Where a process finds its servers and how it shows itself; everything else stands in sluice.config.yaml. */
export interface Environment {
  redisUrl: string
  databaseUrl: string
  /** Address at which ingress listens. The console has its own: CONSOLE_HOST. */
  host: string
  /** Undefined: the service's own default. */
  port?: number
  healthHost: string
  /** 0 picks a free one. */
  healthPort: number
  logLevel: LogLevel
  logFormat: LogFormat
}

export type LogLevel = (typeof logLevels)[number]
export type LogFormat = (typeof logFormats)[number]

export type RawEnvironment = Readonly<Record<string, string | undefined>>

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
const logFormats = ['json', 'pretty'] as const

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port number from 0 to 65535')

const environmentSchema = z.object({
  REDIS_URL: url(/^rediss?$/, 'redis://127.0.0.1:6379'),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgresql://user:password@127.0.0.1:5432/sluice'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.optional(),
  HEALTH_HOST: z.string().default('127.0.0.1'),
  HEALTH_PORT: port.default(0),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  LOG_FORMAT: z.enum(logFormats, `must be one of ${logFormats.join(', ')}`).default('json'),
})

/** Throws a ConfigError that names every wrong variable. An empty variable counts as unset, as in a shell. */
export function loadEnvironment(env: RawEnvironment): Environment {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => ({ where: String(issue.path[0]), problem: `${issue.message}.` })),
    )
  }
  const { REDIS_URL, DATABASE_URL, HOST, PORT, HEALTH_HOST, HEALTH_PORT, LOG_LEVEL, LOG_FORMAT } = parsed.data
  return {
    redisUrl: REDIS_URL,
    databaseUrl: DATABASE_URL,
    host: HOST,
    ...(PORT === undefined ? {} : { port: PORT }),
    healthHost: HEALTH_HOST,
    healthPort: HEALTH_PORT,
    logLevel: LOG_LEVEL,
    logFormat: LOG_FORMAT,
  }
}

/** The value itself never appears in the message: it may hold a password. */
function url(protocol: RegExp, example: string) {
  return z.url({
    protocol,
    // A host name is not asked for: Postgres also takes a socket folder as a parameter.
    hostname: /.*/,
    error: (issue) => (issue.input === undefined ? `is not set; for example ${example}` : `must look like ${example}`),
  })
}
