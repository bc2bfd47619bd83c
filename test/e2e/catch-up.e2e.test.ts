import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../packages/testkit/src/index.ts'
import { type RunningStack, scenarioNamed, startRunningStack } from './running-stack.ts'

let stack: RunningStack

beforeAll(async () => {
  stack = await startRunningStack({ env: { SLUICE_CATCH_UP_MS: '500' }, processes: { steward: 2 } })
})
afterAll(() => stack?.stop())

const lost = { on: 'webhook', fault: 'lose' } as const

test.concurrent.each([
  ['Kuper delivers', 'H2060000001'],
  ['pickup, our code', 'H2060000002'],
  ['our courier delivers', 'H2060000003'],
  ['restaurant', 'H2060000004'],
  ['Kuper cancels during assembly', 'H2060000005'],
])('an order of which no webhook comes at all lives as any other: %s', async (name, externalId) => {
  const scenario = scenarioNamed(name)
  const order = await stack.place({ ...scenario, order: { ...scenario.order, faults: [lost] } }, externalId)
  await stack.ended([order])
  const { entries } = (await stack.ledger.orderTimeline(order.number))!
  const sources = entries.flatMap((entry) => (entry.kind === 'event' ? [entry.source] : []))
  expect(sources).toContain('catch-up')
  expect(sources).not.toContain('marketplace')
})

test.concurrent('an update of which the webhook is lost is found out in time: the customer comes herself', async () => {
  const scenario = scenarioNamed('the customer comes herself after all')
  const order = await stack.place(
    {
      ...scenario,
      order: { ...scenario.order, faults: [{ ...lost, eventType: 'order.updated' }] },
      // The list is asked every half second; the store begins well after that.
      staff: { ...scenario.staff, delaysMs: { go: 4_000 } },
    },
    'H2060000007',
  )
  await stack.ended([order])
  const { entries } = (await stack.ledger.orderTimeline(order.number))!
  const types = entries.flatMap((entry) => (entry.kind === 'event' ? [`${entry.source} ${entry.type}`] : []))
  expect(types).toContain('marketplace order.placed')
  expect(types).not.toContain('marketplace order.updated')
})

test.concurrent('an order of which every webhook comes is asked for as well, and nothing happens twice', async () => {
  const order = await stack.place(scenarioNamed('Kuper delivers'), 'H2060000006')
  await stack.ended([order])
  await eventually(async () => {
    const { entries } = (await stack.ledger.orderTimeline(order.number))!
    const found = entries.flatMap((entry) => (entry.kind === 'event' && entry.source === 'catch-up' ? [entry] : []))
    // Its body may be found more than once.
    const facts = found.map(({ type }) => type).filter((type) => type !== 'order.placed')
    expect(facts).toContain('order.delivered')
    expect(new Set(facts).size).toBe(facts.length)
  })
  await stack.ended([order])
})
