import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  applyEvent,
  defaultPolicy,
  type MarketplaceView,
  type Order,
  type OrderEvent,
  type OrderRef,
} from '../src/index.ts'
import { envelopeOf, pickupCode, traits } from './world.ts'

const doc = readFileSync(new URL('../../../docs/states.md', import.meta.url), 'utf8')

test('docs/states.md shows every arrow between statuses that the code can take, and no other', () => {
  const drawn = new Set(
    [...doc.matchAll(/^\s*(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} --> ${to}`.replaceAll('_', '-')),
  )
  expect([...arrows()].sort()).toEqual([...drawn].sort())
})

test('docs/states.md explains every status and every event', () => {
  for (const event of [...events, ...results]) expect(doc).toContain(`\`${event.type}\``)
})

const lines = [{ sku: 'a', quantity: 1 }]
const seen = (reached: MarketplaceView['reached']): OrderEvent => ({
  type: 'order.read',
  view: { state: 'X', order: { storeId: 's', lines }, isOpen: true, reached },
})
const events: OrderEvent[] = [
  { type: 'order.placed', order: { storeId: 's', lines } },
  { type: 'order.updated', changes: { shipmentMethod: 'pickup' } },
  { type: 'order.paid' },
  { type: 'courier.assigned', courier: {} },
  { type: 'courier.arrived', courier: {} },
  { type: 'order.taken' },
  { type: 'order.delivering' },
  { type: 'order.delivered' },
  { type: 'order.cancelled' },
  { type: 'order.announced', storeId: 's' },
  { type: 'order.changed' },
  seen(['delivered', 'partlyReturned']),
  seen(['delivered', 'returned']),
  { type: 'cancellation.asked' },
  { type: 'line-service.changed', lineId: '1', service: 'x', states: [] },
  { type: 'return.announced', returnId: '1', kind: 'return', lines },
  { type: 'return.changed', returnId: '1' },
  { type: 'return.read', returnId: '1', view: { kind: 'return', lines: [] } },
  { type: 'conversation.announced', topic: 'chat' },
  { type: 'conversation.disputed', phase: 'started' },
  { type: 'conversation.read', topic: 'chat', view: { kind: 'gone' } },
  { type: 'marketplace.noted', name: 'x' },
  { type: 'assembly.started' },
  { type: 'line.picked', line: { sku: 'a', quantity: 1 } },
  { type: 'assembly.finished' },
  { type: 'composition.finalised' },
  { type: 'pickup-code.created', code: pickupCode },
  { type: 'order.issued', code: pickupCode },
  { type: 'delivery.estimated', estimatedAt: '2026-01-01T00:00:00Z' },
  { type: 'delivery.started' },
  { type: 'delivery.arrived' },
  { type: 'delivery.finished' },
  { type: 'cancellation.requested', reason: 'store_closed' },
  { type: 'return.decided', returnId: '1', decision: { kind: 'refund' } },
  { type: 'return.received', returnId: '1' },
  { type: 'goods.returned' },
  { type: 'cancellation.answered', isAccepted: true },
  { type: 'courier-code.entered', code: '1' },
  { type: 'delivery.tracked', trackCode: '1' },
  { type: 'delivery.rescheduled', date: '2026-01-01', by: 'customer' },
  { type: 'pickup.extended', until: '2026-01-01' },
  { type: 'digital.issued', lines: [] },
  { type: 'conversation.replied', replyId: '1', text: 'x' },
  { type: 'attention.resolved', code: 'effect-dead', finding: 'x', by: 'x' },
  { type: 'effect.revived', key: 'reserve-stock', by: 'x' },
]
const results: OrderEvent[] = [
  { type: 'stock.reserved', key: 'reserve-stock', lines: [] },
  { type: 'stock.short', key: 'reserve-stock', lines: [] },
  { type: 'stock.released', key: 'release-stock' },
  { type: 'stock.already-used', key: 'release-stock' },
  { type: 'goods.taken-back', key: 'take-back-goods' },
  { type: 'report.sent', key: 'notify-marketplace/ready' },
  { type: 'report.sent', key: 'notify-marketplace/canceled' },
  { type: 'report.moot', key: 'notify-marketplace/in_work' },
  { type: 'report.declined', key: 'notify-marketplace/canceled' },
  { type: 'report.skipped', key: 'notify-marketplace/registered', why: 'x' },
  { type: 'answer.sent', key: 'decide-return/1' },
  { type: 'answer.declined', key: 'decide-return/1', why: 'x' },
  { type: 'news.told', key: 'tell-back-office/order.paid' },
  { type: 'deadline.passed', key: 'watch-deadline/assembly-start' },
  { type: 'effect.died', key: 'reserve-stock', reason: 'x' },
]

/** Every change of status along every path: a search over the orders that differ in what can matter for the status. */
function arrows(): Set<string> {
  const ref: OrderRef = { id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
  const settings = { policy: { ...defaultPolicy, sendAssembled: false, startAlarmMinutes: 0 }, pickupCode, traits }
  const found = new Set<string>()
  const visited = new Set<string>()
  const open: (Order | undefined)[] = [undefined]
  while (open.length > 0) {
    const order = open.pop()
    for (const event of [...events, ...results].filter(({ type }) => moving.has(type))) {
      const envelope = envelopeOf(event, JSON.stringify(event), 'marketplace')
      const { order: next } = applyEvent(order, ref, envelope, () => settings)
      if (order && order.status !== next.status) found.add(`${order.status} --> ${next.status}`)
      const key = abstract(next)
      if (visited.has(key)) continue
      visited.add(key)
      open.push({ ...next, issues: next.issues.slice(0, 1) })
    }
  }
  return found
}

/** The others leave what the status is made of as it is; the confluence and life tests see to that. */
const moving = new Set<OrderEvent['type']>([
  'order.placed',
  'order.updated',
  'order.taken',
  'order.delivering',
  'order.delivered',
  'order.read',
  'order.cancelled',
  'assembly.started',
  'composition.finalised',
  'order.issued',
  'cancellation.requested',
  'stock.reserved',
  'stock.short',
  'report.sent',
  'report.moot',
])

/** What the status can depend on. */
function abstract({
  status,
  placed,
  changes,
  milestones,
  composition,
  issues,
  reservation,
  cancellation,
  effects,
}: Order): string {
  return JSON.stringify([
    status,
    Boolean(placed),
    Boolean(changes.shipmentMethod),
    Boolean(milestones.delivered ?? milestones.issued),
    milestones.returned ? 'all' : Boolean(milestones.partlyReturned),
    Boolean(milestones.delivering),
    Boolean(milestones.taken),
    Boolean(milestones.assemblyStarted),
    Boolean(composition),
    issues.length > 0,
    ['held', 'consumed'].includes(reservation.state) ? 'held' : reservation.state,
    Boolean(cancellation.requested),
    effects['notify-marketplace/ready']?.status,
    effects['notify-marketplace/canceled']?.status,
    effects['notify-marketplace/in_work']?.status,
  ])
}
