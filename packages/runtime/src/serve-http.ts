import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'

export interface HttpServer {
  port: number
  /** For people and logs; a wildcard address is shown as the loopback one. */
  url: string
  /**
   * Takes no new connection, answers what is being answered or has begun to come, then resolves. Connections that only wait
   * are closed at once; what still runs after `deadlineMs` is cut.
   */
  close(deadlineMs?: number): Promise<void>
}

/** A request that was answered without ever reaching the app. */
export interface TurnedAway {
  status: number
  reason: string
  /** Only for what nobody expected. */
  err?: unknown
}

export interface HttpServerOptions {
  requestTimeoutMs?: number
  onTurnedAway?: (request: TurnedAway) => void
}

/** From the first byte of a request to its last; Node's own bound is five minutes. */
const REQUEST_TIMEOUT_MS = 20_000

/**
 * Port 0 picks a free one. Rejects when the address cannot be bound. Whoever sends slower than `requestTimeoutMs` allows is
 * answered 408 and cut: bodies that never end hold memory that others need. A request needs no Host: the address it reached
 * is its host then.
 */
export async function serveHttp(
  app: { fetch: (req: Request, env: HttpBindings) => Response | Promise<Response> },
  address: { host: string; port: number },
  { requestTimeoutMs = REQUEST_TIMEOUT_MS, onTurnedAway = () => {} }: HttpServerOptions = {},
): Promise<HttpServer> {
  const answer = getRequestListener((req, env) => app.fetch(req, env as HttpBindings), {
    hostname: shownHost(address.host),
    errorHandler: (err) => turnAway(err, onTurnedAway),
  })
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(2_000, requestTimeoutMs),
      requireHostHeader: false,
    },
    (req, res) => void answer(req, res),
  )
  // Not in Node's documents, so a test sees to it: else whoever ends his half behind a whole request gets no answer to it.
  Object.assign(server, { httpAllowHalfOpen: true })
  // By itself Node says 417 to the one, and cuts the other without a word.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res))
  server.on('connect', (_, socket) => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\n\r\n', () => socket.destroy())
    onTurnedAway({ status: 501, reason: 'CONNECT' })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  let isClosing = false
  /** Requests that are being answered, by their connection; Node counts one on which nothing was ever sent as busy. */
  const connections = new Map<Socket, number>()
  /** What each had read when its last answer was complete: more is the beginning of a request. */
  const bytesAnswered = new WeakMap<Socket, number>()
  const isIdle = (socket: Socket) =>
    connections.get(socket) === 0 && socket.bytesRead === (bytesAnswered.get(socket) ?? 0)
  /** The newest of each connection. */
  const exchanges = new WeakMap<Duplex, Exchange>()
  const count = (socket: Socket, change: number) => {
    const requests = (connections.get(socket) ?? 0) + change
    if (!socket.destroyed) connections.set(socket, requests)
    // Not before what was written is on its way.
    if (isClosing && requests === 0) setImmediate(() => isIdle(socket) && socket.destroy())
  }
  server.on('connection', (socket) => {
    count(socket, 0)
    socket.once('close', () => connections.delete(socket))
  })
  // Before the app, which may answer at once.
  server.prependListener('request', (req, res) => {
    const { socket } = req
    exchanges.set(socket, { req, res })
    if (isClosing) endWith(res)
    count(socket, 1)
    res.once('close', () => {
      bytesAnswered.set(socket, socket.bytesRead)
      count(socket, -1)
    })
  })
  server.on('clientError', (err: NodeJS.ErrnoException, duplex) => {
    const socket = duplex as Socket
    const status = answerClientError(err, socket, exchanges.get(socket))
    // In the middle of a request it is the app that sees its end; who never said a word asked for nothing.
    const isUnseen = !connections.get(socket) && socket.bytesRead > 0
    if (status !== undefined && isUnseen) onTurnedAway({ status, reason: err.code ?? 'no HTTP' })
  })
  return {
    port,
    url: `http://${shownHost(address.host)}:${port}`,
    close(deadlineMs = 10_000) {
      isClosing = true
      // Else they would send their next request over a connection that is about to end.
      for (const socket of connections.keys()) endWith(exchanges.get(socket)?.res)
      return new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), deadlineMs)
        server.close(() => {
          clearTimeout(late)
          // A cut connection is over one turn of the event loop later; whose body it was has to see that, and to say so.
          setImmediate(() => setImmediate(resolve))
        })
        for (const socket of connections.keys()) count(socket, 0)
      })
    },
  }
}

/** What was said to whoever cut off his request or sent it too slowly, instead of the app's answer; undefined: nothing. */
export function statusSentTo(socket: Duplex): number | undefined {
  return sentStatuses.get(socket)
}

const sentStatuses = new WeakMap<Duplex, number>()

/**
 * Neither path nor Host header can be made out. Never 400: after that a webhook does not come again, and it may be a proxy in
 * between that garbles them.
 */
function turnAway(err: unknown, onTurnedAway: (request: TurnedAway) => void): Response {
  const isTheirs = err instanceof RequestError
  const request = isTheirs ? { status: 421, reason: err.message } : { status: 500, reason: 'unexpected error', err }
  onTurnedAway(request)
  const detail = isTheirs ? `The address of this request cannot be read: ${err.message}.` : 'This did not work.'
  const code = isTheirs ? 'address-unreadable' : 'unexpected'
  const title = isTheirs ? 'Misdirected Request' : 'Internal Server Error'
  const { status } = request
  return Response.json(
    { type: 'about:blank', title, status, code, detail },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  )
}

interface Exchange {
  req: IncomingMessage
  res: ServerResponse
}

/** The connection ends with this answer, unless it is too late to say so. */
function endWith(res: ServerResponse | undefined): void {
  if (res && !res.headersSent) res.setHeader('Connection', 'close')
}

/**
 * Node says 400 to all of it, and a webhook that was refused so does not come again, though it may be a proxy that has cut or
 * garbled it: so never 400. Returns the status, if one could still be sent; each request gets one answer at most.
 */
function answerClientError(err: NodeJS.ErrnoException, socket: Socket, newest?: Exchange): number | undefined {
  if (newest?.req.complete && !newest.res.writableFinished && socket.writable) {
    // What came behind a whole request does not take its answer away.
    if (newest.res.headersSent) socket.destroySoon()
    endWith(newest.res)
    return undefined
  }
  const isAnswered = newest !== undefined && !newest.req.complete && newest.res.headersSent
  const head = CLIENT_ERRORS[err.code ?? ''] ?? '421 Misdirected Request'
  const status = socket.writable && !isAnswered ? Number.parseInt(head, 10) : undefined
  if (status !== undefined) {
    socket.write(`HTTP/1.1 ${head}\r\nConnection: close\r\n\r\n`)
    sentStatuses.set(socket, status)
  }
  socket.destroy(err)
  return status
}

const CLIENT_ERRORS: Record<string, string> = {
  HPE_INVALID_EOF_STATE: '503 Service Unavailable',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
