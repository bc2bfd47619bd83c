import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { claimPortFrom } from './claim-port.ts'
import { freePort, isFreePort } from './free-port.ts'

test('a port that somebody listens on is passed over', async () => {
  const taken = await freePort()
  const server = createServer().listen(taken, '127.0.0.1')
  await once(server, 'listening')
  try {
    expect(await isFreePort(taken)).toBe(false)
    const claimed = await claimPortFrom(taken)
    expect(claimed.port).toBeGreaterThan(taken)
    claimed.release()
  } finally {
    server.close()
  }
})

test('a port that is claimed but not yet bound is passed over, until it is released', async () => {
  const wanted = await freePort()
  const first = await claimPortFrom(wanted)
  const second = await claimPortFrom(wanted)
  expect(first.port).toBe(wanted)
  expect(second.port).toBeGreaterThan(wanted)
  first.release()
  const third = await claimPortFrom(wanted)
  expect(third.port).toBe(wanted)
  second.release()
  third.release()
})
