import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { dataFolder } from './clone.ts'
import { KnownFault } from './known-fault.ts'
import { controlSimulators, quicken } from './live-orders.ts'
import { tryLock } from './lock.mjs'
import { stopLeftovers } from './process-records.ts'
import { box, createStatusLine, paint, step, tellFault } from './progress.ts'
import { keptRunFolder, sweepDeadRuns } from './run-folder.ts'
import { removeRunning, writeRunning } from './running.ts'
import { notable, showLine } from './show-output.ts'
import { type Stack, startStack } from './stack.ts'
import { listenForStop, Stopped } from './stop-signals.ts'
import { describeTraffic, keepOrdersFlowing, WATCHABLE_STEP_MS } from './traffic.ts'

const INGRESS_PORT = 8080
const CONSOLE_PORT = 8090
const STATUS_EVERY_MS = 5_000

const showsAll = process.argv.includes('--verbose')

/** `npm start`: everything on this machine, with data that stays, until Ctrl-C. */
async function main(): Promise<number> {
  const { stopping, hurry } = listenForStop()
  const lock = tryLock(join(dataFolder, 'sluice.lock'))
  if ('heldBy' in lock) {
    throw new KnownFault(
      `npm start is running already in this clone (process ${lock.heldBy})`,
      `Stop it with Ctrl-C where it runs, or: kill ${lock.heldBy}`,
    )
  }
  const status = createStatusLine()
  let stack: Stack | undefined
  try {
    const run = keptRunFolder()
    const left = await stopLeftovers(run.path)
    if (left > 0) console.log(`  stopped ${left} processes that an earlier npm start, killed, had left`)
    await sweepDeadRuns()
    stack = await startStack({
      run,
      step,
      ingressPort: INGRESS_PORT,
      consolePort: CONSOLE_PORT,
      isRestarted: true,
      signal: stopping,
      show: (name, line) => {
        const shown = showsAll ? line : notable(line)
        if (shown !== undefined) status.above(() => showLine(name, shown))
      },
    })
    writeRunning(stack)
    console.log(`\n${welcome(stack)}\n`)
    await watchTraffic(stack, status, stopping)
    return 0
  } catch (err) {
    if (err instanceof Stopped) return 0
    throw err
  } finally {
    status.end()
    removeRunning()
    if (stack) {
      console.log(`\nStopping (Ctrl-C again to hurry) ...`)
      await stack.stop(hurry)
    }
    lock.release()
    if (stopping.aborted) console.log('Stopped. The data stays; npm start goes on where it was.')
  }
}

function welcome({ urls, servers, env }: Stack): string {
  const moved = [
    [urls.ingress, INGRESS_PORT],
    [urls.console, CONSOLE_PORT],
  ].filter(([url, port]) => !String(url).endsWith(`:${port}`))
  return [
    box([
      `Console      ${urls.console}`,
      `Ingress      ${urls.ingress}   (POST /kuper-webhook, /yandex-market, /back-office/events)`,
      `Kuper        ${urls.kuper}   (simulator)`,
      `Market       ${urls.yandexMarket}   (simulator of Yandex Market)`,
      `Back office  ${urls.backOffice}   (simulator)`,
      `Postgres     ${new URL(servers.databaseUrl).host}   Redis ${new URL(servers.redisUrl).host}`,
    ]),
    ...moved.map(([url, port]) => paint('yellow', `Port ${port} is taken by another program, so it is ${url}`)),
    paint('grey', `Logs: ${join(dataFolder, 'logs')}   More workers: npm run service -- notification --processes 3`),
    paint('grey', `Configuration: ${env.SLUICE_CONFIG}`),
    'Ctrl-C stops everything.',
  ].join('\n')
}

/** Keeps simulated orders flowing and shows what they are doing, until the user stops. */
async function watchTraffic(
  { urls }: Stack,
  status: ReturnType<typeof createStatusLine>,
  stopping: AbortSignal,
): Promise<void> {
  const simulators = controlSimulators(urls)
  await quicken(simulators, WATCHABLE_STEP_MS)
  const flow = keepOrdersFlowing(simulators, stopping, (problem) => status.show(problem))
  while (!stopping.aborted) {
    status.show(
      await describeTraffic(simulators).catch((err: Error) => `the simulator does not answer: ${err.message}`),
    )
    await delay(STATUS_EVERY_MS, undefined, { signal: stopping }).catch(() => undefined)
  }
  await flow
}

process.exitCode = await main().catch(tellFault)
