import { createLog, runAsProcess } from './serve.ts'
import { createYandexMarketSimulator } from './yandex-market/simulator.ts'

/**
 * The Market's simulator as a process. PORT; YANDEX_MARKET_NOTIFICATION_URL (as a person would enter it in the cabinet:
 * `/notification` is added to it), YANDEX_MARKET_API_KEY (the key it takes), YANDEX_MARKET_BUSINESS_ID (whole number);
 * SANDBOX_STATE_FILE (where it keeps its state; left out: it starts empty). Everything else: `POST /_control/settings`.
 */
const { env } = process
const log = createLog('yandex-market-sandbox', env.LOG_LEVEL)

const simulator = createYandexMarketSimulator({
  port: Number(env.PORT ?? 8092),
  ...(env.HOST === undefined ? {} : { hostname: env.HOST }),
  log,
  ...(env.SANDBOX_STATE_FILE ? { stateFile: env.SANDBOX_STATE_FILE } : {}),
  settings: {
    ...(env.YANDEX_MARKET_NOTIFICATION_URL ? { notificationUrl: env.YANDEX_MARKET_NOTIFICATION_URL } : {}),
    ...(env.YANDEX_MARKET_API_KEY ? { apiKeys: [{ key: env.YANDEX_MARKET_API_KEY }] } : {}),
    ...(env.YANDEX_MARKET_BUSINESS_ID ? { businessId: Number(env.YANDEX_MARKET_BUSINESS_ID) } : {}),
  },
})

await runAsProcess(log, simulator)
