import { type Colour, paint } from './progress.ts'

const colours: Colour[] = ['cyan', 'magenta', 'yellow', 'blue', 'green']

/** Prints a line of a process's output behind its name in the process's own colour. */
export function showLine(name: string, line: string): void {
  const colour = colours[Array.from(name).reduce((sum, char) => sum + char.charCodeAt(0), 0) % colours.length] ?? 'cyan'
  process.stdout.write(`${paint(colour, name.padEnd(16))} ${line}\n`)
}

/**
 * What deserves to be seen in the calm view of `npm start`: a log line of level warn or above in few words, and whatever
 * is no log line at all (a stack trace, the supervisor's remark). Undefined: nothing.
 */
export function notable(line: string): string | undefined {
  if (line.trim() === '') return undefined
  const entry = parseEntry(line)
  if (entry === undefined) return line
  const { level, msg, message, event, err } = entry
  const isNotable = typeof level === 'number' ? level >= 40 : ['warn', 'error', 'fatal'].includes(String(level))
  if (!isNotable) return undefined
  const error = typeof err === 'object' && err !== null && 'message' in err ? err.message : undefined
  const words = [event, msg ?? message, error].filter((word) => word !== undefined && word !== '')
  return `${paint('yellow', String(level))} ${[...new Set(words)].join(': ')}`
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
