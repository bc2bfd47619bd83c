import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cloneFolder, cloneId, dataFolder } from './clone.ts'
import { tryLock } from './lock.mjs'
import { removePostgresHome } from './postgres-home.ts'
import { stopLeftovers } from './process-records.ts'

/** Where one run keeps its servers' data, its logs and the records of its processes. */
export interface RunFolder {
  /** `start` for what `npm start` keeps; unique for a throw-away run. */
  name: string
  path: string
  isKept: boolean
  /** Servers write as they would in earnest (AOF, fsync); else as fast as they can. */
  isDurable: boolean
}

const runsFolder = join(dataFolder, 'runs')

/** The folder of `npm start`: the next start finds its data here. */
export function keptRunFolder(): RunFolder {
  mkdirSync(dataFolder, { recursive: true })
  return { name: 'start', path: dataFolder, isKept: true, isDurable: true }
}

/** A folder for one throw-away run of this process. Durable where servers are killed or figures are taken. */
export function createRunFolder({ isDurable = false } = {}): RunFolder {
  const name = `${process.pid}-${randomBytes(3).toString('hex')}`
  const path = join(runsFolder, name)
  return 'release' in tryLock(lockOf(path)) ? { name, path, isKept: false, isDurable } : createRunFolder({ isDurable })
}

/** Removes a throw-away run's data for good; its processes must have ended. */
export function removeRunFolder(run: RunFolder): void {
  if (run.isKept) return
  removePostgresHome(run)
  rmSync(run.path, { recursive: true, force: true, maxRetries: 3 })
}

/** Stops and removes what throw-away runs left whose launcher was killed. */
export async function sweepDeadRuns(): Promise<void> {
  if (!existsSync(runsFolder)) return
  for (const name of readdirSync(runsFolder)) {
    const run: RunFolder = { name, path: join(runsFolder, name), isKept: false, isDurable: false }
    if ('heldBy' in tryLock(lockOf(run.path))) continue
    await stopLeftovers(run.path)
    removeRunFolder(run)
  }
}

function lockOf(path: string): string {
  return join(path, 'launcher.lock')
}

export const placesNote = (postgresFolder: string): string => `What lies here

This folder belongs to the clone ${cloneFolder} (id ${cloneId()}).
Delete it, while nothing runs, to start from nothing.

redis/       what Redis keeps for npm start
logs/        what processes wrote
runs/        throw-away data of tests and demos that run right now
Postgres     ${postgresFolder}
${postgresFolder.startsWith(dataFolder) ? '' : '             (outside, because Postgres does not run as root and its user may not enter this clone; delete it, too)\n'}`
