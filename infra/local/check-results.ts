import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from './results.ts'

export const checkNames = ['check:format', 'check:lint', 'check:types', 'check:dead-code'] as const

/**
 * Reads what turbo's run summary says of the four checks. A check of which it says nothing has failed: turbo did not come
 * that far.
 */
export function readCheckResults(runsFolder: string, since: number, exitCode: number): Results {
  const summary = newestSummary(runsFolder, since)
  const codes = new Map(
    (summary?.tasks ?? []).map(({ task, execution, cache }) => [
      task,
      execution?.exitCode ?? (cache?.status === 'HIT' ? 0 : undefined),
    ]),
  )
  const results: Results = { passed: 0, failures: [] }
  for (const name of checkNames) {
    if (codes.get(name) === 0) results.passed++
    else results.failures.push(`${name} (npx pnpm run ${name})`)
  }
  if (exitCode !== 0 && results.failures.length === 0) results.failures.push(`turbo ended with code ${exitCode}`)
  return results
}

interface RunSummary {
  tasks?: { task: string; execution?: { exitCode?: number }; cache?: { status?: string } }[]
}

function newestSummary(folder: string, since: number): RunSummary | undefined {
  if (!existsSync(folder)) return undefined
  const [newest] = readdirSync(folder)
    .map((name) => ({ file: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .filter(({ at }) => at >= since)
    .toSorted((a, b) => b.at - a.at)
  return newest && (JSON.parse(readFileSync(newest.file, 'utf8')) as RunSummary)
}
