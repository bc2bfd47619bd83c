import { createKuperSimulator } from './kuper/simulator.ts'
import { createLog, runAsProcess } from './serve.ts'

const { env } = process

const simulator = createKuperSimulator({
  port: Number(env.PORT ?? 8091),
  ...(env.HOST === undefined ? {} : { hostname: env.HOST }),
  settings: {
    ...(env.KUPER_WEBHOOK_URL ? { webhookUrl: env.KUPER_WEBHOOK_URL } : {}),
    ...(env.KUPER_CLIENT_TOKEN ? { webhookAuth: { scheme: 'client-token', token: env.KUPER_CLIENT_TOKEN } } : {}),
    ...(env.KUPER_CLIENT_ID ? { clientId: env.KUPER_CLIENT_ID } : {}),
    ...(env.KUPER_CLIENT_SECRET ? { clientSecret: env.KUPER_CLIENT_SECRET } : {}),
  },
})

await runAsProcess(createLog('kuper-sandbox', env.LOG_LEVEL), simulator)
