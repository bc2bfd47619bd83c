import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { serveHttp } from './serve-http.ts'

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
  const answer = Promise.withResolvers<string>()
  let text = ''
  const socket = connect(server.port, '127.0.0.1', () => socket.end(request))
  socket.setEncoding('utf8').on('data', (part: string) => (text += part))
  socket.on('error', () => {}).on('close', () => answer.resolve(text))
  expect(await answer.promise).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  await server.close()
})
