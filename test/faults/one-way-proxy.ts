import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** In front of a server. While it is shut everything still gets there, and no answer comes back. */
export interface OneWayProxy {
  port: number
  shut(): void
  open(): void
  close(): Promise<void>
}

export async function createOneWayProxy(targetPort: number): Promise<OneWayProxy> {
  const answers = new Set<Socket>()
  let isShut = false
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    answers.add(target)
    client.pipe(target)
    target.on('data', (data) => client.write(data))
    if (isShut) target.pause()
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => {
        answers.delete(target)
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
      for (const target of answers) target.pause()
    },
    open() {
      isShut = false
      for (const target of answers) target.resume()
    },
    async close() {
      for (const target of answers) target.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
