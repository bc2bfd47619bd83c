import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf } from './process-identity.mjs'

/**
 * A process that a run has started, written down so that it is found again when the launcher was killed and could not
 * stop it.
 */
export interface ProcessRecord {
  pid: number
  name: string
  kind: ProcessKind
  /** When it started: ids are used again, and nothing else may be touched. */
  identity: string
}

/** In the order in which they are stopped. `attached` is a launcher of further processes in another terminal. */
const kinds = ['attached', 'service', 'redis', 'postgres'] as const
export type ProcessKind = (typeof kinds)[number]

/** Writes the record; the returned function forgets it. */
export function recordProcess(runPath: string, started: Omit<ProcessRecord, 'identity'>): () => void {
  const record: ProcessRecord = { ...started, identity: identityOf(started.pid) ?? 'ended' }
  const folder = join(runPath, 'processes')
  const file = join(folder, `${record.pid}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(record))
  return () => rmSync(file, { force: true })
}

/** The recorded processes that still run. */
function listRecordedProcesses(runPath: string): ProcessRecord[] {
  const folder = join(runPath, 'processes')
  if (!existsSync(folder)) return []
  const records: ProcessRecord[] = []
  for (const name of readdirSync(folder)) {
    try {
      records.push(JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessRecord)
    } catch {
      // Half-written by a launcher that was killed in that moment, or forgotten since the listing.
    }
  }
  return records.filter(isRunning)
}

/** Those of one kind that still run. */
export function recordedOf(runPath: string, kind: ProcessKind): ProcessRecord[] {
  return listRecordedProcesses(runPath).filter((record) => record.kind === kind)
}

/** Stops the recorded processes that still run, services before servers. Returns how many there were. */
export async function stopLeftovers(runPath: string): Promise<number> {
  const left = listRecordedProcesses(runPath)
  for (const kind of kinds) {
    await Promise.all(left.filter((record) => record.kind === kind).map(stopRecorded))
  }
  rmSync(join(runPath, 'processes'), { recursive: true, force: true })
  return left.length
}

/** Asks a process to stop, and after 10 s makes it. SIGINT is Postgres's fast shutdown: SIGTERM would wait for clients. */
export async function stopRecorded(record: ProcessRecord): Promise<void> {
  signal(record, record.kind === 'postgres' ? 'SIGINT' : 'SIGTERM')
  if (await ends(record, 10_000)) return
  signal(record, 'SIGKILL')
  await ends(record, 5_000)
}

function isRunning(record: ProcessRecord): boolean {
  return identityOf(record.pid) === record.identity
}

function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  try {
    if (isRunning(record)) process.kill(record.pid, name)
  } catch {
    // It has ended by itself in between.
  }
}

async function ends(record: ProcessRecord, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (isRunning(record)) {
    if (Date.now() > deadline) return false
    await delay(50)
  }
  return true
}
