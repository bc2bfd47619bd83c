import { ConfigError } from '@sluice/runtime'
import { expect, test } from 'vitest'
import { readOwnHosts } from './console-settings.ts'

test('own names are HOST unless it is a wildcard, and those of CONSOLE_HOSTS', () => {
  expect(readOwnHosts({})).toEqual([])
  expect(readOwnHosts({ HOST: '0.0.0.0', CONSOLE_HOSTS: 'Console.example, sluice.local' })).toEqual([
    'console.example',
    'sluice.local',
  ])
  expect(readOwnHosts({ HOST: '10.1.2.3' })).toEqual(['10.1.2.3'])
  expect(() => readOwnHosts({ CONSOLE_HOSTS: 'https://console.example' })).toThrow(ConfigError)
})
