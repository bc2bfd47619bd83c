import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkNames, readCheckResults } from './check-results.ts'
import { add, summaryLine } from './results.ts'
import { readTestResults } from './test-results.ts'

const file = (status: string, statuses: string[], message?: string) => ({
  name: '/clone/a.test.ts',
  status,
  message,
  assertionResults: statuses.map((one, n) => ({
    fullName: `test ${n}`,
    status: one,
    failureMessages: ['because\nat a.ts'],
  })),
})
const report = (...testResults: ReturnType<typeof file>[]) => JSON.stringify({ testResults })

describe('tests', () => {
  test('passed and failed tests are counted, skipped ones are not', () => {
    const results = readTestResults(report(file('failed', ['passed', 'passed', 'failed', 'skipped', 'todo'])), 1)
    expect(summaryLine(results)).toBe('2 passed, 1 failed')
    expect(results.failures[0]).toMatch(/a\.test\.ts > test 2: because$/)
  })

  test('a file that could not be loaded is a failure', () => {
    expect(
      summaryLine(readTestResults(report(file('passed', ['passed']), file('failed', [], 'no such module')), 1)),
    ).toBe('1 passed, 1 failed')
  })

  test.each([
    ['no report', undefined, 0],
    ['half a report', '{"testRes', 1],
    ['a run without tests', report(), 0],
  ])('%s is a failure', (_name, json, code) => {
    expect(summaryLine(readTestResults(json, code))).toBe('0 passed, 1 failed')
  })

  test('an error outside of the tests is a failure though every test passed', () => {
    expect(summaryLine(readTestResults(report(file('passed', ['passed'])), 1))).toBe('1 passed, 1 failed')
  })
})

describe('checks', () => {
  const read = (tasks: unknown, exitCode: number) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-checks-'))
    try {
      if (tasks) writeFileSync(join(folder, 'run.json'), JSON.stringify({ tasks }))
      return readCheckResults(folder, 0, exitCode)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('each check counts by its own exit code', () => {
    const tasks = checkNames.map((task, n) => ({ task, execution: { exitCode: n === 1 ? 2 : 0 } }))
    const results = read(tasks, 1)
    expect(summaryLine(results)).toBe('3 passed, 1 failed')
    expect(results.failures[0]).toContain(checkNames[1])
  })

  test('a check that turbo says nothing of has failed', () => {
    expect(summaryLine(read(undefined, 1))).toBe('0 passed, 4 failed')
  })
})

test('results add up', () => {
  expect(summaryLine(add({ passed: 2, failures: ['a'] }, { passed: 3, failures: ['b'] }))).toBe('5 passed, 2 failed')
})
