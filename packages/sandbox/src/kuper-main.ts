import { createKuperSimulator } from './kuper/simulator.ts'
import { createLog, runAsProcess } from './serve.ts'

/**
 * Kuper's simulator as a process. PORT; KUPER_WEBHOOK_URL and KUPER_CLIENT_TOKEN (where and as whom it sends webhooks),
 * KUPER_CLIENT_ID and KUPER_CLIENT_SECRET (whom it gives tokens); SANDBOX_STATE_FILE (where it keeps its state; left out:
 * it starts empty). Everything else: `POST /_control/settings`.
 */
const { env } = process
const log = createLog('kuper-sandbox', env.LOG_LEVEL)

const simulator = createKuperSimulator({
  port: Number(env.PORT ?? 8091),
  ...(env.HOST === undefined ? {} : { hostname: env.HOST }),
  log,
  ...(env.SANDBOX_STATE_FILE ? { stateFile: env.SANDBOX_STATE_FILE } : {}),
  settings: {
    ...(env.KUPER_WEBHOOK_URL ? { webhookUrl: env.KUPER_WEBHOOK_URL } : {}),
    ...(env.KUPER_CLIENT_TOKEN ? { webhookAuth: { scheme: 'client-token', token: env.KUPER_CLIENT_TOKEN } } : {}),
    ...(env.KUPER_CLIENT_ID ? { clientId: env.KUPER_CLIENT_ID } : {}),
    ...(env.KUPER_CLIENT_SECRET ? { clientSecret: env.KUPER_CLIENT_SECRET } : {}),
  },
})

await runAsProcess(log, simulator)
