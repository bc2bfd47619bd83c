import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import { connectRedis } from './connect-redis.ts'

test('a connection that answers nothing is replaced', async () => {
  let connections = 0
  const silent = createServer((socket) => {
    connections += 1
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const redis = connectRedis(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`, () => {})
  try {
    await vi.waitFor(() => expect(connections).toBeGreaterThan(1), { timeout: 10_000, interval: 20 })
  } finally {
    redis.disconnect()
    silent.close()
  }
})
