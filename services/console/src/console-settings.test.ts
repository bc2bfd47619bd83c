import { ConfigError } from '@sluice/runtime'
import { expect, test } from 'vitest'
import { readConsoleSettings } from './console-settings.ts'

test('a HOST that opens ingress to the network does not open the console', () => {
  const closed = { host: '127.0.0.1', isOpen: false }
  expect(readConsoleSettings({ HOST: '0.0.0.0' })).toMatchObject(closed)
  expect(readConsoleSettings({ HOST: '0.0.0.0', CONSOLE_HOST: '' })).toMatchObject(closed)
})

test.each([
  ['127.0.0.1', false],
  ['127.0.0.2', false],
  ['localhost', false],
  ['::1', false],
  ['0.0.0.0', true],
  ['::', true],
  ['10.1.2.3', true],
  ['console.example', true],
])('listening at %s: open to others is %s', (CONSOLE_HOST, isOpen) => {
  expect(readConsoleSettings({ CONSOLE_HOST })).toMatchObject({ host: CONSOLE_HOST, isOpen })
})

test('own names are CONSOLE_HOST unless it is a wildcard, and those of CONSOLE_HOSTS', () => {
  const ownHosts = (env: Record<string, string>) => readConsoleSettings(env).ownHosts
  expect(ownHosts({ CONSOLE_HOST: '0.0.0.0', CONSOLE_HOSTS: 'Console.example, sluice.local' })).toEqual([
    'console.example',
    'sluice.local',
  ])
  expect(ownHosts({ CONSOLE_HOST: '10.1.2.3' })).toEqual(['10.1.2.3'])
  expect(ownHosts({ HOST: '10.1.2.3' })).not.toContain('10.1.2.3')
  expect(() => readConsoleSettings({ CONSOLE_HOSTS: 'https://console.example' })).toThrow(ConfigError)
})
