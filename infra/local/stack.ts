import { join } from 'node:path'
import { migrate } from '@sluice/ledger'
import { type ClaimedPort, claimPortFrom } from './claim-port.ts'
import { cloneFolder, dataFolder } from './clone.ts'
import { freePort } from './free-port.ts'
import { recordedOf, stopRecorded } from './process-records.ts'
import { type ProcessOptions, type SupervisedProcess, startProcess } from './processes.ts'
import type { RunFolder } from './run-folder.ts'
import { type Servers, type ServersOptions, startServers } from './servers.ts'
import {
  mainOfService,
  mainOfSimulator,
  type ServiceName,
  type SimulatorName,
  serviceNames,
  simulatorNames,
} from './service-names.ts'

export interface StackOptions {
  run: RunFolder
  /** How many processes of each service; a service that is not named gets one, 0 leaves it out. */
  processes?: Partial<Record<ServiceName, number>>
  /** The simulators of the marketplaces and of the back office. Default true. */
  hasSandbox?: boolean
  /** On top of what the stack sets for every process. */
  env?: Record<string, string>
  /** Servers that run already; they are left running. Else the stack starts its own, or uses REDIS_URL and DATABASE_URL. */
  servers?: Servers
  /** Wanted ports, or the next free ones above; 0 is any free one. */
  ingressPort?: number
  consolePort?: number
  /** Start processes again that die unexpectedly. */
  isRestarted?: boolean
  /** Where what happens is shown. */
  step?: ServersOptions['step']
  show?: ProcessOptions['show']
  /** Gives up starting, and stops what has been started. */
  signal?: AbortSignal
}

export interface StackUrls {
  ingress: string
  console: string
  kuper: string
  yandexMarket: string
  backOffice: string
}

/** Servers, migrations, simulators and services, all running and ready. */
export interface Stack {
  servers: Servers
  urls: StackUrls
  /** What every process gets on top of the launcher's environment. */
  env: Record<string, string>
  /** By name: `ingress`, `notification`, `notification-2`, `kuper`, `yandex-market`, `back-office`. */
  processes: Map<string, SupervisedProcess>
  /** Adds processes of one service. */
  add(service: ServiceName, count: number): Promise<SupervisedProcess[]>
  /** Services, then simulators, then Redis, then Postgres. Nothing else is touched. */
  stop(hurry?: AbortSignal): Promise<void>
}

/** Starts everything; when something cannot start, stops what has been started and throws. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { run, show = () => undefined, isRestarted = false, signal, hasSandbox = true } = options
  const step: ServersOptions['step'] = async (name, work, done) => {
    signal?.throwIfAborted()
    return options.step ? options.step(name, work, done) : work(() => undefined)
  }
  const processes = new Map<string, SupervisedProcess>()
  const claimedPorts: ClaimedPort[] = []
  let servers: Servers | undefined

  const stop = async (hurry?: AbortSignal): Promise<void> => {
    // Launchers in other terminals whose processes use our servers.
    await Promise.all(recordedOf(run.path, 'attached').map(stopRecorded))
    const isSimulator = (name: string): boolean => (simulatorNames as readonly string[]).includes(name)
    const all = [...processes.values()]
    await Promise.all(all.filter(({ name }) => !isSimulator(name)).map((service) => service.stop(hurry)))
    await Promise.all(all.filter(({ name }) => isSimulator(name)).map((simulator) => simulator.stop(hurry)))
    for (const claimed of claimedPorts) claimed.release()
    if (servers && servers !== options.servers) await servers.stop()
  }

  try {
    servers = options.servers ?? (await startServers({ run, step }))
    const { databaseUrl, redisUrl } = servers
    await step(
      'Migrations',
      () => migrate(databaseUrl),
      (applied) => (applied.length === 0 ? 'up to date' : `${applied.length} applied`),
    )

    const portOf = async (wanted: number | undefined): Promise<number> => {
      if (!wanted) return freePort()
      const claimed = await claimPortFrom(wanted)
      claimedPorts.push(claimed)
      return claimed.port
    }
    const ports = {
      ingress: await portOf(options.ingressPort),
      console: await portOf(options.consolePort),
      kuper: await freePort(),
      yandexMarket: await freePort(),
      backOffice: await freePort(),
    }
    const at = (port: number): string => `http://127.0.0.1:${port}`
    const urls: StackUrls = {
      ingress: at(ports.ingress),
      console: at(ports.console),
      kuper: at(ports.kuper),
      yandexMarket: at(ports.yandexMarket),
      backOffice: at(ports.backOffice),
    }
    const env: Record<string, string> = {
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      SLUICE_CONFIG: process.env.SLUICE_CONFIG || join(cloneFolder, 'infra/local/sandbox.config.yaml'),
      LOG_FORMAT: 'json',
      // Halves what starting a process costs: a dozen of them compile the same files.
      NODE_COMPILE_CACHE: join(dataFolder, 'compile-cache'),
      ...sandboxEnv(urls),
      ...options.env,
    }
    const common = { run, show, isRestarted, ...(signal ? { signal } : {}) }

    if (hasSandbox) {
      await step(
        'Sandbox',
        async () => {
          for (const name of simulatorNames) {
            const port = new URL(urlOfSimulator(urls, name)).port
            // A simulator serves its health on the port of its API.
            // What it knows outlives it, as the data of Postgres and Redis does.
            const state = { SANDBOX_STATE_FILE: join(run.path, `sandbox-${name}.json`) }
            const own = { ...env, ...state, PORT: port, HEALTH_PORT: port }
            processes.set(name, await startProcess({ ...common, name, main: mainOfSimulator(name), env: own }))
          }
        },
        () => 'Kuper, Yandex Market and the back office',
      )
    }

    const add = async (service: ServiceName, count: number): Promise<SupervisedProcess[]> => {
      const added: SupervisedProcess[] = []
      for (let n = 1; added.length < count; n++) {
        const name = n === 1 ? service : `${service}-${n}`
        if (processes.has(name)) continue
        const isFirst = n === 1
        const own: Record<string, string> = { ...env }
        if (service === 'ingress') own.PORT = String(isFirst ? ports.ingress : await freePort())
        if (service === 'console') own.PORT = String(isFirst ? ports.console : await freePort())
        const started = await startProcess({ ...common, name, main: mainOfService(service), env: own })
        processes.set(name, started)
        added.push(started)
      }
      return added
    }

    await step(
      'Services',
      async (say) => {
        const outcomes = await Promise.allSettled(
          serviceNames.map(async (name) => {
            await add(name, options.processes?.[name] ?? 1)
            say(`${name} is ready`)
          }),
        )
        const failed = outcomes.find((outcome) => outcome.status === 'rejected')
        if (failed) throw failed.reason
      },
      () => serviceNames.filter((name) => processes.has(name)).join(', '),
    )
    return { servers, urls, env, processes, add, stop }
  } catch (err) {
    await stop()
    throw err
  }
}

export function urlOfSimulator(urls: StackUrls, name: SimulatorName): string {
  switch (name) {
    case 'kuper':
      return urls.kuper
    case 'yandex-market':
      return urls.yandexMarket
    case 'back-office':
      return urls.backOffice
  }
}

/** What the sandbox's configuration and the simulators take from the environment. These secrets open nothing but the sandbox. */
function sandboxEnv(urls: StackUrls): Record<string, string> {
  const shared = {
    BACK_OFFICE_TOKEN: 'sandbox-back-office',
    KUPER_CLIENT_ID: 'sandbox-client',
    KUPER_CLIENT_SECRET: 'sandbox-secret',
    YANDEX_MARKET_API_KEY: 'sandbox-api-key',
    YANDEX_MARKET_BUSINESS_ID: '100500',
  }
  return {
    ...shared,
    BACK_OFFICE_URL: urls.backOffice,
    BACK_OFFICE_INBOUND_TOKEN: 'sandbox-events',
    PICKUP_CODE_SECRET: 'sandbox-pickup-codes',
    KUPER_BASE_URL: urls.kuper,
    KUPER_INBOUND_TOKEN: 'sandbox-client-token',
    KUPER_INBOUND_PASSWORD: 'sandbox-password',
    KUPER_INBOUND_BEARER: 'sandbox-bearer',
    YANDEX_MARKET_BASE_URL: urls.yandexMarket,
    // The simulators' side of the same.
    KUPER_WEBHOOK_URL: `${urls.ingress}/kuper-webhook/main`,
    KUPER_CLIENT_TOKEN: 'sandbox-client-token',
    // As a person would enter it in the cabinet; the Market puts /notification behind it.
    YANDEX_MARKET_NOTIFICATION_URL: `${urls.ingress}/yandex-market/market`,
    SLUICE_EVENTS_URL: `${urls.ingress}/back-office/events`,
    SLUICE_EVENTS_TOKEN: 'sandbox-events',
  }
}
