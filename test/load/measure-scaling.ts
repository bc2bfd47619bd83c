import { setTimeout as delay } from 'node:timers/promises'
import type { Ledger } from '@sluice/ledger'
import { kuperScenarios } from '@sluice/sandbox'
import type { Simulators } from '../../infra/local/live-orders.ts'
import { countAll, getScenario, placeCrowd } from './order-crowd.ts'

export interface ScalingFigure {
  processes: number
  notificationsPerSecond: number
}

/** Kuper takes so long for every answer, and a process has so many calls under way: at most 80 a second each. */
export const SLOW_ANSWER_MS = 50
export const SLOW_CONCURRENCY = 4
const MAX_PROCESSES = 3
const ORDERS = 600
const WINDOW_MS = 2_500
const TIMEOUT_MS = 60_000

/**
 * What further processes of one worker bring when its destination is slow. A backlog of reports to Kuper is built up while
 * nobody sends them; then one process after another joins.
 */
export async function measureScaling(options: {
  simulators: Simulators
  ledger: Pick<Ledger, 'laneStats'>
  /** Starts one more process of the notification worker. */
  addProcess: () => Promise<unknown>
  /** Distinct for every call. */
  firstOrder: number
  signal: AbortSignal
  say: (line: string) => void
}): Promise<ScalingFigure[]> {
  const { simulators, ledger, addProcess, firstOrder, signal, say } = options
  const { kuper, backOffice } = simulators
  await backOffice.changeSettings({ stepMs: 0 })
  // Kuper's own part of the lives does not begin: nothing but reports is to be done.
  const never = 3_600_000
  await kuper.changeSettings({ speeds: { readyToShipMs: never, courierAssignedMs: never } })
  await kuper.addFaults({ on: 'notification', fault: 'slow', delayMs: SLOW_ANSWER_MS, times: 'always' })

  const scenario = getScenario(kuperScenarios, 'Kuper delivers')
  const reportsPerOrder = scenario.end.reports?.length ?? 0
  const waitingReports = async (): Promise<number> => {
    const lanes = await ledger.laneStats()
    return lanes.find(({ kind }) => kind === 'notify-marketplace')?.waiting ?? 0
  }

  say(`${ORDERS} orders are prepared`)
  await placeCrowd(simulators, scenario, firstOrder, ORDERS)
  const deadline = Date.now() + TIMEOUT_MS
  while ((await waitingReports()) < ORDERS * reportsPerOrder) {
    if (Date.now() > deadline) throw new Error('the backlog of reports never came together')
    await delay(200, undefined, { signal })
  }

  const figures: ScalingFigure[] = []
  for (let processes = 1; processes <= MAX_PROCESSES; processes++) {
    say(`${processes} of ${MAX_PROCESSES} processes`)
    await addProcess()
    const from = { count: await countNotifications(simulators), at: performance.now() }
    await delay(WINDOW_MS, undefined, { signal })
    const to = { count: await countNotifications(simulators), at: performance.now() }
    figures.push({ processes, notificationsPerSecond: ((to.count - from.count) * 1_000) / (to.at - from.at) })
  }
  if ((await waitingReports()) === 0) throw new Error('the backlog of reports was too small')
  return figures
}

async function countNotifications({ kuper }: Simulators): Promise<number> {
  return countAll((await kuper.getSummary()).notifications)
}
