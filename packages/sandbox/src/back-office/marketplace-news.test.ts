import { describe, expect, it } from 'vitest'
import type { OutgoingEvent } from './event-sender.ts'
import { setUp } from './simulator-harness.ts'

const express = { orderNumber: 'KU-H1', externalId: '50000001234' }
const asked = {
  returnId: '77',
  kind: 'return',
  lines: [{ sku: 'A', quantity: 1, itemId: '5', reason: 'BAD_QUALITY/DAMAGED' }],
  refund: 'decision-needed',
  decideBy: '2026-05-03T08:00:00Z',
}
const last = (posts: unknown[]) => (posts.at(-1) ?? {}) as OutgoingEvent

describe('what the staff are told by Yandex Market', () => {
  it('the code of its courier is entered, another one after a rejection', async () => {
    const { reserve, timers, control, tell, posts } = setUp()
    await control.setPlan('KU-H1', { courier: { codes: ['wrong', 'right'] } })
    await reserve(express)
    await timers.advance(1_000)
    await tell('courier.arrived', { courier: {} })
    await timers.advance(100)
    expect(last(posts)).toMatchObject({ type: 'courier_code.entered', code: '0000' })
    await tell('courier_code.rejected', { code: '0000', detail: 'wrong code, attempts left: 2' })
    await timers.advance(100)
    expect(last(posts)).toMatchObject({ type: 'courier_code.entered', code: '1234' })
    await tell('courier_code.accepted', { code: '1234' })
    await timers.advance(1_000)
    expect(last(posts)).toMatchObject({ code: '1234' })
  })

  it('keys leave the stock when they are given, one for each piece', async () => {
    const { reserve, timers, control, posts, kinds } = setUp()
    await reserve({ fulfilment: 'digital', lines: [{ sku: 'A', quantity: 2 }], order: { digital: 'keys' } })
    await timers.advance(100)
    expect(last(posts)).toMatchObject({
      type: 'digital.issued',
      lines: [{ sku: 'A', codes: ['KEY-KU-H1-A-1', 'KEY-KU-H1-A-2'] }],
    })
    expect((await control.getStock()).totals).toMatchObject({ used: 2, held: 0 })
    expect(await kinds()).toEqual([])
  })

  it('units that need marking codes get them, in boxes of their own where the plan says so', async () => {
    const { reserve, timers, control, posts } = setUp()
    await control.setPlan('KU-H1', { boxes: 'one-per-unit' })
    await reserve({ lines: [{ sku: 'A', quantity: 2, markingKind: 'CIS' }] })
    await timers.advance(1_000)
    const { lines, boxes } = last(posts) as unknown as {
      lines: { markingCodes: string[] }[]
      boxes: { lines: { markingCodes: string[] }[] }[]
    }
    expect(lines[0]?.markingCodes).toHaveLength(2)
    expect(boxes.map((box) => box.lines[0]?.markingCodes)).toEqual(lines[0]?.markingCodes.map((code) => [code]))
  })

  it.each([
    ['accepted', { accepted: true }],
    ['in_delivery', { accepted: false, reason: 'in_delivery' }],
  ] as const)('a customer who wants to cancel on the road is answered: %s', async (cancellationAnswer, answer) => {
    const { reserve, timers, control, tell, posts } = setUp()
    await control.setPlan('KU-H1', { cancellationAnswer, delivery: { finishedBy: 'marketplace' } })
    await reserve({ fulfilment: 'merchant-delivery' })
    await tell('order.paid', {})
    await timers.advance(1_000)
    await tell('cancellation.asked', { answerBy: '2026-05-03T08:00:00Z' })
    await timers.advance(100)
    expect(last(posts)).toMatchObject({ type: 'cancellation.answered', ...answer })
  })

  it('a return is decided by the plan, and by the money when that is refused', async () => {
    const { reserve, timers, control, tell, posts, kinds } = setUp()
    await control.setPlan('KU-H1', {
      returnDecision: { kind: 'decline', reason: 'MECHANICAL_DAMAGE', comment: 'Сломал сам' },
      receivesReturns: true,
    })
    await reserve()
    await timers.advance(1_000)
    await tell('order.delivered')
    await tell('return.changed', asked)
    await timers.advance(100)
    expect(last(posts)).toMatchObject({ type: 'return.decided', returnId: '77', decision: { kind: 'decline' } })
    await tell('return.decision_refused', { returnId: '77', reason: 'not offered' })
    await timers.advance(100)
    expect(last(posts)).toMatchObject({ type: 'return.decided', returnId: '77', decision: { kind: 'refund' } })
    const { decideBy: _, ...decided } = asked
    await tell('return.changed', {
      ...decided,
      refund: 'refunded',
      shipment: 'ready-for-pickup',
      collectBy: '2026-05-09',
    })
    await timers.advance(100)
    expect(last(posts)).toMatchObject({ type: 'return.received', returnId: '77' })
    await timers.advance(1_000)
    expect(posts).toHaveLength(8)
    expect(await kinds()).toEqual([])
  })

  it('a return of an order that was never ours is decided all the same', async () => {
    const { timers, control, tell, posts } = setUp()
    await control.setPlan('60000000001', { returnDecision: { kind: 'fast-refund' } })
    const about = { orderNumber: 'YM-60000000001' }
    expect((await tell('order.paid', {}, 'n1', about)).status).toBe(404)
    expect((await tell('return.changed', asked, 'n2', about)).status).toBe(200)
    await timers.advance(1_000)
    expect(posts).toMatchObject([{ type: 'return.decided', ...about, decision: { kind: 'fast-refund' } }])
    expect(await control.findOrder('YM-60000000001')).toMatchObject({ staff: 'not ours' })
  })

  it('customers get one answer to each message, others none', async () => {
    const { timers, control, tell, posts, kinds } = setUp()
    const about = { conversation: 'YM-chat-5' }
    const message = { id: '1', author: 'customer', text: 'Когда?', sentAt: '2026-05-01T07:59:00Z' }
    const news = { topic: 'chat', message, orderNumber: 'KU-H1' }
    expect((await tell('conversation.message', news, 'c1', about)).status).toBe(200)
    expect((await tell('conversation.message', news, 'c1', about)).status).toBe(409)
    await tell('conversation.message', { ...news, message: { id: '2', author: 'marketplace', text: '!' } }, 'c2', about)
    await tell('conversation.disputed', { phase: 'started' }, 'c3', about)
    await tell('conversation.message', { topic: 'answer', message }, 'c4', { conversation: 'YM-answer-9' })
    await timers.advance(1_000)
    expect(posts).toMatchObject([{ type: 'conversation.replied', conversation: 'YM-chat-5', text: expect.any(String) }])
    expect(await control.listConversations()).toMatchObject([
      { conversation: 'YM-chat-5', dispute: 'started', replies: [{ state: 'accepted' }] },
      { conversation: 'YM-answer-9', topic: 'answer', replies: [] },
    ])
    await tell('conversation.message', news, 'c5', about)
    expect(await kinds()).toEqual(['told-twice'])
  })

  it('what the contract does not name is a fault', async () => {
    const { tell, kinds } = setUp()
    const message = { id: '1', author: 'merchant', text: 'of our own' }
    await tell('conversation.message', { topic: 'chat', message }, 'c1', { conversation: 'YM-chat-5' })
    await tell('return.changed', { ...asked, amount: 5 })
    await tell('courier_code.accepted', {})
    expect(await kinds()).toEqual(['malformed', 'malformed', 'malformed'])
  })
})
