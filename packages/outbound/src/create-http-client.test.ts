import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test, vi } from 'vitest'
import { createHttpClient, type HttpLimits } from './create-http-client.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0).reverse()) await close()
})

async function listen(handler: (req: IncomingMessage, res: ServerResponse) => unknown): Promise<string> {
  const server = createServer((req, res) => void handler(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function client(baseUrl: string, limits: HttpLimits = {}, timeoutMs = 5_000) {
  const http = createHttpClient({ name: 'test', baseUrl, timeoutMs, headers: { authorization: 'Bearer x' } }, limits)
  closers.push(() => http.close())
  return http
}

const answer = (status: number, body = '', headers = {}) =>
  listen((_req, res) => res.writeHead(status, headers).end(body))

test('a call keeps the path prefix and carries query, headers, body and idempotency key', async () => {
  let seen: { req: IncomingMessage; body: string } | undefined
  const url = await listen(async (req, res) => {
    seen = { req, body: await text(req) }
    res.end('{"ok":true}')
  })
  const result = await client(`${url}/prefix/`).call({
    method: 'PUT',
    path: '/things/1',
    query: { 'filters[state]': 'a b' },
    json: { code: '\u001d№' },
    idempotencyKey: 'k-1',
  })
  expect(result).toMatchObject({ kind: 'answered', status: 200, body: { ok: true } })
  expect(new URL(seen!.req.url!, url).pathname).toBe('/prefix/things/1')
  expect(new URL(seen!.req.url!, url).searchParams.get('filters[state]')).toBe('a b')
  expect(seen!.req.headers).toMatchObject({
    'idempotency-key': 'k-1',
    authorization: 'Bearer x',
    'content-type': 'application/json',
  })
  expect(JSON.parse(seen!.body)).toEqual({ code: '\u001d№' })
})

test('a form is sent urlencoded, to the very base address when the path is empty', async () => {
  let seen: string | undefined
  const url = await listen(async (req, res) => {
    seen = `${req.url} ${req.headers['content-type']} ${await text(req)}`
    res.end()
  })
  await client(`${url}/auth/token`).call({ method: 'POST', path: '', form: { a: '1 &' } })
  expect(seen).toBe('/auth/token application/x-www-form-urlencoded a=1+%26')
})

test.each([
  ['JSON', 200, '{"a":1}', { a: 1 }],
  ['text', 404, 'nope', 'nope'],
  ['nothing', 204, '', undefined],
  ['a redirect, which is not followed', 302, 'moved', 'moved'],
])('an answer with %s is a value', async (_name, status, sent, body) => {
  const result = await client(await answer(status, sent, { location: '/elsewhere' })).call({ method: 'GET', path: '/' })
  expect(result).toMatchObject({ kind: 'answered', status, body })
})

test('429 says how long to wait and is not unclear', async () => {
  const url = await answer(429, '{"error":{}}', { 'retry-after': '7' })
  expect(await client(url).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: 'rate-limited',
    isUnclear: false,
    status: 429,
    retryAfterMs: 7_000,
  })
})

test('5xx may have been processed', async () => {
  expect(await client(await answer(503, 'busy')).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: '5xx',
    isUnclear: true,
    status: 503,
    body: 'busy',
  })
})

test('a request that was sent and not answered in time is unclear', async () => {
  const url = await listen(() => {})
  expect(await client(url, {}, 50).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: 'timeout',
    isUnclear: true,
  })
})

test('a connection cut after sending is unclear', async () => {
  const url = await listen((req) => req.socket.destroy())
  expect(await client(url).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: 'network',
    isUnclear: true,
  })
})

test('an answer cut in its body is unclear and keeps its status', async () => {
  const url = await listen((_req, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('{"a":', () => res.destroy())
  })
  expect(await client(url).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: 'network',
    isUnclear: true,
    status: 200,
  })
})

test('a refused connection is clear: nothing was sent', async () => {
  const url = await answer(200)
  await closers.pop()!()
  expect(await client(url).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: 'network',
    isUnclear: false,
  })
})

test('a call that times out before its connection stands is clear', async () => {
  const silent = createTcpServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closers.push(() => silent.close())
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`
  expect(await client(url, { connectTimeoutMs: 200 }, 50).call({ method: 'POST', path: '/', json: {} })).toMatchObject({
    kind: 'unavailable',
    cause: 'timeout',
    isUnclear: false,
  })
})

test('an oversized answer is cut, its status still counts', async () => {
  const url = await answer(200, 'x'.repeat(5_000))
  const result = await client(url, { maxBodyBytes: 100 }).call({ method: 'GET', path: '/' })
  expect(result).toMatchObject({ kind: 'answered', status: 200, body: 'x'.repeat(100) })
})

test('a call stopped before it was sent is not tried, one stopped later is unclear', async () => {
  expect(await client(await answer(200)).call({ method: 'GET', path: '/', signal: AbortSignal.abort() })).toMatchObject(
    { kind: 'not-tried', cause: 'stopping' },
  )

  const stop = new AbortController()
  const url = await listen(() => stop.abort())
  expect(await client(url).call({ method: 'GET', path: '/', signal: stop.signal })).toMatchObject({
    kind: 'unavailable',
    cause: 'stopped',
    isUnclear: true,
  })
})

test('after close nothing is tried', async () => {
  const http = createHttpClient({ name: 'test', baseUrl: await answer(200), timeoutMs: 1_000 })
  await http.close()
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'not-tried', cause: 'stopping' })
})

test('an empty rate budget is told and nothing is sent', async () => {
  const handler = vi.fn((_req: IncomingMessage, res: ServerResponse) => void res.end())
  const url = await listen(handler)
  const http = client(url, { rateBudget: { take: async () => 250 } })
  expect(await http.call({ method: 'GET', path: '/' })).toEqual({
    kind: 'not-tried',
    cause: 'rate-budget',
    waitMs: 250,
  })
  expect(handler).not.toHaveBeenCalled()
})

test('a request that cannot be written down is a bug and throws', async () => {
  const call = { method: 'GET', path: '/', headers: { 'x-a': 'a\nb' } } as const
  await expect(client(await answer(200)).call(call)).rejects.toThrow('call test: the request is invalid')
})

test('the breaker opens after failures in a row, names the wait, lets one probe through and closes again', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const probe = Promise.withResolvers<void>()
  let calls = 0
  let isHealthy = false
  const url = await listen(async (_req, res) => {
    calls++
    if (isHealthy) await probe.promise
    res.writeHead(isHealthy ? 200 : 500).end()
  })
  const http = client(url, { breaker: { failures: 2, openMs: 10_000 } })
  const call = () => http.call({ method: 'POST', path: '/', json: {} })

  expect(await call()).toMatchObject({ cause: '5xx' })
  expect(await call()).toMatchObject({ cause: '5xx' })
  vi.advanceTimersByTime(4_000)
  expect(await call()).toEqual({ kind: 'not-tried', cause: 'breaker-open', waitMs: 6_000 })
  expect(calls).toBe(2)

  isHealthy = true
  vi.advanceTimersByTime(6_000)
  const probing = call()
  await vi.waitFor(() => expect(calls).toBe(3))
  expect(await call()).toMatchObject({ kind: 'not-tried', cause: 'breaker-open' })
  probe.resolve()
  expect(await probing).toMatchObject({ kind: 'answered' })
  expect(await call()).toMatchObject({ kind: 'answered' })
})

/** A destination that fails, answers well, or is cut by us, as told call by call. */
async function fickleDestination(breaker: { failures: number; openMs: number }) {
  let stop = () => {}
  let next: 'fail' | 'answer' | 'stop' = 'answer'
  const url = await listen((_req, res) => {
    if (next === 'stop') stop()
    else res.writeHead(next === 'fail' ? 500 : 200).end()
  })
  const http = client(url, { breaker })
  return (what: typeof next) => {
    next = what
    const signal = new AbortController()
    stop = () => signal.abort()
    return http.call({ method: 'POST', path: '/', json: {}, signal: signal.signal })
  }
}

test('calls that we cut ourselves neither open the breaker nor count as answers', async () => {
  const call = await fickleDestination({ failures: 2, openMs: 10_000 })
  for (let i = 0; i < 3; i++) expect(await call('stop')).toMatchObject({ cause: 'stopped' })
  expect(await call('fail')).toMatchObject({ cause: '5xx' })
  expect(await call('stop')).toMatchObject({ cause: 'stopped' })
  expect(await call('fail')).toMatchObject({ cause: '5xx' })
  expect(await call('answer')).toMatchObject({ cause: 'breaker-open' })
})

test('a probe that we cut ourselves leaves the breaker open', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const call = await fickleDestination({ failures: 1, openMs: 10_000 })
  await call('fail')
  vi.advanceTimersByTime(10_000)
  expect(await call('stop')).toMatchObject({ cause: 'stopped' })
  expect(await call('answer')).toMatchObject({ cause: 'breaker-open' })
  vi.advanceTimersByTime(10_000)
  expect(await call('answer')).toMatchObject({ kind: 'answered' })
})

test('being told to slow down never opens the breaker', async () => {
  const http = client(await answer(429), { breaker: { failures: 1, openMs: 10_000 } })
  for (let i = 0; i < 3; i++) expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ status: 429 })
})

test("a marketplace's own limit, 420, is an answer like any other and never opens the breaker", async () => {
  const url = await answer(420, '{"status":"ERROR"}', { 'X-RateLimit-Resource-Until': 'Tue, 10 Jul 2018 00:42:42 GMT' })
  const http = client(url, { breaker: { failures: 1, openMs: 10_000 } })
  for (let i = 0; i < 3; i++) {
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({
      kind: 'answered',
      status: 420,
      headers: { 'x-ratelimit-resource-until': 'Tue, 10 Jul 2018 00:42:42 GMT' },
      body: { status: 'ERROR' },
    })
  }
})
