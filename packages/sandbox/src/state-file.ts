import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { Log } from './serve.ts'
import type { Timers } from './timers.ts'

/** How long after a change the file is written: what a SIGKILL may cost. */
export const SAVE_AFTER_MS = 2_000

export interface StateFile {
  /** Restores what the file holds. A file that cannot be used is renamed to `*.broken`, with a warning. */
  load(): void
  /** Something worth keeping has happened. Does nothing before `load` and after `close`. */
  changed(): void
  save(): void
  /** Saves for the last time. */
  close(): void
}

export interface StateFileOptions<S> {
  path: string
  /** Name and version of the state's shape: a file that says anything else is put aside. */
  shape: string
  /** Written at once, with its Maps, Sets, Dates and shared objects as they are. */
  snapshot: () => S
  restore: (state: S) => void
  /** Forgets what a `restore` that threw has left. */
  clear: () => void
  timers: Pick<Timers, 'schedule'>
  log: Log
}

/**
 * Keeps a simulator's state in a file. Killed before the rename: the old file is whole, the half-written one beside it is
 * overwritten by the next save. What cannot be written (disk full) is logged and tried again after the next change.
 */
export function createStateFile<S>(options: StateFileOptions<S>): StateFile {
  const { path, shape, log } = options
  let isLoaded = false
  let cancelSave: (() => void) | undefined

  function save(): void {
    // Stopped before it was loaded: an empty state must not replace the file.
    if (!isLoaded) return
    cancelSave?.()
    cancelSave = undefined
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(`${path}.new`, serialize({ shape, state: options.snapshot() }))
      renameSync(`${path}.new`, path)
    } catch (err) {
      log('error', 'sandbox.state-not-saved', { path, message: messageOf(err) })
    }
  }

  return {
    load() {
      isLoaded = true
      const bytes = readIfThere(path)
      if (bytes === undefined) return
      try {
        const found = deserialize(bytes) as { shape: string; state: S }
        if (found.shape !== shape) throw new Error(`its shape is ${found.shape}, not ${shape}`)
        options.restore(found.state)
        log('info', 'sandbox.state-restored', { path })
      } catch (err) {
        options.clear()
        renameSync(path, `${path}.broken`)
        log('warn', 'sandbox.state-put-aside', { path: `${path}.broken`, message: messageOf(err) })
      }
    },
    changed() {
      if (isLoaded) cancelSave ??= options.timers.schedule(SAVE_AFTER_MS, save)
    },
    save,
    close() {
      save()
      isLoaded = false
    },
  }
}

/** In their order: whatever goes on, and the newest `limit` of what is finished. */
export function withoutOldest<T>(items: Iterable<T>, isFinished: (item: T) => boolean, limit: number): T[] {
  const all = [...items]
  let tooMany = all.filter(isFinished).length - limit
  return all.filter((item) => {
    if (tooMany <= 0 || !isFinished(item)) return true
    tooMany -= 1
    return false
  })
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw err
  }
}

function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}
