import { describe, expect, it } from 'vitest'
import { judgeAnswer, judgeFailure } from './judge-answer.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './market-time.ts'
import { resendWaitMs } from './resend-schedule.ts'

const good = { version: '1.0.0', name: 'Sluice', time: '2026-05-01T09:00:00.000Z' }
const answer = (body: unknown, status = 200, contentType: string | null = 'application/json') =>
  judgeAnswer({ status, contentType, body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('an answer to a notification', () => {
  it.each([
    ['with all three fields', good, 'application/json'],
    ['with unknown fields', { ...good, extra: 1 }, 'application/json; charset=utf-8'],
  ])('%s is accepted', (_what, body, contentType) => {
    expect(answer(body, 200, contentType)).toEqual({ kind: 'accepted' })
  })

  it.each([
    ['without a version', answer({ ...good, version: undefined }), 'INVALID_DATA'],
    ['with an empty name', answer({ ...good, name: '' }), 'INVALID_DATA'],
    ['with a name that is not ASCII', answer({ ...good, name: 'Шлюз' }), 'INVALID_DATA'],
    ['with a version that is too long', answer({ ...good, version: 'x'.repeat(101) }), 'INVALID_DATA'],
    ['with a time that is none', answer({ ...good, time: 'now' }), 'INVALID_DATA'],
    ['that is no JSON', answer('OK'), 'CANT_PARSE_RESPONSE'],
    ['of another media type', answer(good, 200, 'text/plain'), 'UNSUPPORTED_MEDIA_TYPE'],
    ['without a media type', answer(good, 200, null), 'UNSUPPORTED_MEDIA_TYPE'],
    ['in another charset', answer(good, 200, 'application/json; charset=windows-1251'), 'UNSUPPORTED_MEDIA_TYPE'],
    ['202', answer(good, 202), 'HTTP'],
    ['302', answer('', 302), 'HTTP'],
    ['500', answer({ error: { type: 'UNKNOWN', message: 'x' } }, 500), 'HTTP'],
  ])('%s is sent again', (_what, judgement, error) => {
    expect(judgement).toMatchObject({ kind: 'failed', error })
  })

  it('400 is final, in whatever form', () => {
    expect(answer({ error: { type: 'DUPLICATED_EVENT', message: 'x' } }, 400)).toEqual({
      kind: 'refused',
      isWellFormed: true,
    })
    expect(answer('no', 400)).toEqual({ kind: 'refused', isWellFormed: false })
  })

  it.each([
    ['CONNECTION_REFUSED', Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })],
    [
      'CONNECTION_TIMED_OUT',
      Object.assign(new TypeError('fetch failed'), { cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } }),
    ],
    ['SSL_ERROR', Object.assign(new TypeError('fetch failed'), { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })],
    ['READ_TIMED_OUT', new DOMException('too late', 'TimeoutError')],
    ['READ_TIMED_OUT', Object.assign(new TypeError('fetch failed'), { cause: { code: 'UND_ERR_SOCKET' } })],
  ])('that never comes is %s', (error, err) => {
    expect(judgeFailure(err)).toMatchObject({ kind: 'failed', error })
  })
})

describe('the schedule of resends', () => {
  it.each([
    ['at first', 0, MINUTE_MS],
    ['in the first hour', HOUR_MS - 1, MINUTE_MS],
    ['after an hour', HOUR_MS, 15 * MINUTE_MS],
    ['in the first day', DAY_MS - 1, 15 * MINUTE_MS],
    ['after a day', DAY_MS, HOUR_MS],
  ])('%s', (_when, waitedMs, waitMs) => {
    expect(resendWaitMs(waitedMs)).toBe(waitMs)
  })
})
