import { type RunningStack, withinSeconds } from './running-stack.ts'

type KuperCall = Awaited<ReturnType<RunningStack['kuper']['listCalls']>>[number]
type BackOfficeCall = Awaited<ReturnType<RunningStack['backOffice']['listCalls']>>[number]

export interface TrafficRules {
  /** Workers or Postgres were killed: an answer may be lost before it was settled, although the destination gave it. */
  mayLoseAnswers?: boolean
  /** Whether a violation at a simulator (`<kind>: <detail>`) is of the test's own making. */
  isTolerated?: (violation: string) => boolean
}

/** Where answers are lost: what no state at Kuper shows can only be repeated. */
export function isUnavoidableRepeat(violation: string): boolean {
  return INVISIBLE.some((type) => violation === `repeated: ${type}`)
}

/** No state at Kuper tells whether these were done: after an unclear outcome they can only be repeated. */
const INVISIBLE = ['order.accepted', 'order.assembled', 'order.pickup_code_created', 'order.estimated_delivery_time']
/** Clocks of the simulators show whole milliseconds. */
const ROUNDING_MS = 3

/**
 * What must hold of the traffic of all orders together, once they have ended. Answers what does not, in words: nothing
 * illegal, nothing acknowledged and lost, nothing done twice, nothing at the same time, the books balance.
 */
export async function findTrafficFaults(stack: RunningStack, rules: TrafficRules = {}): Promise<string[]> {
  // What was not taken is sent again after up to 15 s.
  await withinSeconds(20, () => assertIdle(stack))
  const [calls, atBackOffice] = await Promise.all([stack.kuper.listCalls(), stack.backOffice.listCalls()])
  const faults = [
    ...(await findViolations(stack, rules)),
    ...[...Map.groupBy(calls, ({ orderId }) => orderId ?? '')].flatMap(([orderId, some]) =>
      orderId === '' ? [] : judgeReports(orderId, some, rules),
    ),
    ...[...Map.groupBy(atBackOffice, ({ orderNumber }) => orderNumber ?? '')].flatMap(([orderNumber, some]) =>
      judgeWrites(orderNumber, some, rules),
    ),
    ...(await findStockFaults(stack)),
    ...(await findUnrecorded(stack)),
  ]
  return faults
}

/** What any door has taken and the ledger knows nothing of, and answers to order.created that differ. */
export async function findUnrecorded(stack: RunningStack): Promise<string[]> {
  const [webhooks, orders] = await Promise.all([stack.kuper.listWebhooks(), stack.kuper.listOrders()])
  const faults = await findLostNotifications(stack)
  for (const { originalOrderId } of orders) {
    const own = webhooks.filter((webhook) => webhook.orderId === originalOrderId)
    faults.push(...(await findLost(stack, originalOrderId, own)))
  }
  return faults
}

/** Nobody is about to do anything, and no webhook will be sent again. */
async function assertIdle({ kuper, yandexMarket, backOffice }: RunningStack): Promise<void> {
  const [webhooks, store, market] = await Promise.all([
    kuper.listWebhooks(),
    backOffice.getSummary(),
    yandexMarket.getSummary(),
  ])
  const isOpen = ({ acknowledgedAt, attempts }: (typeof webhooks)[number]): boolean =>
    acknowledgedAt === null && (attempts.at(-1)?.status ?? 503) >= 500
  const open = webhooks.filter(isOpen).map(({ orderId, eventType }) => `${orderId} ${eventType}`)
  const { pending } = market.notifications
  if (open.length > 0 || !store.isIdle || pending > 0)
    throw new Error(`still busy: ${open.join(', ')} ${JSON.stringify(store.events)}, ${pending} notifications`)
}

async function findViolations(stack: RunningStack, rules: TrafficRules): Promise<string[]> {
  const { kuper, yandexMarket, backOffice } = stack
  const findings = await Promise.all([kuper.listFindings(), yandexMarket.listFindings(), backOffice.listFindings()])
  const isKnown = (what: string): boolean =>
    rules.isTolerated?.(what) === true || (rules.mayLoseAnswers === true && isUnavoidableRepeat(what))
  return findings
    .flatMap(({ violations }): { kind: string; detail: string }[] => violations)
    .filter(({ kind, detail }) => !isKnown(`${kind}: ${detail}`))
    .map((finding) => `violation ${JSON.stringify(finding)}`)
}

/** One order's calls at Kuper. */
function judgeReports(orderId: string, calls: KuperCall[], { mayLoseAnswers = false }: TrafficRules): string[] {
  const faults: string[] = []
  const say = (what: string): void => void faults.push(`${orderId}: ${what}`)
  const reports = calls.filter(({ on }) => on === 'notification')
  for (const [i, call] of reports.entries()) {
    const before = reports[i - 1]
    if (before && Date.parse(call.at) < Date.parse(before.at) + before.durationMs - ROUNDING_MS)
      say(`${call.type} began before ${before.type} was over`)
  }
  for (const [type, some] of Map.groupBy(reports, (call) => call.type ?? '?')) {
    const keys = new Set(some.map(({ headers }) => headers['idempotency-key']))
    if (keys.size > 1 || keys.has(undefined)) say(`${type} came under the keys ${[...keys].join(', ')}`)
    const effective = some.filter(({ answer, fault }) => answer?.status === 200 || fault === 'lose-answer')
    if (effective.length > 1) say(`${type} took effect ${effective.length} times`)
    for (const [i, call] of some.entries()) {
      const before = some[i - 1]
      if (!before) continue
      const isInvisible = INVISIBLE.includes(type)
      const wasTaken = before.answer !== null && before.answer.status < 300
      if (wasTaken && !(mayLoseAnswers && isInvisible)) say(`${type} was repeated after ${before.answer?.status}`)
      const isUnclear = before.answer === null || before.answer.status >= 500
      const wasRead = calls.some(({ on, seq }) => on === 'shipments' && seq > before.seq && seq < call.seq)
      if (isUnclear && !isInvisible && !wasRead) say(`${type} was repeated without a look at the order's state`)
    }
  }
  return faults
}

/** One order's calls at the back office. */
function judgeWrites(orderNumber: string, calls: BackOfficeCall[], { mayLoseAnswers }: TrafficRules): string[] {
  const writes = calls.filter(({ kind }) => kind !== 'stock')
  return [...Map.groupBy(writes, ({ headers }) => headers['idempotency-key'] ?? 'no key')].flatMap(([key, some]) => {
    const taken = some.filter(({ answer, fault }) => answer !== null && answer.status < 300 && fault !== 'garble')
    // What customers write about belongs to no order.
    const isForeign = orderNumber !== '' && !key.startsWith(`${orderNumber}/`)
    return [
      ...(isForeign ? [`${orderNumber}: ${some[0]?.kind} under the key ${key}`] : []),
      ...(taken.length > 1 && !mayLoseAnswers ? [`${orderNumber}: ${key} was taken ${taken.length} times`] : []),
    ]
  })
}

/** Notifications of orders that were answered 200 and of which the ledger knows nothing. */
async function findLostNotifications({ ledger, yandexMarket }: RunningStack): Promise<string[]> {
  const notifications = await yandexMarket.listNotifications()
  const taken = notifications.filter(({ state, orderId }) => state === 'acknowledged' && orderId !== null)
  const faults: string[] = []
  for (const [orderId, some] of Map.groupBy(taken, (one) => one.orderId)) {
    const { entries = [] } = (await ledger.orderTimeline(`YM-${orderId}`)) ?? {}
    const known = new Set(entries.flatMap((entry) => (entry.kind === 'event' ? [entry.name] : [])))
    const lost = new Set(some.map(({ type }) => type).filter((type) => type.startsWith('ORDER_') && !known.has(type)))
    faults.push(...[...lost].map((type) => `YM-${orderId}: ${type} was answered 200 and is not recorded`))
  }
  return faults
}

async function findStockFaults({ backOffice }: RunningStack): Promise<string[]> {
  const [{ totals }, orders] = await Promise.all([backOffice.getStock(), backOffice.listOrders()])
  const sum = (what: 'held' | 'used'): number => orders.reduce((total, order) => total + order[what], 0)
  const differs = (what: string, is: number, shall: number): string[] =>
    Math.abs(is - shall) < 0.001 ? [] : [`stock ${what}: ${is} instead of ${shall}`]
  return [
    ...differs('held by orders', totals.held, sum('held')),
    ...differs('used by orders', totals.used - totals.returned, sum('used')),
    ...differs('ever reserved', totals.everReserved, totals.held + totals.used + totals.released),
  ]
}

/** What was answered 2xx, at either door, and is not recorded; and answers to order.created that differ. */
async function findLost(
  { ledger, backOffice }: RunningStack,
  externalId: string,
  webhooks: Awaited<ReturnType<RunningStack['kuper']['listWebhooks']>>,
): Promise<string[]> {
  const number = `KU-${externalId}`
  const timeline = await ledger.orderTimeline(number)
  const events = (timeline?.entries ?? []).filter((entry) => entry.kind === 'event')
  const names = new Set(events.map(({ name }) => name))
  const keys = new Set(events.map(({ dedupKey }) => dedupKey))
  const answers = webhooks
    .filter(({ eventType }) => eventType === 'order.created')
    .flatMap(({ attempts }) => attempts.filter(({ status }) => status === 200).map(({ answer }) => answer))
  const store = await backOffice.findOrder(number)
  return [
    ...webhooks
      .filter(({ acknowledgedAt, eventType }) => acknowledgedAt !== null && !names.has(eventType))
      .map(({ eventType }) => `${number}: ${eventType} was answered 200 and is not recorded`),
    ...(store?.events ?? [])
      .filter(({ event, state }) => state === 'accepted' && !keys.has(`bo:${number}:${event.id}`))
      .map(({ event }) => `${number}: ${event.type} ${event.id} was accepted and is not recorded`),
    ...answers
      .filter((answer) => (answer as { number?: unknown }).number !== number)
      .map((answer) => `${number}: order.created was answered ${JSON.stringify(answer)}`),
  ]
}
