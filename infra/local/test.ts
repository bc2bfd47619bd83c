import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { checkNames, readCheckResults } from './check-results.ts'
import { cloneFolder } from './clone.ts'
import { paint, step, tellFault } from './progress.ts'
import { add, type Results, summaryLine } from './results.ts'
import { createRunFolder, removeRunFolder, sweepDeadRuns } from './run-folder.ts'
import { startServers } from './servers.ts'
import { listenForStop } from './stop-signals.ts'
import { readTestResults } from './test-results.ts'

const { stopping } = listenForStop()
const stages: string[] = []

/** No stage takes so long unless it hangs. */
const STAGE_MS = 15 * 60_000

/**
 * `npm test [vitest's arguments]`: throw-away servers, the four checks, then all tests. The last line is
 * `N passed, N failed`, counting checks and tests.
 */
async function main(): Promise<number> {
  await sweepDeadRuns()
  const run = createRunFolder()
  let results: Results = { passed: 0, failures: [] }
  try {
    const servers = await staged('servers', () => startServers({ run, step }))
    try {
      results = add(results, await staged('checks', runChecks))
      if (!stopping.aborted) {
        const report = join(run.path, 'vitest.json')
        const env = {
          SLUICE_TEST_DATABASE_URL: servers.databaseUrl,
          SLUICE_TEST_REDIS_URL: servers.redisUrl,
        }
        results = add(results, await staged('tests', () => runTests(report, env)))
      }
    } finally {
      await servers.stop()
    }
  } catch (err) {
    tellFault(err)
    results = add(results, { passed: 0, failures: [`set-up: ${(err as Error).message}`] })
  } finally {
    removeRunFolder(run)
    // Stacks of e2e tests whose vitest worker was killed.
    await sweepDeadRuns()
  }
  if (stopping.aborted) results = add(results, { passed: 0, failures: ['interrupted'] })

  console.log(`\n${stages.join(', ')}`)
  if (results.failures.length > 0) {
    console.log(paint('red', '\nFailed:'))
    for (const failure of results.failures) console.log(`  ${paint('red', '✘')} ${failure}`)
  }
  console.log(`\n${summaryLine(results)}`)
  return results.failures.length === 0 ? 0 : 1
}

/** Format, lint, types and dead code, through turbo, which remembers those whose files have not changed. */
async function runChecks(): Promise<Results> {
  console.log('')
  const args = [
    'run',
    ...checkNames,
    '--continue=always',
    '--summarize',
    '--log-prefix=none',
    '--output-logs=errors-only',
  ]
  const summaries = join(cloneFolder, '.turbo/runs')
  rmSync(summaries, { recursive: true, force: true })
  const startedAt = Date.now()
  const code = await runTool('turbo', args, {
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
  })
  return readCheckResults(summaries, startedAt, code)
}

async function runTests(report: string, env: Record<string, string>): Promise<Results> {
  console.log('')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)]
  const code = await runTool('vitest', args, env)
  return readTestResults(existsSync(report) ? readFileSync(report, 'utf8') : undefined, code)
}

/** Runs a program of node_modules/.bin; its output is ours. */
function runTool(name: string, args: string[], env: Record<string, string>): Promise<number> {
  const bin = join(cloneFolder, 'node_modules/.bin')
  const plain = process.env.CI || !process.stdout.isTTY ? { NO_COLOR: '1' } : {}
  return new Promise((resolve, reject) => {
    const child = spawn(join(bin, name), args, {
      cwd: cloneFolder,
      stdio: 'inherit',
      env: { ...process.env, ...plain, ...env, PATH: [bin, process.env.PATH].join(delimiter) },
    })
    const stop = (): void => {
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
    }
    const tooLong = setTimeout(() => {
      console.log(`\n${name} hangs: stopped after ${STAGE_MS / 60_000} minutes`)
      stop()
    }, STAGE_MS)
    stopping.addEventListener('abort', stop)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(tooLong)
      stopping.removeEventListener('abort', stop)
      resolve(code ?? 1)
    })
  })
}

async function staged<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now()
  try {
    return await work()
  } finally {
    stages.push(`${name} ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  }
}

process.exitCode = await main().catch(tellFault)
