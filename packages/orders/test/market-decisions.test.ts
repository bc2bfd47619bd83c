import { describe, expect, test } from 'vitest'
import type { ReturnView } from '../src/index.ts'
import { createMarketWorld } from './market-world.ts'

const part: ReturnView = {
  kind: 'return',
  refund: 'decision-needed',
  amount: '189.00',
  lines: [{ sku: 'a', quantity: 1 }],
}

function withReturn(policy = {}): ReturnType<typeof createMarketWorld> {
  const run = createMarketWorld({ state: 'DELIVERED', policy })
  run.settle()
  run.world.market.openReturn('7', part)
  run.settle()
  return run
}

const asked = (run: ReturnType<typeof createMarketWorld>) =>
  run.world.news.filter((news) => news.type === 'return.changed').map(({ decideBy }) => decideBy !== undefined)

describe('a decision that the marketplace does not take', () => {
  test('is asked for again', () => {
    const run = withReturn()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'repair' } })
    expect(asked(run)).toEqual([true])
    run.settle()
    expect(asked(run).at(-1)).toBe(true)
    run.world.market.tick()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'examine' } }, 'second')
    run.performAll()
    expect(asked(run).at(-1)).toBe(false)
  })

  test('is asked of the store, where it was ours', () => {
    const run = createMarketWorld({ state: 'DELIVERED', policy: { returns: 'refund' } })
    run.settle()
    run.deliver({ type: 'return.read', returnId: '7', view: part }, undefined, 'read', undefined, 'catch-up')
    run.deliver({ type: 'answer.declined', key: 'decide-return/7', why: 'not offered' }, undefined, 'declined')
    run.performAll()
    expect(asked(run)).toEqual([true])
  })

  test('does not silence the alarm before the time runs out', () => {
    const run = withReturn()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'repair' } })
    run.settle()
    run.deliver({ type: 'deadline.passed', key: 'watch-deadline/return-decision-7' }, undefined, 'rang')
    expect(run.world.order?.attention).toHaveProperty('return-undecided')
    run.world.market.tick()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'refund' } }, 'second')
    run.settle()
    expect(run.world.order?.attention).toEqual({})
  })
})

test('what the customer gets back is told with the return', () => {
  expect(withReturn().world.news.find(({ type }) => type === 'return.changed')).toMatchObject({ amount: '189.00' })
})

describe('a return of an order that nobody knows', () => {
  const decided = ({ world }: ReturnType<typeof createMarketWorld>) => world.effects.get('decide-return/7')

  test('is decided about once the order says whose it is', () => {
    const run = createMarketWorld({ state: 'DELIVERED', policy: { returns: 'refund' } })
    run.deliver({ type: 'return.read', returnId: '7', view: part }, undefined, 'read', undefined, 'catch-up')
    expect(decided(run)).toBeUndefined()
    run.performAll()
    expect(decided(run)?.payload).toMatchObject({ returnId: '7', storeId: 's' })
  })

  test('is decided about at once where the list names the store', () => {
    const run = createMarketWorld({ state: 'DELIVERED', policy: { returns: 'refund' } })
    const read = { type: 'return.read', returnId: '7', storeId: 's9', view: part } as const
    run.deliver(read, undefined, 'read', undefined, 'catch-up')
    expect(decided(run)?.payload).toMatchObject({ storeId: 's9' })
  })
})
