import { createServer } from 'node:net'

const HOST = '127.0.0.1'

/** A port of the loopback interface that nobody listens on. Another process may still take it before the caller does. */
export async function freePort(): Promise<number> {
  const port = await tryListen(0)
  if (port === undefined) throw new Error('no free port on 127.0.0.1')
  return port
}

/** The wanted port, or the next free one above it. */
export async function freePortFrom(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100; port++) {
    if ((await tryListen(port)) !== undefined && (await tryListen(port, '::')) !== undefined) return port
  }
  return freePort()
}

/** Undefined when the port is taken. A host without IPv6 cannot have it taken there. */
function tryListen(port: number, host = HOST): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (err: NodeJS.ErrnoException) => {
      if (err.code === 'EADDRINUSE' || err.code === 'EACCES') resolve(undefined)
      else if (err.code === 'EAFNOSUPPORT' || err.code === 'EADDRNOTAVAIL') resolve(port)
      else reject(err)
    })
    server.listen(port, host, () => {
      const address = server.address()
      const listening = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(listening))
    })
  })
}
