import { expect, test } from 'vitest'
import { cancellationAnswerOf } from '../src/index.ts'
import { createMarketWorld } from './market-world.ts'

test('what a customer’s wish to cancel came to is that of the newest wish, not of an earlier one', () => {
  const run = createMarketWorld({ model: 'merchant-delivery', policy: { cancellationRequests: 'back-office' } })
  const reply = () => cancellationAnswerOf(run.world.order!)
  run.settle()
  expect(reply()).toBeUndefined()

  run.world.market.ask()
  run.settle()
  const first = reply()?.askedAt
  expect(reply()).toEqual({ askedAt: expect.any(String), isOpen: true })

  run.say({ type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' })
  expect(reply()).toEqual({ askedAt: first, isOpen: true, answer: { isAccepted: false, status: 'waiting' } })
  run.settle()
  expect(reply()).toEqual({ askedAt: first, isOpen: false, answer: { isAccepted: false, status: 'done' } })

  run.world.market.clock += 86_400
  run.world.market.ask()
  run.settle()
  expect(reply()).toEqual({ askedAt: expect.any(String), isOpen: true })
  expect(reply()?.askedAt).not.toBe(first)

  run.say({ type: 'cancellation.answered', isAccepted: true }, 'second')
  run.settle()
  expect(reply()).toMatchObject({ isOpen: false, answer: { isAccepted: true, status: 'done' } })
})
