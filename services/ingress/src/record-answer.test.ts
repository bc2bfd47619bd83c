import { expect, test, vi } from 'vitest'
import { recordAnswer } from './record-answer.ts'

test.each([
  [{ route: '/a' }, 200, 'info'],
  [{ route: 'unknown', reason: 'Backslash in request path' }, 421, 'warn'],
  [{ route: 'unknown', reason: 'unexpected error', err: new Error('bug') }, 500, 'error'],
] as const)('%j answered %i is counted, and one line of level %s', (line, status, level) => {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  const countAcknowledgement = vi.fn()
  recordAnswer({ log, countAcknowledgement }, line, status, 1.234)
  expect(countAcknowledgement).toHaveBeenCalledExactlyOnceWith({ route: line.route, status, durationMs: 1.234 })
  expect(log[level]).toHaveBeenCalledExactlyOnceWith({ event: 'webhook.answered', ...line, status, durationMs: 1.2 })
  expect([log.info, log.warn, log.error].flatMap(({ mock }) => mock.calls)).toHaveLength(1)
})
