import { type KuperScenario, kuperScenarios, type Scenario, yandexMarketScenarios } from '@sluice/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awaitEnds, externalIdOf, type LiveOrder } from '../../infra/local/live-orders.ts'
import { mix } from '../../infra/local/traffic.ts'
import { eventually } from '../../packages/testkit/src/index.ts'
import { findTrafficFaults } from './check-traffic.ts'
import { assertEnded, type RunningStack, startRunningStack } from './running-stack.ts'

let stack: RunningStack
const scenarios = mix<Scenario, Scenario>(kuperScenarios, yandexMarketScenarios)
const lives: LiveOrder[] = []
let orders: LiveOrder<KuperScenario>[] = []

beforeAll(async () => {
  stack = await startRunningStack({ env: { SLUICE_CATCH_UP_MS: '2000' } })
  for (const [n, scenario] of scenarios.entries()) {
    lives.push(await stack.place(scenario, externalIdOf(scenario, 1_000_000_000 + n)))
  }
  orders = lives.filter((order): order is LiveOrder<KuperScenario> => order.scenario.marketplace === 'kuper')
  await awaitEnds(stack, lives, { timeoutMs: 70_000 })
})
afterAll(() => stack?.stop())

describe('every scenario ends as it should, at its marketplace, at the back office and here', () => {
  test.each(scenarios.map(({ marketplace, family, name }, n) => ({ marketplace, family, name, n })))(
    '$marketplace $family $name',
    async ({ n }) => {
      await assertEnded(stack.ledger, lives[n]!)
    },
  )
})

describe('all scenarios side by side', () => {
  test('nothing is illegal, lost, doubled or overlapping, and the books balance', async () => {
    expect(await findTrafficFaults(stack)).toEqual([])
  })

  test('what was held is used or released in the end', async () => {
    expect((await stack.backOffice.getStock()).totals.held).toBe(0)
  })

  test('what customers write is read, told to the store and answered', async () => {
    const conversations = await stack.ledger.searchOrders({ subject: 'conversation', limit: 50 })
    expect(conversations.length).toBeGreaterThan(5)
    expect((await stack.yandexMarket.getSummary()).conversations.waitingForSeller).toBe(0)
  })

  test('the Market never says that it is asked too much, but where the scenario makes it say so', async () => {
    const calls = await stack.yandexMarket.listCalls()
    expect(calls.filter(({ answer, fault }) => answer?.status === 420 && fault === null)).toEqual([])
  })

  test('a life is told in the same words, whichever marketplace it was bought at', async () => {
    const wordsOf = async (name: string) => {
      const order = lives.find(({ scenario }) => scenario.name === name)
      const { entries = [] } = (await stack.ledger.orderTimeline(order?.number ?? '')) ?? {}
      return entries.flatMap((entry) => (entry.kind === 'event' ? [entry.type] : []))
    }
    const [kuper, market] = [new Set(await wordsOf('Kuper delivers')), new Set(await wordsOf('FBS'))]
    const common = ['stock.reserved', 'assembly.started', 'line.picked', 'composition.finalised', 'report.sent']
    for (const word of common) expect([word, kuper.has(word), market.has(word)]).toEqual([word, true, true])
    expect([...market].filter((word) => !kuper.has(word)).toSorted()).toEqual([
      'order.announced',
      'order.changed',
      'order.read',
    ])
  })

  test('nobody has to look into a dead letter', async () => {
    expect(await stack.ledger.listDeadLetters({ limit: 10 })).toEqual([])
  })

  test('the back office hears of a change only where something has changed', async () => {
    const told = new Set((await stack.backOffice.listCalls({ kind: 'news' })).filter(isUpdate).map(numberOf))
    const changed = new Set<string | null>(
      orders.filter(({ scenario }) => scenario.order.script?.updates).map(({ number }) => number),
    )
    // A change that comes before the reservation is asked for goes with it, and is no news.
    expect([...told].filter((number) => number?.startsWith('KU-') && !changed.has(number))).toEqual([])
    expect(told.size).toBeGreaterThan(0)
  })

  test('order.created is answered with the same number for ever, and changes nothing any more', async () => {
    const created = await stack.kuper.listWebhooks({ eventType: 'order.created' })
    const firsts = created.filter(({ copyOf }) => copyOf === null)
    const effectsOf = async (number: string) => (await stack.ledger.findOrderByNumber(number))?.effects
    const before = await Promise.all(orders.map(({ number }) => effectsOf(number)))

    const answers = await Promise.all(
      firsts.map(async ({ orderId, body }) => {
        const { event_type, payload } = body as { event_type: string; payload: object }
        const other = { event_type, payload: { ...payload, comment: 'said once more, in other words' } }
        const again = await Promise.all([body, other].map(sendToKuperWebhook))
        return [orderId, ...again.map((answer) => answer.number)]
      }),
    )

    expect(firsts).toHaveLength(kuperScenarios.length)
    expect(answers).toEqual(answers.map(([orderId]) => [orderId, `KU-${orderId}`, `KU-${orderId}`]))
    for (const { number } of orders) {
      await eventually(async () => {
        const entries = (await stack.ledger.orderTimeline(number))?.entries ?? []
        const verdicts = entries.flatMap((entry) => (entry.kind === 'event' ? [entry.verdict] : []))
        // And one more where the catch-up found the order before its webhook came.
        const count = verdicts.filter((verdict) => verdict === 'duplicate-body-differs').length
        expect(count === 1 || count === 2).toBe(true)
      })
    }
    expect(await Promise.all(orders.map(({ number }) => effectsOf(number)))).toEqual(before)
  })
})

const isUpdate = ({ newsType }: { newsType: string | null }): boolean => newsType === 'order.updated'
const numberOf = ({ orderNumber }: { orderNumber: string | null }): string | null => orderNumber

async function sendToKuperWebhook(body: unknown): Promise<{ status: string; number: string }> {
  const res = await fetch(`${stack.urls.ingress}/kuper-webhook/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'client-token': 'sandbox-client-token' },
    body: JSON.stringify(body),
  })
  expect(res.status).toBe(200)
  return (await res.json()) as { status: string; number: string }
}
