/** What came out of some checks or tests; a failure is told in one line. */
export interface Results {
  passed: number
  failures: string[]
}

export function add(one: Results, other: Results): Results {
  return { passed: one.passed + other.passed, failures: [...one.failures, ...other.failures] }
}

/** The last line of `npm test`. */
export function summaryLine({ passed, failures }: Results): string {
  return `${passed} passed, ${failures.length} failed`
}
