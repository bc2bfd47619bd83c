import { relative } from 'node:path'
import { cloneFolder } from './clone.ts'
import type { Results } from './results.ts'

/** The part of vitest's JSON report that we read. */
interface Report {
  numTotalTests: number
  testResults: {
    name: string
    status: string
    message?: string
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[]
  }[]
}

/**
 * Counts vitest's report. A file that could not be loaded, a vitest that crashed, an error outside of any test and a run
 * without tests each count as one failure.
 */
export function readTestResults(json: string | undefined, exitCode: number): Results {
  const report = parseReport(json)
  if (report === undefined) return { passed: 0, failures: [`vitest wrote no report (code ${exitCode})`] }
  const results: Results = { passed: 0, failures: [] }
  for (const file of report.testResults) {
    const name = relative(cloneFolder, file.name)
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    results.passed += file.assertionResults.filter(({ status }) => status === 'passed').length
    for (const test of failed) results.failures.push(`${name} > ${test.fullName}${reason(test.failureMessages?.[0])}`)
    if (failed.length === 0 && file.status === 'failed') results.failures.push(`${name}${reason(file.message)}`)
  }
  if (results.passed === 0 && results.failures.length === 0) results.failures.push('no test ran')
  else if (exitCode !== 0 && results.failures.length === 0) {
    results.failures.push(`vitest ended with code ${exitCode}: an error outside of the tests (see above)`)
  }
  return results
}

function parseReport(json: string | undefined): Report | undefined {
  try {
    return json === undefined ? undefined : (JSON.parse(json) as Report)
  } catch {
    return undefined
  }
}

function reason(message: string | undefined): string {
  const first = message?.split('\n')[0]?.trim()
  return first ? `: ${first.slice(0, 160)}` : ''
}
