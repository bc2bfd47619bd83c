import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'
import { serveHttp, type TurnedAway } from './serve-http.ts'

test('close answers what is being answered, then ends although clients keep their connections', async () => {
  const entered = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const app = new Hono().get('/slow', async (c) => {
    entered.resolve()
    await release.promise
    return c.text('answered')
  })
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true })
  const answer = new Promise<string>((resolve, reject) => {
    get(`${server.url}/slow`, { agent }, (res) => {
      res.setEncoding('utf8').on('data', (text: string) => resolve(text))
    }).on('error', reject)
  })
  await entered.promise
  const closed = server.close(60_000)
  await expect(fetch(`${server.url}/slow`)).rejects.toThrow()
  release.resolve()
  expect(await answer).toBe('answered')
  await closed
  agent.destroy()
})

test('close cuts what does not end within the deadline', async () => {
  const entered = Promise.withResolvers<void>()
  const app = new Hono().get('/hangs', () => {
    entered.resolve()
    return new Promise<Response>(() => {})
  })
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  const answer = fetch(`${server.url}/hangs`)
  const refused = expect(answer).rejects.toThrow()
  await entered.promise
  await server.close(20)
  await refused
})

test('an address that is taken is an error, not a crash', async () => {
  const app = new Hono()
  const first = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  await expect(serveHttp(app, { host: '127.0.0.1', port: first.port })).rejects.toThrow('EADDRINUSE')
  await first.close()
})

test('close does not wait for connections on which nothing was sent, or not a whole request', async () => {
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 })
  const sockets = await Promise.all(['', 'POST / HTTP/1.1\r\nHo'].map((beginning) => open(server.port, beginning)))
  await fetch(server.url)
  const ends = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  // Node's own deadline, were it needed, lies behind the one of this test.
  await server.close(60_000)
  await Promise.all(ends)
})

test.each([
  ['without Host', 'GET /it HTTP/1.0\r\n\r\n'],
  ['of HTTP/1.1 without Host', 'GET /it HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['with an empty Host', 'GET /it HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
])('a request %s is answered like any other', async (_, request) => {
  const app = new Hono().get('/it', (c) => c.text(new URL(c.req.url).pathname))
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  expect(await exchange(server.port, request)).toMatch(/^HTTP\/1.1 200 .*\/it$/s)
  await server.close()
})

test.each([
  ['a backslash in the path', 'GET /a\\b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 421],
  ['a Host that is none', 'GET / HTTP/1.1\r\nHost: x y\r\nConnection: close\r\n\r\n', 421],
  ['no HTTP at all', 'no HTTP\r\n\r\n', 400],
])('%s: answered, and told to whoever counts, though no app saw it', async (_, request, status) => {
  const turnedAway: TurnedAway[] = []
  const options = { onTurnedAway: (request: TurnedAway) => void turnedAway.push(request) }
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 }, options)
  const answer = await exchange(server.port, request)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  if (status === 421) expect(answer).toContain('"code":"address-unreadable"')
  expect(turnedAway).toEqual([{ status, reason: expect.any(String) }])
  await server.close()
})

test('a connection that ends without a word is nobody who was turned away', async () => {
  const onTurnedAway = vi.fn()
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 }, { requestTimeoutMs: 20, onTurnedAway })
  expect(await exchange(server.port, '')).toMatch(/^(HTTP\/1.1 408 |$)/)
  await server.close()
  expect(onTurnedAway).not.toHaveBeenCalled()
})

test.each([
  ['headers', 'POST / HTTP/1.1\r\nHost: x\r\n'],
  ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'],
])('%s that never end are cut', async (_, beginning) => {
  const app = new Hono().post('/', async (c) => c.text(await c.req.text().catch(() => '')))
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 }, { requestTimeoutMs: 20 })
  const cut = Promise.withResolvers<void>()
  const socket = connect(server.port, '127.0.0.1', () => socket.write(beginning))
  socket.on('error', () => {}).on('close', () => cut.resolve())
  socket.resume()
  await cut.promise
  await server.close()
})

test.each([
  ['a body that ends too early may come again', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{', 503],
  ['what is no HTTP is refused', 'no HTTP\r\n\r\n', 400],
  ['headers without bound are refused', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
])('%s', async (_, request, status) => {
  const app = new Hono().post('/', async (c) => c.text(await c.req.text().catch(() => '')))
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  expect(await exchange(server.port, request, 'end')).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  await server.close()
})

/** Sends text as it is; what comes back until the connection is closed. `end`: nothing more will be sent. */
function exchange(port: number, request: string, how: 'write' | 'end' = 'write'): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket[how](request))
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
}

function open(port: number, beginning: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(beginning, () => resolve(socket)))
    socket.on('error', () => {}).resume()
  })
}
