import { createLedger } from '@sluice/ledger'
import { kuperScenarios, yandexMarketScenarios } from '@sluice/sandbox'
import { describeDemo } from './demo-report.ts'
import { awaitEnds, externalIdOf, type LiveOrder, observe, onlyReading, placeOrder, quicken } from './live-orders.ts'
import { createStatusLine, step, tellFault } from './progress.ts'
import { createRunFolder, removeRunFolder, sweepDeadRuns } from './run-folder.ts'
import { notable, showLine } from './show-output.ts'
import { type Stack, startStack } from './stack.ts'
import { listenForStop, Stopped } from './stop-signals.ts'
import { mix } from './traffic.ts'

/** One order for each, the marketplaces by turns. */
const scenarios = mix(kuperScenarios, yandexMarketScenarios)
const TIMEOUT_MS = 120_000
/** A few new orders at a time, as customers come. */
const PLACE_EVERY_MS = 100

/** `npm run demo`: orders through all scenarios of both marketplaces, a report, exit code 0 only when every order ended as it should. */
async function main(): Promise<number> {
  const { stopping, hurry } = listenForStop()
  await sweepDeadRuns()
  const run = createRunFolder()
  const status = createStatusLine()
  let stack: Stack | undefined
  try {
    stack = await startStack({
      run,
      step,
      // What a marketplace does not tell is asked for soon.
      env: { SLUICE_CATCH_UP_MS: '2000' },
      signal: stopping,
      show: (name, line) => {
        const shown = notable(line)
        if (shown !== undefined) status.above(() => showLine(name, shown))
      },
    })
    const ledger = createLedger({ databaseUrl: stack.servers.databaseUrl, settingsFor: onlyReading })
    try {
      const observers = observe(stack.urls, ledger)
      await quicken(observers)
      const startedAt = Date.now()
      const orders: LiveOrder[] = []
      for (const [n, scenario] of scenarios.entries()) {
        if (stopping.aborted) break
        orders.push(await placeOrder(observers, scenario, externalIdOf(scenario, 9_000_000_001 + n)))
        if (orders.length % 10 === 0) status.show(`${orders.length} of ${scenarios.length} orders placed`)
        await new Promise((resolve) => setTimeout(resolve, PLACE_EVERY_MS))
      }
      await awaitEnds(observers, orders, {
        timeoutMs: TIMEOUT_MS,
        signal: stopping,
        onLook: (ended) => status.show(`${ended} of ${scenarios.length} orders have ended as they should`),
      })
      status.end()
      if (stopping.aborted) return 130
      const report = {
        orders,
        tookMs: Date.now() - startedAt,
        kuper: await observers.kuper.getSummary(),
        yandexMarket: await observers.yandexMarket.getSummary(),
        backOffice: await observers.backOffice.getSummary(),
        totals: await ledger.countTotals(),
        openDeadLetters: await ledger.countOpenDeadLetters(),
      }
      const { text, isGood } = describeDemo(report)
      console.log(text)
      return isGood ? 0 : 1
    } finally {
      await ledger.close()
    }
  } catch (err) {
    if (err instanceof Stopped) return 130
    throw err
  } finally {
    status.end()
    await stack?.stop(hurry)
    removeRunFolder(run)
  }
}

process.exitCode = await main().catch(tellFault)
