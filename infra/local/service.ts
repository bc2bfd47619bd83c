import { parseArgs } from 'node:util'
import { dataFolder } from './clone.ts'
import { freePort } from './free-port.ts'
import { KnownFault } from './known-fault.ts'
import { recordProcess } from './process-records.ts'
import { type SupervisedProcess, startProcess } from './processes.ts'
import { step, tellFault } from './progress.ts'
import { createRunFolder, removeRunFolder } from './run-folder.ts'
import { findRunning } from './running.ts'
import { isServiceName, mainOfService, type ServiceName, serviceNames } from './service-names.ts'
import { showLine } from './show-output.ts'
import { listenForStop, Stopped, whenAborted } from './stop-signals.ts'

const usage = `npm run service -- <name> [--processes N]

Runs one service: as further processes beside a running npm start, or with your own servers (REDIS_URL, DATABASE_URL,
SLUICE_CONFIG). Names: ${serviceNames.join(', ')}`

/** `npm run service -- <name> [--processes N]`: further processes of one service, until Ctrl-C. */
async function main(): Promise<number> {
  const { name, count } = readArguments()
  const { stopping, hurry } = listenForStop()
  const { env, isAttached } = environmentOf(name)
  const run = createRunFolder()
  // A stopping npm start finds us by this and lets us stop before it takes the servers away.
  const forget = isAttached
    ? recordProcess(dataFolder, { pid: process.pid, name: `${name} launcher`, kind: 'attached' })
    : undefined
  const started: SupervisedProcess[] = []
  try {
    await step(
      name,
      async (say) => {
        for (let n = 1; n <= count; n++) {
          const processName = count === 1 ? name : `${name}-${n}`
          const isServer = name === 'ingress' || name === 'console'
          const own = { ...env, ...(isServer && isAttached ? { PORT: String(await freePort()) } : {}) }
          const options = { run, name: processName, main: mainOfService(name), env: own, isRestarted: true }
          started.push(await startProcess({ ...options, show: showLine, signal: stopping }))
          say(`${n} of ${count} ready`)
        }
      },
      () => `${count} ${count === 1 ? 'process' : 'processes'}${isAttached ? ' beside npm start' : ''}, Ctrl-C stops`,
    )
    await whenAborted(stopping)
    return 0
  } catch (err) {
    if (err instanceof Stopped) return 0
    throw err
  } finally {
    await Promise.all(started.map((one) => one.stop(hurry)))
    removeRunFolder(run)
    forget?.()
  }
}

function readArguments(): { name: ServiceName; count: number } {
  let parsed: { positionals: string[]; values: { processes?: string | undefined } }
  try {
    parsed = parseArgs({ allowPositionals: true, options: { processes: { type: 'string' } } })
  } catch (err) {
    throw new KnownFault((err as Error).message, usage)
  }
  const [name, ...more] = parsed.positionals
  const count = Number(parsed.values.processes ?? 1)
  if (name === undefined) throw new KnownFault('which service?', usage)
  if (!isServiceName(name)) throw new KnownFault(`there is no service "${name}"`, usage)
  if (more.length > 0) throw new KnownFault(`one service at a time, please: ${more.join(' ')}`, usage)
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new KnownFault('--processes takes a number from 1 to 64', usage)
  return { name, count }
}

function environmentOf(name: ServiceName): { env: Record<string, string>; isAttached: boolean } {
  const { REDIS_URL, DATABASE_URL } = process.env
  if (REDIS_URL && DATABASE_URL)
    return { env: { REDIS_URL, DATABASE_URL, LOG_FORMAT: process.env.LOG_FORMAT || 'pretty' }, isAttached: false }
  const running = findRunning()
  if (running) return { env: { ...running.env, LOG_FORMAT: process.env.LOG_FORMAT || 'pretty' }, isAttached: true }
  throw new KnownFault(
    `nothing for ${name} to work with: no npm start is running in this clone, and REDIS_URL and DATABASE_URL are not both set`,
    'Run npm start in another terminal, or set both.',
  )
}

process.exitCode = await main().catch(tellFault)
