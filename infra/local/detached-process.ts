import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type ProcessKind, recordProcess } from './process-records.ts'

/** A child in a process group of its own, so that a terminal's Ctrl-C reaches only the launcher, which stops things in order. */
export interface DetachedProcess {
  child: ChildProcess
  pid: number
  /** Settles when it has ended, with what says how: `code 1`, `signal SIGKILL`. */
  ended: Promise<string>
  isRunning(): boolean
  /** Sends the signal, and SIGKILL after `graceMs` or when `hurry` aborts. Settles when the process has ended. */
  stop(name: NodeJS.Signals, graceMs: number, hurry?: AbortSignal): Promise<void>
}

export interface DetachedOptions extends SpawnOptions {
  /** The run whose later sweep shall find this process. */
  runPath: string
  name: string
  kind: ProcessKind
}

/** Rejects when the program cannot be started at all. */
export async function spawnDetached(
  command: string,
  args: string[],
  options: DetachedOptions,
): Promise<DetachedProcess> {
  const { runPath, name, kind, ...spawnOptions } = options
  const child = spawn(command, args, { ...spawnOptions, detached: true })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (err) => reject(new Error(`start ${name}: ${err.message}`, { cause: err })))
  })
  const pid = child.pid!
  const forget = recordProcess(runPath, { pid, name, kind })
  let isRunning = true
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      isRunning = false
      forget()
      resolve(signal === null ? `code ${code}` : `signal ${signal}`)
    })
  })
  return {
    child,
    pid,
    ended,
    isRunning: () => isRunning,
    async stop(signal, graceMs, hurry) {
      if (!isRunning) return
      child.kill(signal)
      const grace = new AbortController()
      const patience = AbortSignal.any([grace.signal, ...(hurry ? [hurry] : [])])
      await Promise.race([ended, delay(graceMs, undefined, { signal: patience }).catch(() => undefined)])
      grace.abort()
      if (isRunning) child.kill('SIGKILL')
      await ended
    },
  }
}
