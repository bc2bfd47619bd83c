import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from './clone.ts'
import { identityOf } from './process-identity.mjs'
import type { Stack } from './stack.ts'

/** What `npm start` tells further terminals; holds passwords, so only the user may read it. */
export interface Running {
  pid: number
  identity: string
  redisUrl: string
  databaseUrl: string
  urls: Stack['urls']
  /** For every service process. */
  env: Record<string, string>
  /** Process ids by name, as they were at the start. */
  pids: Record<string, number>
}

const file = join(dataFolder, 'running.json')

export function writeRunning(stack: Stack): void {
  const running: Running = {
    pid: process.pid,
    identity: identityOf(process.pid) ?? '',
    redisUrl: stack.servers.redisUrl,
    databaseUrl: stack.servers.databaseUrl,
    urls: stack.urls,
    env: stack.env,
    pids: Object.fromEntries([...stack.processes].map(([name, started]) => [name, started.pid()])),
  }
  rmSync(file, { force: true })
  writeFileSync(file, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 })
}

export function removeRunning(): void {
  rmSync(file, { force: true })
}

/** Undefined when no `npm start` of this clone is running and ready. */
export function findRunning(): Running | undefined {
  try {
    const running = JSON.parse(readFileSync(file, 'utf8')) as Running
    return identityOf(running.pid) === running.identity ? running : undefined
  } catch {
    return undefined
  }
}
