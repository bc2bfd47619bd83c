import { expect, test } from 'vitest'
import type { OrderEvent } from '../src/index.ts'
import { createWorld, envelopeOf, type World, type WorldOptions } from './world.ts'

const a2 = [{ sku: 'a', quantity: 2 }]
const placed: OrderEvent = { type: 'order.placed', order: { storeId: 's', lines: a2, shipmentMethod: 'pickup' } }
const document: OrderEvent = { type: 'composition.finalised', lines: a2 }
const code = (value: string): OrderEvent => ({ type: 'pickup-code.created', code: value })
const issued = (value?: string): OrderEvent => ({ type: 'order.issued', ...(value !== undefined && { code: value }) })

const theirs = (sent: 'before-ready' | 'after-ready'): WorldOptions => ({
  policy: { pickupCode: { madeBy: 'back-office', sent } },
})

/** Each event happens in the minute of its place in `story`, and is heard of in the order of `heard`. */
function live(options: WorldOptions, story: OrderEvent[], heard = story.map((_, i) => i)): World {
  const run = createWorld(options)
  for (const i of heard) {
    const minute = new Date(Date.UTC(2026, 0, 1, 9, i)).toISOString()
    run.deliver({ ...envelopeOf(story[i]!, `e${i}`, 'back-office'), occurredAt: minute })
    run.performAll()
  }
  return run.world
}

test('a pickup code that comes after the hand-over is not reported any more', () => {
  const { reports, order, violations } = live(
    theirs('after-ready'),
    [placed, document, code('11'), issued()],
    [0, 1, 3, 2],
  )
  expect(reports).toEqual(['in_work', 'assembled', 'ready', 'delivered'])
  expect([order?.status, order?.attention]).toEqual(['delivered', {}])
  expect(violations).toEqual([])
})

test('a pickup code that replaces one the customer has holds up nothing, should the marketplace refuse it', () => {
  const run = createWorld(theirs('before-ready'))
  const say = (event: OrderEvent, minute: number): void =>
    run.deliver(envelopeOf(event, `e${minute}`, 'back-office', minute))
  for (const [i, event] of [placed, document, code('11')].entries()) {
    say(event, i)
    run.performAll()
  }
  say(code('22'), 3)
  run.settle('notify-marketplace/pickup_code#2', { kind: 'refused', fault: 'data', detail: '422' })
  say(issued('22'), 4)
  run.performAll()
  expect(run.world.reports).toEqual(['in_work', 'assembled', 'pickup_code', 'ready', 'delivered'])
  // Nobody needs the code any more, so nobody is called for it.
  expect([run.world.order?.status, run.world.order?.attention]).toEqual(['delivered', {}])
})

test.each([[[0, 1, 2, 3, 4]], [[0, 1, 2, 4, 3]], [[0, 1, 4, 3, 2]]])(
  'who came with the code of that moment was right, in whatever order it is heard of: %j',
  (heard) => {
    const world = live(theirs('after-ready'), [placed, document, code('11'), issued('11'), code('22')], heard)
    expect(world.order?.status).toBe('delivered')
  },
)

test('who comes with a code that has been replaced is refused', () => {
  const world = live(theirs('after-ready'), [placed, document, code('11'), code('22'), issued('11')])
  expect(world.order?.status).toBe('ready')
  expect(world.news).toContain('issue.refused')
})
