import { describe, expect, test } from 'vitest'
import {
  applyEvent,
  type ConversationMessage,
  type ConversationTopic,
  defaultPolicy,
  defaultRetryPolicy,
  nextStep,
  type Order,
  type OrderEvent,
  type Outcome,
  type PlannedEffect,
} from '../src/index.ts'
import { traits } from './market-world.ts'
import { envelopeOf, pickupCode } from './world.ts'

const ref = { id: 'c', marketplace: 'market', account: 'main', externalId: 'chat-7', number: 'YM-chat-7' }
const settings = { policy: defaultPolicy, pickupCode, traits }

function talk(topic: ConversationTopic, answer: (effect: PlannedEffect) => Outcome) {
  let order: Order | undefined
  const performed: PlannedEffect[] = []
  let minute = 0
  const say = (event: OrderEvent): void => {
    minute += 1
    const applied = applyEvent(order, ref, envelopeOf(event, `${minute}`, 'marketplace', minute), () => settings)
    order = applied.order
    for (const effect of applied.planned) {
      performed.push(effect)
      const attempt = { kind: effect.kind, key: effect.key, attempt: 1, ageMs: 0 }
      const step = nextStep(attempt, answer(effect), defaultRetryPolicy, 0.5)
      if (step.kind === 'done' || step.kind === 'dead') say(step.event)
    }
  }
  const announce = (messageId?: string): void =>
    say({ type: 'conversation.announced', topic, ...(messageId !== undefined && { messageId }) })
  return {
    announce,
    say,
    performed,
    news: () => performed.filter(({ kind }) => kind === 'tell-back-office'),
    order: () => order,
  }
}

const message = (id: string, author: ConversationMessage['author'], text = 'hello'): ConversationMessage => ({
  id,
  author,
  text,
  sentAt: `2026-01-01T0${id}:00:00Z`,
})

/** A chat with one message of the customer (1) and one of the merchant (2). */
function chat(effect: PlannedEffect): Outcome {
  if (effect.kind !== 'fetch-conversation') return { kind: 'done' }
  const { topic, messageId } = effect.payload
  const view =
    messageId === undefined
      ? ({ kind: 'subject', about: { order: '1' }, orderNumber: 'YM-1' } as const)
      : ({ kind: 'message', message: message(messageId, messageId === '2' ? 'merchant' : 'customer') } as const)
  return { kind: 'read', found: { type: 'conversation.read', topic, view } }
}

describe('a conversation', () => {
  test('is read once, and each message once, however often it is announced', () => {
    const run = talk('chat', chat)
    for (const id of [undefined, '1', '1', undefined]) run.announce(id)
    expect(run.performed.map(({ key }) => key)).toEqual([
      'fetch-conversation/subject',
      'fetch-conversation/message-1',
      'tell-back-office/message-1',
    ])
  })

  test('tells the store what the customer wrote, in its context', () => {
    const run = talk('chat', chat)
    run.announce('1')
    expect(run.news().map(({ payload }) => payload)).toMatchObject([
      { type: 'conversation.message', conversation: 'YM-chat-7', orderNumber: 'YM-1', message: { id: '1' } },
    ])
    expect(run.order()?.status).toBe('open')
  })

  test('keeps quiet about the words of the merchant', () => {
    const run = talk('chat', chat)
    run.announce('1')
    run.announce('2')
    expect(run.news()).toHaveLength(1)
    expect(run.order()?.status).toBe('answered')
  })

  test('sends each reply of the store once; one that is not taken is told', () => {
    const run = talk('chat', (effect) =>
      effect.kind === 'reply-to-customer' ? { kind: 'declined', state: 'the chat is closed' } : chat(effect),
    )
    run.announce('1')
    run.say({ type: 'conversation.replied', replyId: 'r1', text: 'good day' })
    run.say({ type: 'attention.resolved', code: 'x', finding: 'x', by: 'x' })
    expect(run.performed.filter(({ kind }) => kind === 'reply-to-customer')).toMatchObject([
      { lane: 'answers', payload: { topic: 'chat', text: 'good day' } },
    ])
    expect(run.news().at(-1)?.payload).toMatchObject({ type: 'conversation.reply_refused', replyId: 'r1' })
  })

  test('keeps the newest hundred messages in its snapshot, whatever is still to be done, and tells each once', () => {
    const run = talk('chat', chat)
    for (let id = 1; id <= 250; id++) run.announce(String(id + 10))
    expect(Object.keys(run.order()?.conversation?.messages ?? {}).length).toBeLessThanOrEqual(101)
    expect(Object.keys(run.order()?.effects ?? {}).length).toBeLessThanOrEqual(210)
    expect(run.news()).toHaveLength(250)
    expect(new Set(run.performed.map(({ key }) => key)).size).toBe(run.performed.length)
  })

  test('is open again when its reply was not taken', () => {
    const run = talk('chat', (effect) =>
      effect.kind === 'reply-to-customer' ? { kind: 'declined', state: 'the chat is closed' } : chat(effect),
    )
    run.announce('1')
    run.say({ type: 'conversation.replied', replyId: 'r1', text: 'good day' })
    expect(run.order()?.status).toBe('open')
  })

  test('that is gone when it is read leaves nothing to do', () => {
    const run = talk('review', ({ kind }) =>
      kind === 'fetch-conversation'
        ? { kind: 'read', found: { type: 'conversation.read', topic: 'review', view: { kind: 'gone' } } }
        : { kind: 'done' },
    )
    run.announce()
    expect(run.news()).toEqual([])
    expect(run.order()?.attention).toEqual({})
  })
})

test('a fetch that brings nothing is a fault of ours, not a success', () => {
  const attempt = { kind: 'fetch-order', key: 'fetch-order', attempt: 1, ageMs: 0 } as const
  expect(nextStep(attempt, { kind: 'done' }, defaultRetryPolicy, 0)).toMatchObject({ kind: 'dead', fault: 'ours' })
})

test('what needs a moment is asked again as long as its destination says', () => {
  const attempt = { kind: 'fetch-order', key: 'fetch-order', attempt: 5, ageMs: 120_000 } as const
  const early = { kind: 'too-early', detail: 'not there yet' } as const
  expect(nextStep(attempt, early, defaultRetryPolicy, 0)).toMatchObject({ kind: 'dead', fault: 'theirs' })
  const patient = { ...early, patienceMs: 300_000 }
  expect(nextStep(attempt, patient, defaultRetryPolicy, 0)).toEqual({
    kind: 'again',
    delayMs: 120_000,
    detail: 'not there yet',
  })
})
