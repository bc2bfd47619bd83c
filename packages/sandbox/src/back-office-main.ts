import { createBackOfficeSimulator } from './back-office/simulator.ts'
import { createLog, runAsProcess } from './serve.ts'

/**
 * The back office simulator as a process. PORT; BACK_OFFICE_TOKEN (Sluice's token towards it), SLUICE_EVENTS_URL and
 * SLUICE_EVENTS_TOKEN (where and as whom it sends its events). Everything else: `POST /_control/settings`.
 */
const { PORT, HOST, LOG_LEVEL, BACK_OFFICE_TOKEN, SLUICE_EVENTS_URL, SLUICE_EVENTS_TOKEN } = process.env

await runAsProcess(
  createLog('sandbox-back-office', LOG_LEVEL),
  createBackOfficeSimulator({
    port: Number(PORT ?? 9082),
    hostname: HOST ?? '127.0.0.1',
    settings: {
      ...(BACK_OFFICE_TOKEN && { token: BACK_OFFICE_TOKEN }),
      ...(SLUICE_EVENTS_URL && { eventsUrl: SLUICE_EVENTS_URL }),
      ...(SLUICE_EVENTS_TOKEN && { eventsToken: SLUICE_EVENTS_TOKEN }),
    },
  }),
)
