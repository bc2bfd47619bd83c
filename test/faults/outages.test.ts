import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneFolder, nodeBinary } from '../../infra/local/clone.ts'
import { spawnDetached } from '../../infra/local/detached-process.ts'
import type { LiveOrder } from '../../infra/local/live-orders.ts'
import { mainOfService } from '../../infra/local/service-names.ts'
import { parseEventJob } from '../../packages/contracts/src/index.ts'
import { eventually, runStatement } from '../../packages/testkit/src/index.ts'
import { findTrafficFaults, findUnrecorded, isUnavoidableRepeat } from '../e2e/check-traffic.ts'
import { type RunningStack, scenarioNamed, startRunningStack, withinSeconds } from '../e2e/running-stack.ts'

let stack: RunningStack
let redis: Redis

beforeAll(async () => {
  stack = await startRunningStack({
    ownPostgres: true,
    // The steward every second; jobs of a dead worker are given away after one to two.
    env: { SLUICE_STEWARD_MS: '1000', SLUICE_JOB_LOCK_MS: '1000' },
  })
  redis = new Redis(stack.redis.url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  redis.on('error', () => undefined)
})
afterAll(async () => {
  redis?.disconnect()
  await stack?.stop()
})

test('Redis killed among live orders: ingress says 503 until it is back, and every order ends', async () => {
  const orders = await placeSome(10, 'H4000000000')
  await inMidTraffic(orders)
  await stack.redis.kill()
  await eventually(async () => expect(await askIngress()).toBe(503))
  await stack.redis.start()
  await eventually(async () => expect(await askIngress()).toBe(200))
  await stack.ended(orders)
  await expectUnusedTries()
})

test('Postgres killed, and its connections cut, among live orders: every order ends, no try is used up', async () => {
  const orders = await placeSome(10, 'H4100000000')
  await inMidTraffic(orders)
  await cutConnections()
  await delay(100)
  await cutConnections()
  await stack.postgres!.kill()
  // Webhooks are taken all the same.
  expect(await askIngress()).toBe(200)
  const late = await stack.place(scenarioNamed('Kuper delivers'), 'H4100000099')
  await eventually(async () => expect((await createdOf(late.externalId))?.acknowledgedAt).toBeTruthy())
  await stack.postgres!.restart()
  // What was answered just before Postgres died was never settled, and may be asked again.
  await stack.ended([...orders, late], { isTolerated: isUnavoidableRepeat })
  // Late news of an order that has ended waits in Redis alone, which the next test empties.
  await withinSeconds(20, async () => expect(await findUnrecorded(stack)).toEqual([]))
  await expectUnusedTries()
})

test('Redis emptied after recording: the steward brings every effect back', async () => {
  // Fewer than the failures in a row that open the breaker.
  const orders = await placeSome(4, 'H4200000000', {
    backOfficeFaults: [{ on: 'reserve', fault: 'answer', status: 503, retryAfterSeconds: 3 }],
  })
  await eventually(async () => {
    for (const { number } of orders) expect(await attemptsAt(number, 'reserve-stock')).toBe(1)
  })
  await redis.flushall()
  const before = stack.logged('steward', 'steward.repaired').length
  await stack.ended(orders)
  expect(stack.logged('steward', 'steward.repaired').length).toBeGreaterThan(before)
  expect(await stack.ledger.listDeadLetters({ status: 'open', limit: 10 })).toEqual([])
})

test.concurrent('a lane head whose job has vanished gets another one', async () => {
  // Nothing happens to the order while it waits for its reservation, so nobody but the steward enqueues it again.
  const [order] = await placeSome(1, 'H4300000000', {
    backOfficeFaults: [{ on: 'reserve', fault: 'answer', status: 503, retryAfterSeconds: 2 }],
  })
  const delayed = '{sluice:0}:reservation:delayed'
  const jobId = await eventually(async () => {
    const entries = (await stack.ledger.orderTimeline(order!.number))?.entries ?? []
    const effect = entries.find((entry) => entry.kind === 'effect' && entry.key === 'reserve-stock')
    if (effect?.kind !== 'effect') throw new Error('not planned yet')
    const id = `fx-${effect.effectId}-0`
    expect(await redis.zscore(delayed, id)).not.toBeNull()
    return id
  })
  expect(await redis.zrem(delayed, jobId)).toBe(1)
  expect(await redis.del(`{sluice:0}:reservation:${jobId}`)).toBe(1)
  await stack.ended([order!])
})

test.concurrent('an event that kills its workers gets a dead letter, and is recorded when it is replayed', async () => {
  const id = 'H4400000000'
  await stack.processes.get('cancellation')!.kill('SIGTERM')
  const order = await stack.place(scenarioNamed('Kuper cancels at once'), id)
  const trigger = `event:before-record:order.canceled@${order.number}`
  const letter = await dieUntil(trigger, async () => {
    const found = await stack.ledger.listDeadLetters({ status: 'open', limit: 10 })
    return found.find(({ queue }) => queue === 'cancellation')
  })
  expect(letter).toMatchObject({
    fault: 'ours',
    job: expect.stringMatching(/^ev-/),
    effect: null,
    orderNumber: order.number,
  })
  expect(letter.error).toContain('its worker died')
  await stack.processes.get('cancellation')!.restart()

  const job = parseEventJob(letter.payload)
  if (!job.ok) throw new Error(job.error)
  await stack.producer.replayEvent({ id: letter.id, job: job.value })
  await stack.ledger.markReplayed(letter.id, 'anna')
  await stack.ended([order])
})

test('nothing was illegal, lost, doubled or overlapping, and the books balance', async () => {
  expect(await findTrafficFaults(stack, { mayLoseAnswers: true })).toEqual([])
})

async function placeSome(count: number, firstId: string, twist: object = {}): Promise<LiveOrder[]> {
  const names = ['Kuper delivers', 'pickup, our code', 'our courier delivers', 'Kuper cancels after assembly']
  const orders: LiveOrder[] = []
  for (let i = 0; i < count; i++) {
    const scenario = { ...scenarioNamed(names[i % names.length]!) }
    const id = `H${Number(firstId.slice(1)) + i}`
    orders.push(
      await stack.place(
        { ...scenario, ...twist, order: { ...scenario.order, ...(twist as { order?: object }).order } },
        id,
      ),
    )
  }
  return orders
}

/** Some have been reported to be in work, none has ended. */
function inMidTraffic(orders: LiveOrder[]): Promise<void> {
  return eventually(async () => {
    const views = await Promise.all(orders.map(({ externalId }) => stack.kuper.getOrder(externalId)))
    expect(views.filter(({ processed }) => processed.length > 0).length).toBeGreaterThan(orders.length / 2)
  })
}

/** 200: ingress takes events. */
async function askIngress(): Promise<number> {
  const res = await fetch(`${stack.urls.ingress}/kuper-webhook`, {
    method: 'POST',
    headers: { 'client-token': 'sandbox-client-token' },
    body: JSON.stringify({ event_type: 'sandbox.probe', payload: { originalOrderId: 'H4900000000' } }),
  })
  await res.body?.cancel()
  return res.status
}

function cutConnections(): Promise<void> {
  const others = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice'`
  return runStatement(stack.servers.databaseUrl, others)
}

async function createdOf(orderId: string) {
  return (await stack.kuper.listWebhooks({ orderId, eventType: 'order.created' }))[0]
}

async function attemptsAt(number: string, key: string): Promise<number> {
  const entries = (await stack.ledger.orderTimeline(number))?.entries ?? []
  return entries.filter((entry) => entry.kind === 'attempt' && entry.key === key).length
}

/** No job of any worker was failed or buried: outages of ours cost waiting only. */
async function expectUnusedTries(): Promise<void> {
  for (const worker of ['reservation', 'assembly', 'cancellation', 'notification']) {
    const metrics = await (await fetch(`${stack.processes.get(worker)!.healthUrl}/metrics`)).text()
    expect(metrics).toContain(`sluice_job_seconds_count{queue="${worker}",outcome="done"}`)
    expect(metrics).not.toMatch(/sluice_job_seconds_count\{[^}]*outcome="(retry|dead)"/)
  }
}

/** Runs cancellation workers that die at that place, one after another, until something is found. */
async function dieUntil<T>(place: string, find: () => Promise<T | undefined>): Promise<T> {
  const isFound = withinSeconds(25, async () => {
    const found = await find()
    if (found === undefined) throw new Error('the steward has not found it')
    return found
  })
  let isOver = false
  const over = isFound
    .catch(() => undefined)
    .then(() => {
      isOver = true
    })
  while (!isOver) {
    const started = await spawnDetached(nodeBinary, [mainOfService('cancellation')], {
      cwd: cloneFolder,
      env: { ...process.env, ...stack.env, SLUICE_CRASH_AT: place },
      stdio: 'ignore',
      runPath: stack.run.path,
      name: 'cancellation-doomed',
      kind: 'service',
    })
    await Promise.race([once(started.child, 'exit'), over])
    await started.stop('SIGKILL', 0)
  }
  return isFound
}
