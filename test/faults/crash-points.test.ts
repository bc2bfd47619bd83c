import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { yandexMarketScenarios } from '@sluice/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloneFolder, nodeBinary } from '../../infra/local/clone.ts'
import { spawnDetached } from '../../infra/local/detached-process.ts'
import { freePort } from '../../infra/local/free-port.ts'
import { awaitEnds, externalIdOf, type LiveOrder } from '../../infra/local/live-orders.ts'
import { startProcess } from '../../infra/local/processes.ts'
import { mainOfService } from '../../infra/local/service-names.ts'
import { createTcpProxy, eventually } from '../../packages/testkit/src/index.ts'
import { CRASH_POINTS, type CrashPoint } from '../../packages/worker/src/index.ts'
import { findTrafficFaults, isUnavoidableRepeat } from '../e2e/check-traffic.ts'
import { assertEnded, type RunningStack, scenarioNamed, startRunningStack } from '../e2e/running-stack.ts'

const WORKERS = ['reservation', 'assembly', 'cancellation', 'notification'] as const
type Worker = (typeof WORKERS)[number]

/** One death: a worker, where, at what, in whose life. */
interface Death {
  worker: Worker
  point: CrashPoint
  what: string
  scenario: string
  /** Kuper answers this report so late that the next one of the lane waits already, and nothing else will wake that. */
  slowReport?: string
}

const ofEvent = CRASH_POINTS.filter((point) => point.startsWith('event:'))
const ofEffect = CRASH_POINTS.filter((point) => point.startsWith('effect:'))
const at = (points: readonly CrashPoint[], worker: Worker, what: string, scenario: string): Death[] =>
  points.map((point) => ({ worker, point, what, scenario }))

const deaths: (Death & { n: number })[] = [
  ...at(ofEvent, 'reservation', 'order.created', 'Kuper delivers'),
  ...at(ofEffect, 'reservation', 'reserve-stock', 'Kuper delivers'),
  ...at(ofEvent, 'assembly', 'assembly.started', 'our courier delivers'),
  ...at(ofEvent, 'cancellation', 'order.canceled', 'Kuper cancels during assembly'),
  ...at(ofEffect, 'cancellation', 'release-stock', 'the merchant cancels before assembly'),
  ...at(ofEffect, 'cancellation', 'take-back-goods', 'Kuper cancels after the payment'),
  ...at(ofEffect, 'notification', 'notify-marketplace/in_work', 'Kuper delivers'),
  ...at(ofEffect, 'notification', 'notify-marketplace/ready', 'Kuper delivers'),
  ...at(['effect:after-perform'], 'notification', 'tell-back-office/order.paid', 'Kuper delivers'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/assembled', 'Kuper delivers'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/pickup_code', 'pickup, our code'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/delivered', 'pickup, our code'),
  ...at(
    ['effect:after-perform'],
    'notification',
    'notify-marketplace/canceled',
    'the merchant cancels before assembly',
  ),
  ...at(['effect:after-settle'], 'notification', 'notify-marketplace/delivering', 'our courier delivers').map(
    (death) => ({ ...death, slowReport: 'order.delivering' }),
  ),
  // At the Market a step that is repeated is refused: it has to be read what was done.
  ...at(['effect:after-perform'], 'reservation', 'fetch-order', 'FBS'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/registered', 'FBS'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/packed', 'FBS, one line is missing'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/ready', 'FBS'),
  ...at(['effect:after-perform'], 'notification', 'notify-marketplace/delivered', 'DBS'),
].map((death, i) => ({ ...death, n: 3_000_000_000 + i }))

let stack: RunningStack
const orders: LiveOrder[] = []
const hits: string[] = []

beforeAll(async () => {
  stack = await startRunningStack({
    // Nobody repairs: every answer to a death is the workers' own.
    processes: { reservation: 0, assembly: 0, cancellation: 0, notification: 0, steward: 0 },
    env: { SLUICE_JOB_LOCK_MS: '1000' },
    // A death costs the job at hand only, so that no job dies of other jobs' deaths.
    extraConfig: '\nworkers:\n  concurrency: 1\n',
  })
  for (const { scenario: name, n, slowReport } of deaths) {
    const market = yandexMarketScenarios.find((scenario) => scenario.name === name)
    if (market) {
      orders.push(await stack.place(market, externalIdOf(market, n)))
      continue
    }
    const scenario = scenarioNamed(name)
    const faults = slowReport ? [{ on: 'notification', type: slowReport, fault: 'slow', delayMs: 1_000 } as const] : []
    orders.push(await stack.place({ ...scenario, order: { ...scenario.order, faults } }, externalIdOf(scenario, n)))
  }
  // When one of them cannot die as it should, the others are not left behind.
  const failed = new AbortController()
  const patience = AbortSignal.any([AbortSignal.timeout(100_000), failed.signal])
  const dying = WORKERS.map(async (worker) => {
    await dieAtEach(worker, deaths.filter((death) => death.worker === worker).map(triggerOf), patience)
    await stack.add(worker, 1)
  })
  await Promise.all(dying).catch((err: unknown) => {
    failed.abort()
    throw err
  })
  await awaitEnds(stack, orders, { timeoutMs: 30_000, everyMs: 100, isTolerated: isUnavoidableRepeat })
})
afterAll(() => stack?.stop())

describe('a worker that dies leaves no trace in the order', () => {
  test.each(deaths)('$worker, $point, $what', async (death) => {
    expect(hits).toContain(triggerOf(death))
    await assertEnded(stack.ledger, orders[deaths.indexOf(death)]!)
  })

  test('every destination saw each effect once, or again under the same key where the answer was lost', async () => {
    expect(await findTrafficFaults(stack, { mayLoseAnswers: true })).toEqual([])
    expect((await stack.backOffice.getStock()).totals.held).toBe(0)
    expect(await stack.ledger.listDeadLetters({ limit: 10 })).toEqual([])
  })
})

test('ingress that dies between enqueueing and answer, or answers 503 there, takes the order once', async () => {
  const kuper = stack.kuper
  const proxy = await createTcpProxy(stack.redis.port)
  const port = await freePort()
  const ingress = await startProcess({
    run: stack.run,
    name: 'ingress-behind-proxy',
    main: mainOfService('ingress'),
    env: { ...stack.env, PORT: String(port), REDIS_URL: `redis://127.0.0.1:${proxy.port}` },
    isRestarted: false,
    show: () => undefined,
  })
  stack.processes.set(ingress.name, ingress)
  const usual = (await kuper.getSettings()).webhookUrl
  const createdOf = async (orderId: string) => (await kuper.listWebhooks({ orderId, eventType: 'order.created' }))[0]
  try {
    await kuper.changeSettings({ webhookUrl: `http://127.0.0.1:${port}/kuper-webhook/main` })
    proxy.shut()
    const told = await stack.place(scenarioNamed('Kuper delivers'), 'H3100000001')
    await eventually(async () => expect((await createdOf(told.externalId))?.attempts[0]?.status).toBe(503))
    proxy.open()
    await eventually(async () => expect((await createdOf(told.externalId))?.acknowledgedAt).not.toBeNull())

    proxy.shut()
    const untold = await stack.place(scenarioNamed('Kuper delivers'), 'H3100000002')
    await eventually(async () => expect(await stack.ledger.findOrderByNumber(untold.number)).toBeDefined())
    await ingress.kill('SIGKILL')
    await eventually(async () => expect((await createdOf(untold.externalId))?.attempts[0]?.status).toBeNull())
    await kuper.changeSettings({ webhookUrl: usual })

    await stack.ended([told, untold])
    for (const { number } of [told, untold]) {
      const entries = (await stack.ledger.orderTimeline(number))?.entries ?? []
      expect(entries.filter((entry) => entry.kind === 'event' && entry.name === 'order.created')).toHaveLength(1)
    }
  } finally {
    await kuper.changeSettings({ webhookUrl: usual })
    await proxy.close()
  }
})

test('a worker that is asked to stop finishes what it does first', async () => {
  const slow = { on: 'reserve', fault: 'slow', delayMs: 1_000 } as const
  const order = await stack.place({ ...scenarioNamed('Kuper delivers'), backOfficeFaults: [slow] }, 'H3200000001')
  await eventually(async () => expect((await stack.backOffice.findOrder(order.number))?.reservation).toBe('held'))
  const reservation = stack.processes.get('reservation')!
  await reservation.kill('SIGTERM')
  expect((await stack.ledger.findOrderByNumber(order.number))?.effects['reserve-stock']?.status).toBe('done')
  await reservation.restart()
  await stack.ended([order])
  expect(await stack.backOffice.listCalls({ orderNumber: order.number, kind: 'reserve' })).toHaveLength(1)
})

test('workers killed at random, and ingress stopped, among thirty live orders: all end well', async () => {
  await Promise.all(WORKERS.map((worker) => stack.add(worker, 1)))
  const random = seededRandom(20_261_122)
  const lives = [
    'Kuper delivers',
    'pickup, our code',
    'our courier delivers',
    'Kuper cancels after the payment',
    'restaurant',
  ]
  const living: LiveOrder[] = []
  for (let i = 0; i < 30; i++) living.push(await stack.place(scenarioNamed(lives[i % 5]!), `H${3_300_000_000 + i}`))

  const victims = WORKERS.flatMap((worker) => [worker, `${worker}-2`])
  const restarts: Promise<void>[] = []
  for (let i = 0; i < 6; i++) {
    const [name] = i === 3 ? ['ingress'] : victims.splice(Math.floor(random() * victims.length), 1)
    const victim = stack.processes.get(name!)!
    await victim.kill(i === 3 ? 'SIGTERM' : 'SIGKILL')
    restarts.push(victim.restart())
    await delay(200 + random() * 400)
  }
  await Promise.all(restarts)
  await stack.ended(living, { isTolerated: isUnavoidableRepeat })
  expect(await findTrafficFaults(stack, { mayLoseAnswers: true })).toEqual([])
  expect(await stack.ledger.listDeadLetters({ limit: 10 })).toEqual([])
})

function triggerOf(death: Death & { n: number }): string {
  return `${death.point}:${death.what}@${orders[deaths.indexOf(death)]?.number}`
}

/** One process of the worker at a time, which dies at the first of these places it comes to; until all were met. */
async function dieAtEach(worker: Worker, places: string[], patience: AbortSignal): Promise<void> {
  const left = new Set(places)
  while (left.size > 0 && !patience.aborted) {
    const started = await spawnDetached(nodeBinary, [mainOfService(worker)], {
      cwd: cloneFolder,
      env: { ...process.env, ...stack.env, SLUICE_CRASH_AT: [...left].join(',') },
      stdio: ['ignore', 'ignore', 'pipe'],
      runPath: stack.run.path,
      name: worker,
      kind: 'service',
    })
    let said = ''
    started.child.stderr!.on('data', (data: Buffer) => (said += data.toString()))
    const giveUp = (): void => void started.stop('SIGKILL', 0)
    patience.addEventListener('abort', giveUp)
    await once(started.child, 'close')
    patience.removeEventListener('abort', giveUp)
    const hit = /^crash point (.+)$/m.exec(said)?.[1]
    if (hit === undefined) {
      if (patience.aborted) return
      throw new Error(`${worker} ended by itself (${await started.ended}): ${said}`)
    }
    hits.push(hit)
    left.delete(hit)
  }
}

/** From 0 to 1; the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
