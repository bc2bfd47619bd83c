import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { KnownFault } from './known-fault.ts'
import { lastLines } from './last-lines.ts'
import { withLock } from './lock.mjs'

const POLICY = '/usr/sbin/policy-rc.d'
const POLICY_BEFORE = `${POLICY}.before-sluice`
const LOG = '/var/log/sluice-redis-install.log'

/**
 * Installs redis-server with apt, as root on Debian and its kin; elsewhere says what to type. The package's own service
 * is neither started now nor at the next boot.
 */
export async function installRedis(say: (line: string) => void): Promise<void> {
  const command = installCommand()
  if (command !== 'apt-get' || process.getuid?.() !== 0) {
    throw new KnownFault('found neither redis-server nor valkey-server on the PATH', adviceFor(command))
  }
  // apt's own locks make two clones wait for each other; the policy file needs one, too.
  await withLock(
    '/var/lock/sluice-redis-install.lock',
    { onWait: () => say('waiting for another installation of Redis') },
    async () => {
      const restore = forbidServiceStarts()
      try {
        writeFileSync(LOG, '')
        say('installing redis-server with apt-get')
        if (await aptGet('install', 'redis-server')) return
        say('fetching the list of packages with apt-get update')
        const isUpdated = await aptGet('update')
        say('installing redis-server with apt-get')
        if (await aptGet('install', 'redis-server')) return
        if (await aptGet('install', 'valkey-server')) return
        throw new KnownFault(
          `apt-get ${isUpdated ? 'install redis-server' : 'update'} failed:\n${lastLines(LOG, 6)}`,
          `Set it right (whole output: ${LOG}), or set REDIS_URL to a Redis of your own.`,
        )
      } finally {
        restore()
        for (const name of ['redis-server', 'valkey-server'])
          spawnSync('systemctl', ['disable', name], { stdio: 'ignore' })
      }
    },
  )
}

/** Runs apt-get without questions; its output goes to the log. */
function aptGet(verb: 'update' | 'install', ...packages: string[]): Promise<boolean> {
  const args = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2', verb]
  if (verb === 'install') args.push('-y', '--no-install-recommends')
  return new Promise((resolve) => {
    // In a group of its own: an interrupted dpkg leaves the system half-configured, so it may finish.
    const child = spawn('apt-get', [...args, ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const keep = (chunk: Buffer): void => writeFileSync(LOG, chunk, { flag: 'a' })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })
}

/**
 * Debian asks policy-rc.d before a package starts its service; 101 forbids it. What was there is put back by the
 * returned function. Killed before that: our file obeys what was there once our process is gone, and the next
 * installation puts it back.
 */
function forbidServiceStarts(): () => void {
  const restore = (): void => {
    if (existsSync(POLICY_BEFORE)) renameSync(POLICY_BEFORE, POLICY)
    else rmSync(POLICY, { force: true })
  }
  if (existsSync(POLICY) && readFileSync(POLICY, 'utf8').includes(POLICY_BEFORE)) restore()
  if (spawnSync(POLICY, ['redis-server', 'start']).status === 101) return () => undefined
  if (existsSync(POLICY)) renameSync(POLICY, POLICY_BEFORE)
  writeFileSync(
    POLICY,
    `#!/bin/sh
# Made by sluice while it installs redis-server.
if kill -0 ${process.pid} 2>/dev/null; then exit 101; fi
if [ -x ${POLICY_BEFORE} ]; then exec ${POLICY_BEFORE} "$@"; fi
exit 0
`,
    { mode: 0o755 },
  )
  return restore
}

function installCommand(): string | undefined {
  return ['apt-get', 'brew', 'dnf', 'apk', 'pacman'].find(isOnPath)
}

function adviceFor(command: string | undefined): string {
  const typed: Record<string, string> = {
    'apt-get': 'sudo apt-get install redis-server',
    brew: 'brew install redis',
    dnf: 'sudo dnf install valkey',
    apk: 'sudo apk add redis',
    pacman: 'sudo pacman -S valkey',
  }
  const advice = command === undefined ? undefined : typed[command]
  return `${advice ? `Type: ${advice}` : 'Install Redis or Valkey'}, then try again. Or set REDIS_URL to a Redis of your own.`
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
