import { describe, expect, test } from 'vitest'
import { isSecretKey, redactForLog, redactSecrets } from './redact.ts'

describe('redactForLog', () => {
  test('hides what stands under a telling key, however the key is spelled', () => {
    for (const key of [
      'clientSecret',
      'client_secret',
      'Client-Token',
      'authorization',
      'door_phone',
      'customerName',
      'profileLink',
      'steamLink',
    ]) {
      expect(redactForLog({ [key]: 'x' })).toEqual({ [key]: '[redacted]' })
    }
  })

  test('keeps what explains an order', () => {
    const line = {
      event: 'effect.attempted',
      orderId: '0190a4a0-0000-8000-8000-000000000001',
      orderNumber: 'KU-H89991234567',
      idempotencyKey: 'KU-H1/notify-marketplace/ready',
      kind: 'notify-marketplace',
      outcome: 'refused',
      status: 422,
      durationMs: 12.5,
      at: '2026-03-01T10:00:00.000+03:00',
      receivedAtMs: 1_789_123_456_789,
      job: 'ev-0123456789abcdef0123456789abcdef',
      isFinal: false,
      tokenUrl: 'https://kuper.example/auth/token',
    }
    expect(redactForLog(line)).toEqual(line)
  })

  test('an empty value stays to be seen', () => {
    expect(redactForLog({ token: '', phone: null, hasPhone: false })).toEqual({
      token: '',
      phone: null,
      hasPhone: false,
    })
  })

  test.each([
    ['call +7 999 123-45-67 now', 'call [redacted] now'],
    ['call 8 (999) 123-45-67', 'call [redacted]'],
    ['79991234567', '[redacted]'],
    ['Authorization: Bearer abc.def-123456', 'Authorization: Bearer [redacted]'],
    ['postgres://me:p@ss@db:5432/sluice refused', 'postgres://[redacted]@db:5432/sluice refused'],
    ['POST /auth?client_secret=s3cr3t&a=1', 'POST /auth?client_secret=[redacted]&a=1'],
    ['mail ivan.petrov@example.ru', 'mail [redacted]'],
    ['{"customer":{"name":"Иван","age":3}}', '{"customer":{"name":[redacted],"age":3}}'],
    ['cut off: {"code":4711,"phone":"+7 9', 'cut off: {"code":[redacted],"phone":[redacted]'],
    ['"{\\"name\\":\\"Иван\\",\\"n\\":1}"', '"{\\"name\\":[redacted],\\"n\\":1}"'],
    ['{"inboundTokens":["a","b"],"n":1}', '{"inboundTokens":[redacted],"n":1}'],
  ])('finds it inside a text: %s', (text, expected) => {
    expect(redactForLog(text)).toBe(expected)
  })

  test('JSON in a text is looked through to its depth: what a list or a text in it holds is hidden as well', () => {
    const json = JSON.stringify({ items: [{ sku: 'game', codes: ['KEY-1'], left: 2 }], note: '{"code":"KEY-2"}' })
    expect(redactForLog(json)).toBe(
      '{"items":[{"sku":"game","codes":[redacted],"left":2}],"note":"{\\"code\\":[redacted]}"}',
    )
    expect(redactForLog(json.slice(0, 40))).not.toContain('KEY')
  })

  test('what customers, and whoever answers them, wrote is hidden, and how to use a key', () => {
    const reply = { type: 'conversation.replied', replyId: 'r1', text: 'Dear Anna' }
    const read = { view: { kind: 'message', message: { id: '7', author: 'customer', text: 'I am ill' } } }
    const issued = { type: 'digital.issued', lines: [{ sku: 'game', codes: ['KEY'], slip: 'enter KEY here' }] }
    const text = JSON.stringify(redactForLog([reply, read, issued, { body: JSON.stringify(read) }]))
    expect(text).not.toMatch(/Anna|ill|KEY/)
    expect(text).toMatch(/conversation\.replied.*author.*game/)
    expect(redactForLog(JSON.stringify(read))).not.toContain('ill')
  })

  test('an error keeps type, message, code, stack and cause, and loses its other properties', () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    const error = Object.assign(new TypeError('for +79991234567', { cause }), { detail: 'row (Иван)', status: 503 })
    expect(redactForLog(error)).toEqual({
      type: 'TypeError',
      message: 'for [redacted]',
      status: 503,
      stack: expect.stringContaining('redact.test.ts'),
      cause: { type: 'Error', message: 'connect', code: 'ECONNREFUSED', stack: expect.any(String) },
    })
  })

  test('cycles, depth, length and odd values end in one bounded plain object', () => {
    const cycle: Record<string, unknown> = { n: 1n, at: new Date(0), bytes: Buffer.from('secret'), none: undefined }
    cycle.self = cycle
    cycle.map = new Map([['phone', '1']])
    cycle.headers = new Headers({ authorization: 'Basic eDp5', accept: '*/*' })
    cycle.list = Array.from({ length: 60 }, (_, index) => index)
    cycle.long = 'x'.repeat(5_000)
    expect(redactForLog(cycle)).toMatchObject({
      n: '1',
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[6 bytes]',
      self: '[circular]',
      map: { phone: '[redacted]' },
      headers: { authorization: '[redacted]', accept: '*/*' },
      long: expect.stringMatching(/^x{4000}… \[1000 more characters\]$/),
    })
    expect((redactForLog(cycle) as { list: unknown[] }).list).toHaveLength(51)
  })
})

test('redactSecrets shows a configuration: names stay, credentials go', () => {
  expect(
    redactSecrets({ name: 'main', api: { tokenUrl: 'http://a/token', clientSecret: 'x' }, clientTokens: ['a'] }),
  ).toEqual({
    name: 'main',
    api: { tokenUrl: 'http://a/token', clientSecret: '[redacted]' },
    clientTokens: '[redacted]',
  })
})

test('isSecretKey', () => {
  expect(['token', 'inboundTokens', 'pickupCodeSecret', 'pathSegments', 'basic', 'bearer'].every(isSecretKey)).toBe(
    true,
  )
  expect(['tokenUrl', 'url', 'idempotencyKey', 'numberPrefix'].some(isSecretKey)).toBe(false)
})
