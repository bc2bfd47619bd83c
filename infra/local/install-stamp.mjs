import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the stamp of the last complete installation lies; it vanishes with node_modules. */
const STAMP = 'node_modules/.sluice-installed'

/**
 * Says in one word everything that an installation depends on: lockfile, workspace settings, every package.json, and
 * the platform, whose binaries are installed.
 *
 * @param {string} clone
 */
export function installStamp(clone) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifestsOf(clone)]) {
    hash
      .update(`${file}\n`)
      .update(readFileSync(join(clone, file)))
      .update('\n')
  }
  return hash.digest('hex')
}

/**
 * Whether node_modules is what the lockfile asks for.
 *
 * @param {string} clone
 */
export function isInstalled(clone) {
  const file = join(clone, STAMP)
  return existsSync(file) && readFileSync(file, 'utf8') === installStamp(clone)
}

/** @param {string} clone */
export const stampFile = (clone) => join(clone, STAMP)

/** @param {string} clone */
function manifestsOf(clone) {
  const folders = [
    '.',
    ...foldersIn(clone, 'packages'),
    ...foldersIn(clone, 'packages/marketplaces'),
    ...foldersIn(clone, 'services'),
  ]
  return folders.map((folder) => join(folder, 'package.json')).filter((file) => existsSync(join(clone, file)))
}

/**
 * @param {string} clone
 * @param {string} folder
 */
function foldersIn(clone, folder) {
  if (!existsSync(join(clone, folder))) return []
  return readdirSync(join(clone, folder))
    .sort()
    .map((name) => join(folder, name))
}
