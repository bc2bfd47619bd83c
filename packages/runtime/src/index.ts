export { ConfigError, type ConfigFault } from './config-error.ts'
export { createLogger, type Logger, type LoggerSettings, type LogLine } from './create-logger.ts'
export { type Environment, type LogFormat, type LogLevel, loadEnvironment, type RawEnvironment } from './environment.ts'
export { createHealthServer, type HealthServer, type ReadinessCheck } from './health-server.ts'
export {
  countAcknowledgement,
  countAttempt,
  countEffect,
  countJob,
  showCatchUpAge,
  showDeadLettersOpen,
  showOldestAge,
} from './metrics.ts'
export { pickupCodeOf } from './pickup-code.ts'
export { isSecretKey, redactForLog, redactSecrets } from './redact.ts'
export { type Loop, runEvery } from './run-every.ts'
export { runService, type Service } from './run-service.ts'
export { type HttpServer, serveHttp, statusSentTo, type TurnedAway } from './serve-http.ts'
