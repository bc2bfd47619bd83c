import { Agent, request } from 'node:http'
import { type Latencies, summarizeLatencies } from './latencies.ts'
import { type WebhookName, webhookBody } from './webhook-body.ts'

/** What the load generator is asked to do. */
export interface LoadRun {
  url: string
  /** By which the sender is known. */
  headers: Record<string, string>
  webhook: WebhookName
  connections: number
  /** Requests are begun for so long; the first second is not counted. */
  seconds: number
  /** Open model: so many a second, whatever the answers do. Absent: each connection sends when it has its answer. */
  ratePerSecond?: number
  /** Numbers of the orders: no two runs may share one. */
  firstOrder: number
}

export interface LoadResult {
  /** Answers 2xx a second. */
  acknowledgedPerSecond: number
  /** The first second included. */
  acknowledgedInAll: number
  latencies: Latencies
  /** By status, or by the error's code where there was no answer. */
  refused: Record<string, number>
}

const WARM_UP_MS = 1_000

/**
 * The load generator, a process of its own: takes one LoadRun from its parent, answers one LoadResult. In the open model
 * latency counts from the moment the request was due, so that a stall is felt by everybody who would have come meanwhile.
 */
function main(): void {
  process.once('disconnect', () => process.exit(1))
  process.once('message', (run: LoadRun) => {
    void send(run).then((result) => process.send?.(result, () => process.exit(0)))
  })
}

async function send(run: LoadRun): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: run.connections, scheduling: 'fifo' })
  const target = new URL(run.url)
  const headers = { 'content-type': 'application/json', ...run.headers }
  const startedAt = performance.now()
  const countFrom = startedAt + WARM_UP_MS
  const endAt = startedAt + run.seconds * 1_000
  const latencies: number[] = []
  const refused: Record<string, number> = {}
  let acknowledgedInAll = 0
  let order = run.firstOrder

  const post = async (dueAt: number): Promise<void> => {
    const body = Buffer.from(webhookBody(run.webhook, order++))
    const outcome = await answerOf(target, agent, { ...headers, 'content-length': body.length }, body)
    const now = performance.now()
    if (outcome === '200') acknowledgedInAll += 1
    if (dueAt < countFrom) return
    if (outcome === '200') latencies.push(now - dueAt)
    else refused[outcome] = (refused[outcome] ?? 0) + 1
  }

  if (run.ratePerSecond === undefined) {
    const keepSending = async (): Promise<void> => {
      for (let now = startedAt; now < endAt; now = performance.now()) await post(now)
    }
    await Promise.all(Array.from({ length: run.connections }, keepSending))
  } else {
    const underWay: Promise<void>[] = []
    const everyMs = 1_000 / run.ratePerSecond
    for (let dueAt = startedAt; dueAt < endAt; dueAt += everyMs) {
      while (performance.now() < dueAt) await new Promise((resolve) => setTimeout(resolve, 1))
      underWay.push(post(dueAt))
    }
    await Promise.all(underWay)
  }
  const countedSeconds = (performance.now() - countFrom) / 1_000
  agent.destroy()
  return {
    acknowledgedPerSecond: latencies.length / countedSeconds,
    acknowledgedInAll,
    latencies: summarizeLatencies(latencies),
    refused,
  }
}

function answerOf(url: URL, agent: Agent, headers: Record<string, string | number>, body: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const req = request(url, { method: 'POST', agent, headers }, (res) => {
      res.resume()
      res.once('end', () => resolve(String(res.statusCode)))
      res.once('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? err.message))
    })
    req.once('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? err.message))
    req.end(body)
  })
}

main()
