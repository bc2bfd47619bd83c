import { constants } from 'node:os'
import { ConfigError } from './config-error.ts'
import { createLogger, type Logger } from './create-logger.ts'
import { type Environment, loadEnvironment, type RawEnvironment } from './environment.ts'
import { createHealthServer, type ReadinessCheck } from './health-server.ts'

export interface Service<Config> {
  config: Config
  environment: Environment
  log: Logger
  /** Register the close of whatever was opened, in the next line. Closing runs newest first. */
  onStop(what: string, close: () => unknown): void
  /** Adds a check to `/readyz`: resolves when it works, throws when not. */
  ready(what: string, check: ReadinessCheck): void
}

/** sysexits.h EX_CONFIG: a supervisor need not try again. */
const EXIT_CONFIG = 78

/**
 * What every main.ts has in common. Readiness is on once `start` has resolved. SIGTERM or SIGINT: readiness off, closing
 * newest first within one deadline, exit 0 (1 when a close failed or the deadline passed); a second signal exits at
 * once. An uncaught exception or unhandled rejection logs and exits 1: the state of the process is unknown, and
 * everything accepted is in Redis or Postgres. A ConfigError, whoever throws it, is printed without a stack: exit 78.
 */
export async function runService<Config>(
  name: string,
  loadConfig: (env: RawEnvironment) => Config,
  start: (service: Service<Config>) => Promise<void>,
  { stopDeadlineMs = 15_000 }: { stopDeadlineMs?: number } = {},
): Promise<void> {
  const settings = loadSettings(name, loadConfig)
  const { environment, config } = settings
  const log = createLogger({ service: name, level: environment.logLevel, format: environment.logFormat })
  const open: { what: string; close: () => unknown }[] = []
  const onStop: Service<Config>['onStop'] = (what, close) => void open.push({ what, close })
  let isStopping = false
  let markStopping = () => {}

  async function stop(reason: string, exitCode: number): Promise<never> {
    isStopping = true
    log.info({ event: 'service.stopping', reason })
    markStopping()
    let closing = ''
    setTimeout(() => {
      log.error({ event: 'service.stop-late', closing, deadlineMs: stopDeadlineMs })
      process.exit(1)
    }, stopDeadlineMs)
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      closing = next.what
      try {
        await next.close()
      } catch (err) {
        exitCode = 1
        log.error({ event: 'service.close-failed', closing, err })
      }
    }
    log.info({ event: 'service.stopped', exitCode })
    process.exit(exitCode)
  }

  const crash = (event: string) => (err: unknown) => {
    log.error({ event, err })
    process.exit(1)
  }
  process.on('uncaughtException', crash('service.uncaught-exception'))
  process.on('unhandledRejection', crash('service.unhandled-rejection'))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + constants.signals[signal])
      void stop(signal, 0)
    })
  }

  try {
    const health = await createHealthServer({ host: environment.healthHost, port: environment.healthPort })
    onStop('health server', () => health.close())
    markStopping = health.markStopping
    await start({ config, environment, log, onStop, ready: health.addCheck })
    health.markStarted()
    if (!isStopping) log.info({ event: 'service.started', health: health.url })
  } catch (err) {
    // What was being opened while a signal came has just been closed under its feet.
    if (isStopping) return
    if (err instanceof ConfigError) exitWithConfigError(name, err)
    log.error({ event: 'service.start-failed', err })
    await stop('start failed', 1)
  }
}

/** Both sources are read before anything is said, so that one look shows every fault. */
function loadSettings<Config>(name: string, loadConfig: (env: RawEnvironment) => Config) {
  const faults: ConfigError['faults'][number][] = []
  const attempt = <T>(load: (env: RawEnvironment) => T): T | undefined => {
    try {
      return load(process.env)
    } catch (err) {
      if (!(err instanceof ConfigError)) throw err
      faults.push(...err.faults)
      return undefined
    }
  }
  const environment = attempt(loadEnvironment)
  const config = attempt(loadConfig)
  if (environment === undefined || faults.length > 0) exitWithConfigError(name, new ConfigError(faults))
  return { environment, config: config as Config }
}

function exitWithConfigError(name: string, error: ConfigError): never {
  process.stderr.write(`${name}: ${error.message}\n`)
  process.exit(EXIT_CONFIG)
}
