import { createBackOfficeSimulator } from './back-office/simulator.ts'
import { createLog, runAsProcess } from './serve.ts'

/**
 * The back office simulator as a process. PORT; BACK_OFFICE_TOKEN (Sluice's token towards it), SLUICE_EVENTS_URL and
 * SLUICE_EVENTS_TOKEN (where and as whom it sends its events); SANDBOX_STATE_FILE (where it keeps its state; left out:
 * it starts empty). Everything else: `POST /_control/settings`.
 */
const { PORT, HOST, LOG_LEVEL, BACK_OFFICE_TOKEN, SLUICE_EVENTS_URL, SLUICE_EVENTS_TOKEN, SANDBOX_STATE_FILE } =
  process.env

const log = createLog('sandbox-back-office', LOG_LEVEL)

await runAsProcess(
  log,
  createBackOfficeSimulator({
    port: Number(PORT ?? 9082),
    hostname: HOST ?? '127.0.0.1',
    log,
    ...(SANDBOX_STATE_FILE && { stateFile: SANDBOX_STATE_FILE }),
    settings: {
      ...(BACK_OFFICE_TOKEN && { token: BACK_OFFICE_TOKEN }),
      ...(SLUICE_EVENTS_URL && { eventsUrl: SLUICE_EVENTS_URL }),
      ...(SLUICE_EVENTS_TOKEN && { eventsToken: SLUICE_EVENTS_TOKEN }),
    },
  }),
)
