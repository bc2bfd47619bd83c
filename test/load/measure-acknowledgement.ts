import { cpuSecondsOf } from './cpu-seconds.ts'
import { generateLoad } from './generate-load.ts'
import type { Latencies } from './latencies.ts'
import type { LoadRun } from './send-webhooks.ts'

export interface AcknowledgementFigure {
  appendfsync: string
  /** `16 connections`, `500 a second`. */
  load: string
  acknowledgedPerSecond: number
  latencies: Latencies
  /** CPU of the ingress process for one webhook; undefined where there is no /proc. */
  cpuMsEach: number | undefined
  /** Answers other than 200, by status or error code. */
  refused: Record<string, number>
}

const SECONDS = 5
const CLIENT_TOKEN = 'sandbox-client-token'

interface Load {
  load: string
  connections: number
  ratePerSecond?: number
}

/** The first three send as fast as they are answered; the last one comes whether we are ready or not. */
const loads: Load[] = [
  { load: '1 connection', connections: 1 },
  { load: '16 connections', connections: 16 },
  { load: '256 connections', connections: 256 },
  { load: '500 a second', connections: 256, ratePerSecond: 500 },
]
/** Measured, too, and thrown away: by then the code is compiled. */
const warmUp: Load = { load: 'warming up', connections: 16 }

/** How quickly one ingress process answers `order.created` webhooks, while nobody works them off. */
export async function measureAcknowledgement(options: {
  appendfsync: string
  ingress: { url: string; pid: number }
  /** Counts what Redis has taken since the last call, and forgets it. */
  takeJobs: () => Promise<number>
  /** Distinct for every call. */
  firstOrder: number
  signal: AbortSignal
  say: (line: string) => void
}): Promise<AcknowledgementFigure[]> {
  const { appendfsync, ingress, takeJobs, signal, say } = options
  const figures: AcknowledgementFigure[] = []
  let firstOrder = options.firstOrder
  for (const { load, ...rest } of [warmUp, ...loads]) {
    say(load)
    const run: LoadRun = {
      ...rest,
      url: `${ingress.url}/kuper-webhook`,
      clientToken: CLIENT_TOKEN,
      seconds: SECONDS,
      firstOrder,
    }
    firstOrder += 1_000_000
    await takeJobs()
    const cpuBefore = cpuSecondsOf(ingress.pid)
    const { acknowledgedPerSecond, acknowledgedInAll, latencies, refused } = await generateLoad(run, signal)
    const cpuAfter = cpuSecondsOf(ingress.pid)
    const jobs = await takeJobs()
    const lost = acknowledgedInAll - jobs
    if (lost > 0) throw new Error(`${lost} of ${acknowledgedInAll} acknowledged webhooks are not in Redis`)
    const cpuMsEach =
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) * 1_000) / jobs
    figures.push({ appendfsync, load, acknowledgedPerSecond, latencies, cpuMsEach, refused })
  }
  return figures.slice(1)
}
