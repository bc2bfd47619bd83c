const COLOURS: Record<string, string> = { debug: '\x1b[2m', warn: '\x1b[33m', error: '\x1b[31m' }
const DIM = '\x1b[2m'
const PLAIN = '\x1b[0m'

/** One JSON log line as a calm line for a person: time, service, event, fields; a stack only under an error. */
export function formatPrettyLine(jsonLine: string, useColour = false): string {
  const { level, time, service, event, err, ...fields } = JSON.parse(jsonLine) as Record<string, unknown>
  const colour = (code: string | undefined, text: string) => (useColour && code ? `${code}${text}${PLAIN}` : text)
  const head = [
    colour(DIM, clockTime(time)),
    String(service).padEnd(12),
    colour(COLOURS[String(level)], `${marker(level)}${String(event)}`),
  ].join(' ')
  const tail = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${colour(DIM, `${key}=`)}${show(value)}`)
  return `${[head, ...tail].join(' ')}${err === undefined ? '' : showError(err, level)}\n`
}

/** Local time: whoever watches a terminal compares it with a clock on the wall. */
function clockTime(time: unknown): string {
  const at = new Date(String(time))
  return Number.isNaN(at.getTime()) ? String(time) : at.toTimeString().slice(0, 8)
}

function marker(level: unknown): string {
  return level === 'warn' || level === 'error' ? `${String(level).toUpperCase()} ` : ''
}

function show(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

function showError(err: unknown, level: unknown): string {
  if (typeof err !== 'object' || err === null) return ` err=${show(err)}`
  const { type, message, code, stack, cause } = err as Record<string, unknown>
  const text =
    level === 'error' && typeof stack === 'string'
      ? stack
      : `${show(type)}${code === undefined ? '' : ` ${show(code)}`}: ${typeof message === 'string' ? message : show(message)}`
  return `\n${text.replace(/^/gm, '    ')}${cause === undefined ? '' : showError(cause, 'warn')}`
}
