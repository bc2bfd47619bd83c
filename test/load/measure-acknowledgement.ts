import { cpuSecondsOf } from './cpu-seconds.ts'
import { generateLoad } from './generate-load.ts'
import type { Latencies } from './latencies.ts'
import type { LoadResult, LoadRun } from './send-webhooks.ts'

export interface AcknowledgementFigure {
  webhook: LoadRun['webhook']
  appendfsync: string
  /** `16 connections`, `500 a second`. */
  load: string
  acknowledgedPerSecond: number
  latencies: Latencies
  /** CPU of the ingress process for one webhook; undefined where there is no /proc, and for PINGs beside others. */
  cpuMsEach: number | undefined
  /** Answers other than 200, by status or error code. */
  refused: Record<string, number>
}

const SECONDS = 5

interface Load {
  load: string
  connections: number
  ratePerSecond?: number
  /** The Market's PINGs come meanwhile, as in the load `pings`. */
  isPinged?: boolean
}

/** The ones with connections send as fast as they are answered; the last one comes whether we are ready or not. */
const one: Load = { load: '1 connection', connections: 1 }
const few: Load = { load: '16 connections', connections: 16 }
const many: Load = { load: '256 connections', connections: 256 }
const steady: Load = { load: '500 a second', connections: 256, ratePerSecond: 500 }
const pings: Load = { load: 'beside 256 connections', connections: 16, ratePerSecond: 50 }
/** Measured, too, and thrown away: by then the code is compiled. */
const warmUp: Load = { load: 'warming up', connections: 16 }

const market = { path: '/yandex-market/market/notification', headers: {} }
const senders = {
  kuper: {
    path: '/kuper-webhook',
    headers: { 'client-token': 'sandbox-client-token' },
    webhook: 'order.created',
    loads: [one, few, many, steady],
  },
  'yandex-market': {
    ...market,
    webhook: 'ORDER_STATUS_UPDATED',
    loads: [few, { ...many, isPinged: true }, steady],
  },
} satisfies Record<string, Pick<LoadRun, 'headers' | 'webhook'> & { path: string; loads: Load[] }>

/** How quickly one ingress process answers webhooks, while nobody works them off. */
export async function measureAcknowledgement(options: {
  sender: keyof typeof senders
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
  const { loads, ...sender } = senders[options.sender]
  const figures: AcknowledgementFigure[] = []
  let firstOrder = options.firstOrder

  const send = (
    { path, ...sent }: typeof market & Pick<LoadRun, 'webhook'>,
    { connections, ratePerSecond }: Load,
  ): Promise<LoadResult> => {
    const rate = ratePerSecond === undefined ? {} : { ratePerSecond }
    const run: LoadRun = { ...sent, ...rate, connections, url: `${ingress.url}${path}`, seconds: SECONDS, firstOrder }
    return generateLoad(run, signal)
  }
  for (const load of [warmUp, ...loads]) {
    say(load.load)
    await takeJobs()
    const cpuBefore = cpuSecondsOf(ingress.pid)
    const [result, pinged] = await Promise.all([
      send(sender, load),
      load.isPinged ? send({ ...market, webhook: 'PING' }, pings) : undefined,
    ])
    const cpuAfter = cpuSecondsOf(ingress.pid)
    firstOrder += 1_000_000
    const jobs = await takeJobs()
    const lost = result.acknowledgedInAll - jobs
    if (lost > 0) throw new Error(`${lost} of ${result.acknowledgedInAll} acknowledged webhooks are not in Redis`)
    const cpuMsEach =
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) * 1_000) / jobs
    figures.push({ ...result, webhook: sender.webhook, appendfsync, load: load.load, cpuMsEach })
    if (pinged) figures.push({ ...pinged, webhook: 'PING', appendfsync, load: pings.load, cpuMsEach: undefined })
  }
  return figures.slice(1)
}
