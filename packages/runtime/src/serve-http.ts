import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'

export interface HttpServer {
  port: number
  /** For people and logs; a wildcard address is shown as the loopback one. */
  url: string
  /**
   * Takes no new connection, answers what is being answered, then resolves. Connections that only wait are closed at
   * once; what still runs after `deadlineMs` is cut.
   */
  close(deadlineMs?: number): Promise<void>
}

/** From the first byte of a request to its last; Node's own bound is five minutes. */
const REQUEST_TIMEOUT_MS = 20_000

/**
 * Port 0 picks a free one. Rejects when the address cannot be bound. Whoever sends slower than `requestTimeoutMs` allows is
 * answered 408 and cut: bodies that never end hold memory that others need.
 */
export async function serveHttp(
  app: { fetch: (req: Request, env: HttpBindings) => Response | Promise<Response> },
  address: { host: string; port: number },
  { requestTimeoutMs = REQUEST_TIMEOUT_MS }: { requestTimeoutMs?: number } = {},
): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: (req, env) => app.fetch(req, env as HttpBindings),
    serverOptions: {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(2_000, requestTimeoutMs),
    },
  }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  server.on('clientError', answerClientError)
  let isClosing = false
  server.on('request', (_req, res) => {
    // A keep-alive connection that is busy when closing begins would otherwise hold it up until it times out.
    res.once('close', () => {
      if (isClosing) setImmediate(() => server.closeIdleConnections())
    })
  })
  return {
    port,
    url: `http://${shownHost(address.host)}:${port}`,
    close(deadlineMs = 10_000) {
      isClosing = true
      return new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), deadlineMs)
        server.close(() => {
          clearTimeout(late)
          resolve()
        })
        server.closeIdleConnections()
      })
    },
  }
}

/**
 * Node says 400 to a body that its sender has ended too early, and a webhook that was refused so does not come again. Any other
 * fault is answered as Node does.
 */
function answerClientError(err: NodeJS.ErrnoException, socket: Duplex): void {
  const status = CLIENT_ERRORS[err.code ?? ''] ?? '400 Bad Request'
  if (socket.writable && !isAnswering(socket)) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
  socket.destroy(err)
}

const CLIENT_ERRORS: Record<string, string> = {
  HPE_INVALID_EOF_STATE: '503 Service Unavailable',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** A second head in the middle of an answer would be taken for a part of it. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage } = socket as Duplex & { _httpMessage?: { headersSent: boolean } | null }
  return _httpMessage?.headersSent === true
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
