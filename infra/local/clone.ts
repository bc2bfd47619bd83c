import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folder of this clone. */
export const cloneFolder = resolve(import.meta.dirname, '../..')

/** Everything that we write while running lies here, with one exception that its README.txt names. */
export const dataFolder = join(cloneFolder, '.data')

/** Node 24, whatever node runs us. */
export const nodeBinary = join(cloneFolder, 'node_modules/.bin/node')

/**
 * A random name for this clone's data outside the clone. It lies in .data and is not made of the clone's path, so that
 * a fresh clone at an old path starts without the old one's data.
 */
export function cloneId(): string {
  const file = join(dataFolder, 'clone-id')
  if (!existsSync(file)) {
    mkdirSync(dataFolder, { recursive: true })
    const id = randomBytes(6).toString('hex')
    const own = `${file}.${id}`
    writeFileSync(own, id)
    // Whole or not at all, and the first of two commands wins.
    try {
      linkSync(own, file)
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err
    } finally {
      unlinkSync(own)
    }
  }
  return readFileSync(file, 'utf8')
}
