import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const MAX_BYTES = 20_000_000

/** A log file that starts empty and keeps at most 20 MB, and as much again in `<file>.1`. */
export function openRotatingLog(file: string): { write(line: string): void; close(): void } {
  mkdirSync(dirname(file), { recursive: true })
  let fd = openSync(file, 'w')
  let bytes = 0
  let isOpen = true
  return {
    write(line) {
      if (!isOpen) return
      if (bytes > MAX_BYTES) {
        closeSync(fd)
        renameSync(file, `${file}.1`)
        fd = openSync(file, 'w')
        bytes = 0
      }
      bytes += writeSync(fd, `${line}\n`)
    },
    close() {
      if (isOpen) closeSync(fd)
      isOpen = false
    },
  }
}
