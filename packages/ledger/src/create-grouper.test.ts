import { setImmediate as nextTick } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGrouper } from './create-grouper.ts'

/** A grouper of which every group ends when the test says so. */
function createHeld({ maxGroup = 100, groupsInFlight = 1 } = {}) {
  const groups: { requests: string[]; finish: () => void; fail: (err: Error) => void }[] = []
  const grouper = createGrouper<string, string>({
    name: 'test',
    async run(requests) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      groups.push({ requests, finish: resolve, fail: reject })
      await promise
      return requests.map((request) => ({ status: 'fulfilled', value: request.toUpperCase() }))
    },
    keyOf: (request) => request[0]!,
    maxGroup,
    groupsInFlight,
    timeoutMs: 5_000,
  })
  return { grouper, groups }
}

test('what is asked in one tick is one group, answered one by one', async () => {
  const { grouper, groups } = createHeld()
  const answers = Promise.all(['a', 'b', 'c'].map((request) => grouper.ask(request)))
  await nextTick()
  expect(groups.map((group) => group.requests)).toEqual([['a', 'b', 'c']])
  groups[0]!.finish()
  expect(await answers).toEqual(['A', 'B', 'C'])
})

test('requests pile up while the groups are in flight, and groups are bounded', async () => {
  const { grouper, groups } = createHeld({ maxGroup: 2 })
  const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((request) => grouper.ask(request)))
  for (let at = 0; at < 3; at++) {
    await nextTick()
    expect(groups).toHaveLength(at + 1)
    groups[at]!.finish()
  }
  expect(await answers).toEqual(['A', 'B', 'C', 'D', 'E'])
  expect(groups.map((group) => group.requests)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
})

test('requests of one key are never in two groups in flight, and others do not wait for them', async () => {
  const { grouper, groups } = createHeld({ groupsInFlight: 3 })
  const first = grouper.ask('a1')
  await nextTick()
  const others = Promise.all([grouper.ask('a2'), grouper.ask('b1'), grouper.ask('a3')])
  await nextTick()
  expect(groups.map((group) => group.requests)).toEqual([['a1'], ['b1']])
  groups[0]!.finish()
  await first
  await nextTick()
  expect(groups.map((group) => group.requests)).toEqual([['a1'], ['b1'], ['a2', 'a3']])
  groups[1]!.finish()
  groups[2]!.finish()
  expect(await others).toEqual(['A2', 'B1', 'A3'])
})

test('a group that fails does not stop the next', async () => {
  const { grouper, groups } = createHeld()
  const bad = grouper.ask('a')
  await nextTick()
  groups[0]!.fail(new Error('broken'))
  await expect(bad).rejects.toThrow('test: broken')
  const good = grouper.ask('b')
  await nextTick()
  groups[1]!.finish()
  expect(await good).toBe('B')
})

test('a group that gets no answer is given up', async () => {
  const grouper = createGrouper<string, string>({
    name: 'test',
    run: () => new Promise(() => {}),
    maxGroup: 1,
    groupsInFlight: 1,
    timeoutMs: 1,
  })
  await expect(grouper.ask('a')).rejects.toMatchObject({ code: 'unavailable' })
})

test('closing waits for what was asked and takes nothing more', async () => {
  const { grouper, groups } = createHeld()
  const answer = grouper.ask('a')
  const closed = grouper.close()
  await expect(grouper.ask('b')).rejects.toMatchObject({ code: 'closed' })
  await nextTick()
  groups[0]!.finish()
  await closed
  expect(await answer).toBe('A')
})
