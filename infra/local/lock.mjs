import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf } from './process-identity.mjs'

/**
 * Takes a lock file for this process, without waiting. The lock of a process that has ended, however it ended, is taken
 * over.
 *
 * @param {string} file
 * @returns {{ release: () => void } | { heldBy: number }}
 */
export function tryLock(file) {
  const content = `${process.pid} ${identityOf(process.pid)}`
  const own = `${file}.${process.pid}-${randomBytes(3).toString('hex')}`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(own, content)
  try {
    for (;;) {
      // A link appears whole or not at all, and only where nothing is.
      if (attempt(() => linkSync(own, file), 'EEXIST')) {
        return {
          release() {
            if (contentOf(file) === content) rmSync(file, { force: true })
          },
        }
      }
      const found = contentOf(file)
      const heldBy = holderOf(found)
      if (heldBy !== undefined) return { heldBy }
      takeAway(file, found)
    }
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Runs `work` under the lock, after waiting for whoever holds it.
 *
 * @template T
 * @param {string} file
 * @param {{ onWait: (heldBy: number) => void }} options `onWait` is called once, when there is somebody to wait for.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, { onWait }, work) {
  let hasWaited = false
  for (;;) {
    const lock = tryLock(file)
    if ('release' in lock) {
      try {
        return await work()
      } finally {
        lock.release()
      }
    }
    if (!hasWaited) onWait(lock.heldBy)
    hasWaited = true
    await delay(200)
  }
}

/**
 * Removes a stale lock. Another process may have taken it over since we looked: then it is put back.
 *
 * @param {string} file
 * @param {string | undefined} stale
 */
function takeAway(file, stale) {
  const aside = `${file}.stale-${process.pid}`
  if (!attempt(() => renameSync(file, aside), 'ENOENT')) return
  if (contentOf(aside) !== stale) attempt(() => linkSync(aside, file), 'EEXIST')
  rmSync(aside, { force: true })
}

/**
 * The process that holds the lock, when it still runs.
 *
 * @param {string | undefined} content
 */
function holderOf(content) {
  const [pid, identity] = (content ?? '').split(' ')
  return identity !== undefined && identityOf(Number(pid)) === identity ? Number(pid) : undefined
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * True when `act` went through, false when it failed in the expected way.
 *
 * @param {() => void} act
 * @param {string} expectedCode
 */
function attempt(act, expectedCode) {
  try {
    act()
    return true
  } catch (err) {
    if (/** @type {NodeJS.ErrnoException} */ (err).code === expectedCode) return false
    throw err
  }
}
