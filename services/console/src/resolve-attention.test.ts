import { expect, test, vi } from 'vitest'
import { createFakeConsole, orderOf } from './fake-console.ts'

const found = {
  order: { ...orderOf('KU-H1'), attention: { 'cancelled-after-leaving': 'see to it that they come back' } },
  entries: [],
}

test('a person who has seen to it switches the alarm off, under one key however often it is clicked', async () => {
  const { ledger, get, post, log } = createFakeConsole({ ledger: { orderTimeline: async () => found } })
  expect(await (await get('/orders/KU-H1')).text()).toContain('I have seen to it')

  const form = { attention: 'cancelled-after-leaving', operator: 'Anna' }
  for (let click = 0; click < 2; click++) {
    const answer = await post('/orders/KU-H1/attention', form)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/orders/KU-H1'])
  }
  const event = {
    type: 'attention.resolved',
    code: 'cancelled-after-leaving',
    finding: 'see to it that they come back',
    by: 'Anna',
  }
  expect(ledger.record).toHaveBeenCalledWith(expect.objectContaining({ envelope: expect.objectContaining({ event }) }))
  const keys = vi.mocked(ledger.record).mock.calls.map(([{ envelope }]) => envelope.dedupKey)
  expect(new Set(keys).size).toBe(1)
  expect(log.info).toHaveBeenCalledWith(expect.objectContaining({ event: 'console.attention', outcome: 'seen' }))
})

test('an alarm that is not on, an unknown order and a post from another site change nothing', async () => {
  const { ledger, post } = createFakeConsole({ ledger: { orderTimeline: async () => found } })
  expect((await post('/orders/KU-H1/attention', { attention: 'effect-dead' })).status).toBe(303)
  const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
  expect((await post('/orders/KU-H1/attention', { attention: 'cancelled-after-leaving' }, foreign)).status).toBe(403)
  expect((await createFakeConsole().post('/orders/KU-H9/attention', {})).status).toBe(404)
  expect(ledger.record).not.toHaveBeenCalled()
})
