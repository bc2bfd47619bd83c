import { KnownFault } from './known-fault.ts'
import { Stopped } from './stop-signals.ts'

const isLive = process.stdout.isTTY === true && !process.env.CI
const isColoured = isLive && !process.env.NO_COLOR

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'grey' | 'bold'
const codes: Record<Colour, number> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  grey: 90,
  bold: 1,
}

export function paint(colour: Colour, text: string): string {
  return isColoured ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text
}

/**
 * Shows one step of a set-up: what it is doing while it works (a spinner on a terminal), and a tick with its result and
 * time, or a cross, when it is over.
 */
export async function step<T>(
  name: string,
  work: (say: (line: string) => void) => Promise<T>,
  done: (result: T) => string = () => '',
): Promise<T> {
  const startedAt = Date.now()
  let saying = ''
  let frame = 0
  const draw = (): void => {
    const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[frame++ % 10]
    process.stdout.write(
      `\r\x1b[2K${paint('cyan', spinner ?? '')} ${name}${saying ? paint('grey', `  ${saying}`) : ''}`,
    )
  }
  const timer = isLive ? setInterval(draw, 80) : undefined
  const finish = (mark: string, text: string): void => {
    clearInterval(timer)
    const seconds = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
    process.stdout.write(
      `${isLive ? '\r\x1b[2K' : ''}${mark} ${name.padEnd(13)} ${text ? `${text}  ` : ''}${paint('grey', seconds)}\n`,
    )
  }
  try {
    const result = await work((line) => {
      saying = line
      if (!isLive) process.stdout.write(`  ${name}: ${line}\n`)
    })
    finish(paint('green', '✔'), done(result))
    return result
  } catch (err) {
    if (err instanceof Stopped) finish('-', 'stopped')
    else finish(paint('red', '✘'), 'failed')
    throw err
  }
}

/** Tells what went wrong: a known fault in words with its advice, anything else with its stack. Returns the exit code. */
export function tellFault(err: unknown): number {
  if (err instanceof KnownFault)
    process.stderr.write(`\n${paint('red', 'Cannot go on:')} ${err.message}\n${err.advice}\n`)
  else process.stderr.write(`\n${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`)
  return 1
}

/** Lines in a frame. */
export function box(lines: string[]): string {
  const width = Math.max(...lines.map((line) => line.length))
  const edge = '─'.repeat(width + 2)
  return [`┌${edge}┐`, ...lines.map((line) => `│ ${line.padEnd(width)} │`), `└${edge}┘`].join('\n')
}

/**
 * One line at the bottom that is drawn anew each time; without a terminal every change is a line of its own. Other
 * output goes through `above`.
 */
export function createStatusLine(): { show(line: string): void; above(print: () => void): void; end(): void } {
  let current = ''
  const clear = (): void => {
    if (isLive && current) process.stdout.write('\r\x1b[2K')
  }
  const draw = (): void => {
    const width = process.stdout.columns ?? 120
    if (isLive && current) process.stdout.write(paint('grey', current.slice(0, width - 1)))
  }
  return {
    show(line) {
      if (!isLive && line !== current) process.stdout.write(`${line}\n`)
      clear()
      current = line
      draw()
    },
    above(print) {
      clear()
      print()
      draw()
    },
    end() {
      clear()
      current = ''
    },
  }
}
