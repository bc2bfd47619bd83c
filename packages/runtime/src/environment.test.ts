import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadEnvironment } from './environment.ts'

const servers = { REDIS_URL: 'redis://127.0.0.1:6379', DATABASE_URL: 'postgres://127.0.0.1/sluice' }

test('only the servers have to be named; the rest has defaults that are safe on a laptop', () => {
  expect(loadEnvironment({ ...servers, PORT: '', PATH: '/bin' })).toEqual({
    redisUrl: 'redis://127.0.0.1:6379',
    databaseUrl: 'postgres://127.0.0.1/sluice',
    host: '127.0.0.1',
    healthHost: '127.0.0.1',
    healthPort: 0,
    logLevel: 'info',
    logFormat: 'json',
  })
})

test.each([
  'postgres://user:password@db.example:5432/sluice?sslmode=require',
  'postgresql://sluice@localhost/sluice?host=/tmp/folder',
])('takes the database at %s', (url) => {
  expect(loadEnvironment({ ...servers, DATABASE_URL: url }).databaseUrl).toBe(url)
})

test('every fault at once, without the value of a URL that may hold a password', () => {
  const wrong = {
    REDIS_URL: 'http://:hunter2@redis',
    PORT: '80800',
    HEALTH_PORT: 'x',
    LOG_LEVEL: 'loud',
    LOG_FORMAT: 'xml',
  }
  expect(() => loadEnvironment(wrong)).toThrow(ConfigError)
  try {
    loadEnvironment(wrong)
  } catch (err) {
    const { message } = err as ConfigError
    expect(message).not.toContain('hunter2')
    expect(message.split('\n')).toEqual([
      'The configuration cannot be used: 6 faults.',
      '  REDIS_URL: must look like redis://127.0.0.1:6379.',
      '  DATABASE_URL: is not set; for example postgresql://user:password@127.0.0.1:5432/sluice.',
      '  PORT: must be a port number from 0 to 65535.',
      '  HEALTH_PORT: must be a port number from 0 to 65535.',
      '  LOG_LEVEL: must be one of debug, info, warn, error, silent.',
      '  LOG_FORMAT: must be one of json, pretty.',
    ])
  }
})
