import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isFreePort } from './free-port.ts'
import { tryLock } from './lock.mjs'

/** A port that is ours until it is released or this process ends. */
export interface ClaimedPort {
  port: number
  release(): void
}

/**
 * Claims the wanted port, or the next free one above it. Two clones that start in the same moment both see a port free
 * that neither has bound yet; the lock file between them lets only one have it.
 */
export async function claimPortFrom(wanted: number): Promise<ClaimedPort> {
  for (let port = wanted; port < wanted + 100; port++) {
    const lock = tryPortLock(port)
    if (lock === undefined) continue
    if (await isFreePort(port)) return { port, release: lock.release }
    lock.release()
  }
  return { port: await freePort(), release: () => undefined }
}

function tryPortLock(port: number): { release: () => void } | undefined {
  try {
    const lock = tryLock(join(tmpdir(), `sluice-port-${port}.lock`))
    return 'release' in lock ? lock : undefined
  } catch {
    // Left by another user, whose file we may not remove.
    return undefined
  }
}
