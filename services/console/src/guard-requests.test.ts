import { describe, expect, test } from 'vitest'
import { objectToHost, objectToSite } from './guard-requests.ts'

describe('the host a request is for', () => {
  test.each([
    'localhost',
    'localhost:8090',
    '127.0.0.1:8090',
    '127.0.0.53',
    '[::1]:8090',
    'LOCALHOST:80',
    'console.example',
  ])('%s is ours', (host) => expect(objectToHost(host, ['console.example'])).toBeUndefined())

  test.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'user@127.0.0.1',
    '127.0.0.1/x',
    '0.0.0.0:8090',
    'other.console.example',
  ])('%s is not', (host) => expect(objectToHost(host, ['console.example'])).toEqual(expect.any(String)))
})

describe('the page a form belongs to', () => {
  const host = '127.0.0.1:8090'
  const own = 'http://127.0.0.1:8090'

  test.each([
    { origin: own, fetchSite: 'same-origin' },
    { origin: own, fetchSite: undefined },
    { origin: undefined, fetchSite: 'same-origin' },
    // TLS ends at a proxy.
    { origin: 'https://127.0.0.1:8090', fetchSite: undefined },
  ])('$origin $fetchSite is ours', (request) => expect(objectToSite({ host, ...request })).toBeUndefined())

  test.each([
    { origin: undefined, fetchSite: undefined },
    { origin: 'null', fetchSite: undefined },
    { origin: 'null', fetchSite: 'same-origin' },
    { origin: 'http://evil.example', fetchSite: undefined },
    { origin: 'http://evil.example', fetchSite: 'same-origin' },
    { origin: own, fetchSite: 'cross-site' },
    { origin: own, fetchSite: 'same-site' },
    { origin: undefined, fetchSite: 'none' },
    { origin: 'http://127.0.0.1:3000', fetchSite: undefined },
    { origin: 'http://127.0.0.1:8090.evil.example', fetchSite: undefined },
  ])('$origin $fetchSite is not', (request) => expect(objectToSite({ host, ...request })).toEqual(expect.any(String)))
})
