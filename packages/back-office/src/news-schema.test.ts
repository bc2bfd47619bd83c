import type { News } from '@sluice/orders'
import { expect, expectTypeOf, test } from 'vitest'
import { createOrderEvent, type OrderEventBody } from './news-schema.ts'

const at = '2026-05-01T08:00:00.000Z'

/** Checked by the compiler: every piece of news of the core has a wire form that takes all of its values. */
test('no piece of news is forgotten', () => {
  type Told = { [Event in OrderEventBody as Event['type']]: Event['data'] }
  type Known = { [N in News as N['type']]: Omit<N, 'type' | 'conversation'> }
  expectTypeOf<keyof Told>().toEqualTypeOf<keyof Known>()
  expectTypeOf<Known>().toExtend<Told>()
})

test('what only the marketplace needs stays here', () => {
  const line = { sku: 'A', quantity: 2, lineId: '17', markingKind: 'CIS' }
  const changes = { fulfilment: 'pickup' as const, shipOn: '2026-05-02', isTest: true, lines: [line] }
  expect(createOrderEvent('n1', 'YM-1', at, { type: 'order.updated', changes })).toEqual({
    id: 'n1',
    type: 'order.updated',
    orderNumber: 'YM-1',
    at,
    data: {
      changes: { fulfilment: 'pickup', shipOn: '2026-05-02', isTest: true, lines: [{ sku: 'A', quantity: 2 }] },
    },
  })
})

test.each<[News, object]>([
  [
    {
      type: 'conversation.message',
      conversation: 'YM-chat-123',
      topic: 'chat',
      message: { id: '5', author: 'customer', text: 'when?', files: [{ url: 'https://files.example/1' }] },
      orderNumber: 'YM-1',
      about: { order: '1' },
    },
    {
      topic: 'chat',
      message: { id: '5', author: 'customer', text: 'when?', files: [{ url: 'https://files.example/1' }] },
      orderNumber: 'YM-1',
      about: { order: '1' },
    },
  ],
  [{ type: 'conversation.disputed', conversation: 'YM-chat-123', phase: 'started' }, { phase: 'started' }],
  [
    { type: 'conversation.reply_refused', conversation: 'YM-chat-123', replyId: '9', reason: 'the chat is closed' },
    { replyId: '9', reason: 'the chat is closed' },
  ],
])('$type names the conversation in the place of an order', (news, data) => {
  expect(createOrderEvent('n1', 'YM-chat-123', at, news)).toEqual({
    id: 'n1',
    type: news.type,
    conversation: 'YM-chat-123',
    at,
    data,
  })
})
