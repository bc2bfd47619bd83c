import { afterEach, expect, test, vi } from 'vitest'
import { type AttemptOptions, CALLS_PER_EFFECT, createAttemptCalls } from './attempt-calls.ts'
import type { MarketCaller, SendOptions, Sent } from './market-caller.ts'
import { getBusinessOrders, updateOrderStatus } from './market-calls.ts'

const read = getBusinessOrders('7001', { orderIds: ['1'] })
const change = updateOrderStatus({ campaignId: '4400', orderId: '1' }, { status: 'DELIVERY' })
const options: AttemptOptions = { priority: 3, secrets: [], signal: new AbortController().signal, timeoutMs: 10_000 }

/** Answers every call with `answer`, `tookMs` later. */
function createCalls(answer: Sent['answer'] = { kind: 'ok', body: {} }, tookMs = 0) {
  let nowMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const patience: number[] = []
  const caller = {
    send: async (call: typeof read, { patienceMs }: SendOptions): Promise<Sent> => {
      patience.push(patienceMs)
      nowMs += tookMs
      return {
        answer,
        exchange: { call, result: { kind: 'answered', status: 200, headers: {}, body: {} } },
      }
    },
  } as unknown as MarketCaller
  return { calls: createAttemptCalls(caller, options), patience }
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('the first call does not wait for the budget, later ones do', async () => {
  const { calls, patience } = createCalls()
  await calls.send(read)
  await calls.send(change)
  expect(patience).toEqual([0, 5_000])
})

test('no call is begun that might end after the lease', async () => {
  const { calls, patience } = createCalls(undefined, 9_000)
  await calls.send(read)
  await calls.send(read)
  // Eighteen seconds of twenty are the last moment for a call of ten.
  expect(await calls.send(change)).toMatchObject({ kind: 'ok' })
  expect(patience.at(-1)).toBe(0)
  expect(await calls.send(change)).toMatchObject({ kind: 'unavailable', cause: 'timeout' })
  expect(patience).toHaveLength(CALLS_PER_EFFECT)
})

test('only a change makes a change, and only a lost change is unclear', async () => {
  const { calls } = createCalls()
  await calls.send(read)
  expect(calls.hasChanged()).toBe(false)
  await calls.send(change)
  expect(calls.hasChanged()).toBe(true)

  const lost = createCalls({ kind: 'unavailable', cause: 'network', isUnclear: true, detail: 'x' }).calls
  expect(await lost.send(read)).toMatchObject({ isUnclear: false })
  expect(await lost.send(change)).toMatchObject({ isUnclear: true })
  expect(lost.hasChanged()).toBe(false)
})
