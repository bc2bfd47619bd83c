import { readFileSync } from 'node:fs'

/** The end of a log, for an error message; empty when there is no such file. */
export function lastLines(file: string, count = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
