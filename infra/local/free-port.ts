import { createServer } from 'node:net'

const HOST = '127.0.0.1'

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux): one of those could be taken by any
 * connection between our looking and the server's binding.
 */
const FIRST = 20_000
const COUNT = 12_000
/** Processes start looking at different places, and none asks twice for the same. */
let next = (process.pid * 131) % COUNT

/** A port of the loopback interface that nobody listens on. Another process may still take it before the caller does. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = FIRST + next
    next = (next + 1) % COUNT
    if (await isFreePort(port)) return port
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT} on ${HOST}`)
}

/** Whether nobody listens on the port, in either protocol. */
export async function isFreePort(port: number): Promise<boolean> {
  return (await canListen(port, HOST)) && (await canListen(port, '::'))
}

/** A host without IPv6 cannot have a port taken there. */
function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (err: NodeJS.ErrnoException) => {
      if (err.code === 'EADDRINUSE' || err.code === 'EACCES') resolve(false)
      else if (err.code === 'EAFNOSUPPORT' || err.code === 'EADDRNOTAVAIL') resolve(true)
      else reject(err)
    })
    server.listen({ port, host, ipv6Only: true }, () => server.close(() => resolve(true)))
  })
}
