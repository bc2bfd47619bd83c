import type { RequestLine } from './request-line.ts'

export interface AnswerRecords {
  log: {
    info(line: { event: string; [field: string]: unknown }): void
    warn(line: { event: string; [field: string]: unknown }): void
    error(line: { event: string; [field: string]: unknown }): void
  }
  countAcknowledgement(ack: { route: string; status: number; durationMs: number }): void
}

/** Of every request one log line and one count, also where the app never saw it. */
export function recordAnswer(
  { log, countAcknowledgement }: AnswerRecords,
  { route, ...known }: RequestLine,
  status: number,
  durationMs: number,
): void {
  countAcknowledgement({ route, status, durationMs })
  const line = { event: 'webhook.answered', route, ...known, status, durationMs: Math.round(durationMs * 10) / 10 }
  if (status < 400) log.info(line)
  else if (line.err === undefined) log.warn(line)
  else log.error(line)
}
