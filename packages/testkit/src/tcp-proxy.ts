import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** In front of a server, to take away what a network can take away. */
export interface TcpProxy {
  port: number
  /** From here on everything still gets to the server, and no answer comes back. */
  shut(): void
  open(): void
  /** The connections there are now carry nothing any more, and neither side is told; new ones work. */
  forgetConnections(): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  target: Socket
  isForgotten: boolean
}

export async function createTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let isShut = false
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    const pair: Pair = { client, target, isForgotten: false }
    pairs.add(pair)
    client.pipe(target)
    target.on('data', (data) => client.write(data))
    if (isShut) target.pause()
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      // `close` follows.
      one.on('error', () => {})
      one.on('close', () => {
        if (pair.isForgotten) return
        pairs.delete(pair)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    shut() {
      isShut = true
      for (const { target } of pairs) target.pause()
    },
    open() {
      isShut = false
      for (const { target, isForgotten } of pairs) if (!isForgotten) target.resume()
    },
    forgetConnections() {
      for (const pair of pairs) {
        pair.isForgotten = true
        pair.client.unpipe(pair.target)
        pair.client.pause()
        pair.target.pause()
      }
    },
    async close() {
      for (const { client, target } of pairs) {
        client.destroy()
        target.destroy()
      }
      server.close()
      await once(server, 'close')
    },
  }
}
