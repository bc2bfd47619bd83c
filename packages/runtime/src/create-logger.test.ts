import { describe, expect, test } from 'vitest'
import { createLogger, type LoggerSettings } from './create-logger.ts'

function capture(settings: Partial<LoggerSettings> = {}) {
  const lines: string[] = []
  const log = createLogger({ service: 'ingress', write: (line) => lines.push(line), ...settings })
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

/** Everything that must never be read in a log, in every place where it has ever been found. */
const nasty = {
  orderNumber: 'KU-H1234567890',
  headers: { authorization: 'Bearer SECRET-1', 'client-token': 'SECRET-2', cookie: 'SECRET-3' },
  account: { api: { clientSecret: 'SECRET-4', clientId: 'public' }, inbound: { basic: [{ password: 'SECRET-5' }] } },
  customer: { name: 'SECRET-6', phone: '+7 999 111-22-33' },
  courier: { name: 'SECRET-7' },
  delivery: { address: { full_address: 'SECRET-8' }, comment: 'SECRET-9' },
  pickupCode: 'SECRET-10',
  lines: [{ sku: '1', markingCodes: ['SECRET-11'] }],
  body: '{"raw":"SECRET-12"}',
  payload: { deep: 'SECRET-13' },
  url: 'redis://default:SECRET-14@redis:6379',
  detail: 'answered {"customer":{"name":"SECRET-15"},"code":"SECRET-16"',
  err: Object.assign(new Error('refused: Bearer SECRET-17', { cause: new Error('token=SECRET-18') }), {
    parameters: ['SECRET-19'],
    config: { headers: { authorization: 'SECRET-20' } },
  }),
  deeper: { a: { b: { c: { token: 'SECRET-21', phones: ['SECRET-22'] } } } },
}

describe('createLogger', () => {
  test.each(['json', 'pretty'] as const)(
    'a whole nasty object leaves no secret and no personal data (%s)',
    (format) => {
      const { log, lines } = capture({ format })
      log.error({ event: 'test.nasty', ...nasty })
      log.child({ token: 'SECRET-30', customer: { name: 'SECRET-31' } }).warn({ event: 'test.child' })
      log.child(nasty).warn({ event: 'test.child' })
      const output = lines.join('')
      expect(lines).toHaveLength(3)
      expect(output).not.toContain('SECRET-')
      expect(output).not.toMatch(/111-22-33/)
      expect(output).toContain('KU-H1234567890')
      expect(output).toContain('refused: Bearer [redacted]')
    },
  )

  test('one wide JSON line per event, with service, level and time', () => {
    const { log, parsed } = capture()
    log.child({ queue: 'assembly' }).info({ event: 'job.done', durationMs: 3, err: new Error('why') })
    expect(parsed()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        service: 'ingress',
        queue: 'assembly',
        event: 'job.done',
        durationMs: 3,
        err: { type: 'Error', message: 'why', stack: expect.any(String) },
      },
    ])
  })

  test('the level decides what is written', () => {
    const { log, parsed } = capture({ level: 'warn' })
    log.debug({ event: 'a' })
    log.info({ event: 'b' })
    log.warn({ event: 'c' })
    expect(parsed().map((line) => line.event)).toEqual(['c'])
  })

  test('pretty lines are calm: time, service, event, fields, and a stack only under an error', () => {
    const { log, lines } = capture({ format: 'pretty' })
    log.info({ event: 'webhook.accepted', orderNumber: 'KU-H1', note: 'two words', counts: { a: 1 }, none: undefined })
    log.warn({ event: 'call.late', err: Object.assign(new Error('slow'), { code: 'ETIMEDOUT' }) })
    log.error({ event: 'job.failed', err: new Error('boom', { cause: new Error('why') }) })
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d ingress {6}webhook\.accepted orderNumber=KU-H1 note="two words" counts=\{"a":1\}\n$/,
    )
    expect(lines[1]).toMatch(/ WARN call\.late\n {4}Error ETIMEDOUT: slow\n$/)
    expect(lines[2]).toMatch(/ ERROR job\.failed\n {4}Error: boom\n {8}at /)
    expect(lines[2]).toMatch(/\n {4}Error: why\n$/)
  })
})
