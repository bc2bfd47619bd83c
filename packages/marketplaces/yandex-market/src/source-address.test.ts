import { expect, test } from 'vitest'
import { createSourceCheck } from './source-address.ts'

const isFromMarket = createSourceCheck({
  sources: ['5.45.207.0/25', '141.8.142.9', '2a02:6b8::/32'],
  trustedProxies: ['10.0.0.0/8', '192.168.1.1', 'fd00::/8', 'fe80::/10'],
  forwardedHeader: 'x-forwarded-for',
})
const check = (peer: string | undefined, forwarded?: string) =>
  isFromMarket(peer, new Headers(forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded }))

test.each<[string, string, string?]>([
  ['the first address of a range', '5.45.207.0'],
  ['its last one', '5.45.207.127'],
  ['a single address', '141.8.142.9'],
  ['IPv4 as IPv6', '::ffff:5.45.207.77'],
  ['IPv4 as IPv6 in hexadecimal', '::ffff:052d:cf4d'],
  ['IPv6', '2a02:6b8:0:1::1'],
  ['the Market behind a proxy', '10.0.0.7', '5.45.207.77'],
  ['a proxy as IPv4 in IPv6', '::ffff:10.0.0.7', '5.45.207.77'],
  ['a link-local proxy with its zone', 'fe80::1%eth0', '5.45.207.77'],
  ['two proxies', '10.0.0.7', '5.45.207.77, 192.168.1.1'],
  ['a proxy that writes ports', '10.0.0.7', '5.45.207.77:51022'],
  ['a proxy that writes ports of IPv6', 'fd00::7', '[2a02:6b8::1]:443'],
  ['a proxy that writes IPv4 as IPv6', '10.0.0.7', '::ffff:5.45.207.77'],
  ['whatever somebody wrote further left', '10.0.0.7', 'nonsense, 203.0.113.9, 5.45.207.77'],
  ['no attention to the header of a stranger', '5.45.207.77', '203.0.113.9'],
])('%s is let in', (_name, peer, forwarded) => {
  expect(check(peer, forwarded)).toBe(true)
})

test.each<[string, string | undefined, string?]>([
  ['the address after a range', '5.45.207.128'],
  ['a neighbour of a single address', '141.8.142.10'],
  ['a stranger who writes the header himself', '203.0.113.9', '5.45.207.77'],
  ['a stranger as IPv4 in IPv6', '::ffff:203.0.113.9', '5.45.207.77'],
  ['a stranger behind a proxy', '10.0.0.7', '203.0.113.9'],
  ['a stranger who wrote an address of the Market first', '10.0.0.7', '5.45.207.77, 203.0.113.9'],
  ['a stranger before two proxies', '10.0.0.7', '5.45.207.77, 203.0.113.9, 192.168.1.1'],
  ['a proxy that says nothing', '10.0.0.7'],
  ['a proxy that lists proxies only', '10.0.0.7', '10.0.0.8, 192.168.1.1'],
  ['an empty header', '10.0.0.7', ''],
  ['garbage where the address belongs', '10.0.0.7', '5.45.207.77, unknown'],
  ['an empty entry', '10.0.0.7', '5.45.207.77,'],
  ['an address with something behind it', '10.0.0.7', '5.45.207.77 x'],
  ['a short form', '10.0.0.7', '5.45.77'],
  ['a decimal form', '10.0.0.7', '86888269'],
  ['an octal form', '10.0.0.7', '05.055.0317.077'],
  ['no peer', undefined, '5.45.207.77'],
  ['an empty peer', ''],
  ['a socket path', '/var/run/sluice.sock', '5.45.207.77'],
])('%s is not', (_name, peer, forwarded) => {
  expect(check(peer, forwarded)).toBe(false)
})

test('several headers count as one list, the last one nearest', () => {
  const headers = new Headers([
    ['X-Forwarded-For', '5.45.207.77'],
    ['X-Forwarded-For', '203.0.113.9'],
  ])
  expect(isFromMarket('10.0.0.7', headers)).toBe(false)
})

test('the header is the configured one', () => {
  const check = createSourceCheck({
    sources: ['5.45.207.0/25'],
    trustedProxies: ['10.0.0.1'],
    forwardedHeader: 'x-real-ip',
  })
  expect(check('10.0.0.1', new Headers({ 'X-Real-IP': '5.45.207.1', 'X-Forwarded-For': '9.9.9.9' }))).toBe(true)
  expect(check('10.0.0.1', new Headers({ 'X-Forwarded-For': '5.45.207.1' }))).toBe(false)
})
