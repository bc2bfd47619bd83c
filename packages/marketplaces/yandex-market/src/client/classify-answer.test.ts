import type { HttpResult } from '@sluice/outbound'
import { expect, test } from 'vitest'
import { classifyAnswer, limitsOf } from './classify-answer.ts'

const NOW = Date.parse('2026-09-28T07:30:00Z')
const error = (message: string) => ({ status: 'ERROR', errors: [{ code: 'X', message }] })

function answered(status: number, body?: unknown, headers: Record<string, string> = {}): HttpResult {
  return { kind: 'answered', status, headers, body }
}

test.each([
  ['a 200', answered(200, { status: 'OK' }), { kind: 'ok', body: { status: 'OK' } }],
  ['a 200 without a body', answered(200), { kind: 'ok', body: undefined }],
  ['a page in a 200', answered(200, '<html>'), { kind: 'unavailable', cause: '5xx', isUnclear: true, status: 200 }],
  ['an error in a 200', answered(200, error('no')), { kind: 'rejected', status: 200, message: 'no' }],
  ['a 400', answered(400, error('No way')), { kind: 'rejected', status: 400, message: 'No way', detail: '400 No way' }],
  ['a 400 without errors', answered(400, { errors: null }), { kind: 'rejected', message: '', detail: '400' }],
  ['a 404', answered(404, error('gone')), { kind: 'not-found', status: 404, detail: '404 gone' }],
  ['a 401', answered(401, error('bad')), { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 401 }],
  ['a 403', answered(403), { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 403 }],
  ['a 405', answered(405), { kind: 'refused', fault: 'ours', status: 405 }],
  ['a 415', answered(415), { kind: 'refused', fault: 'ours', status: 415 }],
  ['a redirect', answered(302), { kind: 'refused', fault: 'ours', status: 302 }],
  ['a 423', answered(423), { kind: 'unavailable', cause: '5xx', isUnclear: false, status: 423 }],
  ['a 499', answered(499), { kind: 'unavailable', cause: 'timeout', isUnclear: true, status: 499 }],
  ['a 408', answered(408), { kind: 'unavailable', cause: 'timeout', isUnclear: true, status: 408 }],
  [
    'a 503',
    { kind: 'unavailable', cause: '5xx', isUnclear: true, status: 503, body: error('later') },
    { kind: 'unavailable', cause: '5xx', isUnclear: true, status: 503, detail: '5xx: 503 later' },
  ],
  [
    'a cut connection',
    { kind: 'unavailable', cause: 'network', isUnclear: true },
    { kind: 'unavailable', cause: 'network', isUnclear: true, detail: 'network: no answer' },
  ],
  [
    'an open breaker',
    { kind: 'not-tried', cause: 'breaker-open', waitMs: 7 },
    { kind: 'not-tried', cause: 'breaker-open', waitMs: 7 },
  ],
  [
    '420 for too many at a time',
    answered(420, error('Hit rate limit of 4 parallel requests for businessId 7001')),
    { kind: 'limited', scope: 'parallel', untilMs: NOW + 1_000 },
  ],
  [
    '420 for this hour',
    answered(420, error("Hit rate limit of 500 requests per '1 hour' for resource 'R' for campaignId 1"), {
      'x-ratelimit-resource-until': 'Mon, 28 Sep 2026 08:00:00 GMT',
    }),
    { kind: 'limited', scope: 'resource', untilMs: NOW + 1_800_000 },
  ],
  [
    '420 for this hour without its end',
    answered(420, error('Hit rate limit of 500 requests')),
    { kind: 'limited', scope: 'resource', untilMs: NOW + 60_000 },
  ],
  [
    '420 of a clock behind ours',
    answered(420, undefined, { 'x-ratelimit-resource-until': 'Mon, 28 Sep 2026 07:00:00 GMT' }),
    { kind: 'limited', scope: 'resource', untilMs: NOW + 1_000 },
  ],
] as const)('%s', (_, result, expected) => {
  expect(classifyAnswer(result as HttpResult, NOW)).toMatchObject(expected)
})

test('what was sent in secret does not come back in a text', () => {
  const result = answered(400, error('Invalid incoming cis for item with id = 1: 0104607\u001d93Zj, call +79161234567'))
  const answer = classifyAnswer(result, NOW, ['0104607\u001d93Zj'])
  expect(JSON.stringify(answer)).not.toContain('0104607')
  expect(answer).toMatchObject({ detail: '400 Invalid incoming cis for item with id = 1: ***, call ***' })
})

test('the allowance is read where it is told, and only there', () => {
  expect(
    limitsOf({
      'x-ratelimit-resource-remaining': '12',
      'x-ratelimit-resource-until': 'Mon, 28 Sep 2026 08:00:00 GMT',
    }),
  ).toEqual({ remaining: 12, untilMs: NOW + 1_800_000 })
  expect(limitsOf({ 'x-ratelimit-resource-remaining': 'many', 'x-ratelimit-resource-until': 'soon' })).toEqual({})
})
