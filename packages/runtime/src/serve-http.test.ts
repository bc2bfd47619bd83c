import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'
import { serveHttp, type TurnedAway } from './serve-http.ts'

test('close answers what is being answered and says that the connection ends, then ends although clients would keep theirs', async () => {
  const entered = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const app = new Hono().get('/slow', async (c) => {
    entered.resolve()
    await release.promise
    return c.text('answered')
  })
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true })
  const answer = new Promise<string[]>((resolve, reject) => {
    get(`${server.url}/slow`, { agent }, (res) => {
      res.setEncoding('utf8').on('data', (text: string) => resolve([text, `${res.headers.connection}`]))
    }).on('error', reject)
  })
  await entered.promise
  const closed = server.close(60_000)
  await expect(fetch(`${server.url}/slow`)).rejects.toThrow()
  release.resolve()
  expect(await answer).toEqual(['answered', 'close'])
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

test('whose body is cut at that deadline has seen so by the end of close', async () => {
  const reading = Promise.withResolvers<void>()
  let seen = ''
  const app = new Hono().post('/', async (c) => {
    reading.resolve()
    seen = await c.req.text().catch(() => 'cut')
    return c.text(seen)
  })
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  await open(server.port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
  await reading.promise
  await server.close(20)
  expect(seen).toBe('cut')
})

test('an address that is taken is an error, not a crash', async () => {
  const app = new Hono()
  const first = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  await expect(serveHttp(app, { host: '127.0.0.1', port: first.port })).rejects.toThrow('EADDRINUSE')
  await first.close()
})

const wholeRequest = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('close does not wait for connections on which nothing was sent, or nothing since the last answer', async () => {
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 })
  const sockets = await Promise.all(['', wholeRequest].map((beginning) => open(server.port, beginning)))
  // Both have been accepted, and the second was answered.
  await fetch(server.url)
  const ends = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  // Node's own deadline, were it needed, lies behind the one of this test.
  await server.close(60_000)
  await Promise.all(ends)
})

test.each([
  ['first', ''],
  ['next', wholeRequest],
])('the %s request of a connection, of which close has met the beginning only, is answered', async (_, before) => {
  const app = new Hono().get('/', (c) => c.text('before')).get('/late', (c) => c.text('late'))
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  const socket = await open(server.port, before)
  // What was sent before is read before.
  if (before !== '') await fetch(server.url)
  await new Promise<unknown>((resolve) => socket.write('GET /late HTTP/1.1\r\nHo', resolve))
  await fetch(server.url)
  const text = textOf(socket)
  const closed = server.close(60_000)
  await expect(fetch(server.url)).rejects.toThrow()
  socket.write('st: x\r\n\r\n')
  expect(await text).toMatch(/HTTP\/1.1 200 .*Connection: close.*late$/is)
  await closed
})

test('a request that has begun and never comes whole is cut at the deadline of close', async () => {
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 })
  const text = textOf(await open(server.port, 'POST / HTTP/1.1\r\nHo'))
  await fetch(server.url)
  await server.close(20)
  expect(await text).toBe('')
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
  ['no HTTP at all', 'no HTTP\r\n\r\n', 421],
  ['a space in the path', 'POST /a b HTTP/1.1\r\nHost: x\r\n\r\n', 421],
  ['a path in raw UTF-8', 'POST /путь HTTP/1.1\r\nHost: x\r\n\r\n', 421],
  ['a header that is none', 'POST / HTTP/1.1\r\nHo st: x\r\n\r\n', 421],
  ['lines that end in LF only', 'POST / HTTP/1.1\nHost: x\n\n', 421],
  ['two lengths', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n', 421],
  ['CONNECT', 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', 501],
])('%s: answered, and told to whoever counts, though no app saw it', async (_, request, status) => {
  const turnedAway: TurnedAway[] = []
  const options = { onTurnedAway: (request: TurnedAway) => void turnedAway.push(request) }
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 }, options)
  const answer = await exchange(server.port, request)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(turnedAway).toEqual([{ status, reason: expect.any(String) }])
  await server.close()
})

test('an address that cannot be read is told so as a problem', async () => {
  const server = await serveHttp(new Hono(), { host: '127.0.0.1', port: 0 })
  const answer = await exchange(server.port, 'GET /a\\b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  expect(answer).toContain('"code":"address-unreadable"')
  await server.close()
})

test.each([
  ['does not end', 'write', 20],
  ['is cut', 'end-when-answered', 20_000],
  ['goes on in bytes that are none', 'junk-when-answered', 20_000],
] as const)(
  'who was answered before his body, which %s, is neither answered nor counted again',
  async (_, how, requestTimeoutMs) => {
    const onTurnedAway = vi.fn()
    const app = new Hono().post('/', (c) => c.text('no', 403))
    const server = await serveHttp(app, { host: '127.0.0.1', port: 0 }, { requestTimeoutMs, onTurnedAway })
    const beginning = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n'
    expect((await exchange(server.port, beginning, how)).match(/HTTP\/1.1 .../g)).toEqual(['HTTP/1.1 403'])
    await server.close()
    expect(onTurnedAway).not.toHaveBeenCalled()
  },
)

test('who ends his half behind a whole request is still answered', async () => {
  const app = new Hono<{ Bindings: HttpBindings }>().post('/', async (c) => {
    await c.req.text()
    await new Promise((resolve) => c.env.incoming.socket.once('end', () => setImmediate(resolve)))
    return c.text('answered')
  })
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  const request = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{'
  expect(await exchange(server.port, request, 'end')).toMatch(/^HTTP\/1.1 200 .*answered$/s)
  await server.close()
})

test('what comes behind a whole request does not take its answer away', async () => {
  const app = new Hono().get('/', async (c) => {
    await new Promise(setImmediate)
    return c.text('answered')
  })
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  const answer = await exchange(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\nno HTTP\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1.1 200 .*Connection: close.*answered$/is)
  await server.close()
})

test('a request with an unknown Expect is answered by the app', async () => {
  const server = await serveHttp(
    new Hono().get('/', (c) => c.text('app')),
    { host: '127.0.0.1', port: 0 },
  )
  const request = 'GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n'
  expect(await exchange(server.port, request)).toMatch(/^HTTP\/1.1 200 .*app$/s)
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
  ['so may one whose chunks have no size', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 421],
  ['headers without bound are refused', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
])('%s', async (_, request, status) => {
  const app = new Hono().post('/', async (c) => c.text(await c.req.text().catch(() => '')))
  const server = await serveHttp(app, { host: '127.0.0.1', port: 0 })
  expect(await exchange(server.port, request, 'end')).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  await server.close()
})

type How = 'write' | 'end' | 'end-when-answered' | 'junk-when-answered'

/** Sends text as it is; what comes back until the connection is closed. `end`: nothing more will be sent. */
function exchange(port: number, request: string, how: How = 'write'): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => (how === 'end' ? socket.end(request) : socket.write(request)))
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.once('data', () => {
      if (how === 'end-when-answered') socket.end()
      if (how === 'junk-when-answered') socket.write('junk\r\n')
    })
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
}

function open(port: number, beginning: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(beginning, () => resolve(socket)))
    socket.on('error', () => {}).resume()
  })
}

/** What comes from now on, until the connection is closed. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    socket.on('close', () => resolve(text))
  })
}
