import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { LoadResult, LoadRun } from './send-webhooks.ts'

/** For the last answers, after which a run has failed. */
const GRACE_MS = 20_000

/** Runs the load generator in a process of its own, so that it does not share an event loop with what it measures. */
export function generateLoad(run: LoadRun, signal: AbortSignal): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(run.seconds * 1_000 + GRACE_MS)])
    const child = fork(join(import.meta.dirname, 'send-webhooks.ts'), { signal: within })
    child.once('message', (result) => resolve(result as LoadResult))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the load generator ended with code ${code}`)))
    child.send(run)
  })
}
