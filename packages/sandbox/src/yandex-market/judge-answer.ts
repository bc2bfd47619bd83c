import { z } from 'zod'

/** Names of the cabinet's log (specification 2.7). */
export type AnswerError =
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_TIMED_OUT'
  | 'READ_TIMED_OUT'
  | 'SSL_ERROR'
  | 'HTTP'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'CANT_PARSE_RESPONSE'
  | 'INVALID_DATA'

export type Judgement =
  | { kind: 'accepted' }
  /** 400: the notification itself is said to be wrong; it is not sent again. */
  | { kind: 'refused'; isWellFormed: boolean }
  /** Sent again. */
  | { kind: 'failed'; error: AnswerError; detail: string }

const acceptedSchema = z.looseObject({
  version: z.string().min(1).max(100),
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\x20-\x7e]+$/),
  time: z.iso.datetime({ offset: true }),
})
const refusedSchema = z.looseObject({
  error: z.looseObject({
    type: z.enum(['WRONG_EVENT_FORMAT', 'DUPLICATED_EVENT', 'UNKNOWN']).optional(),
    message: z.string().optional(),
  }),
})

/** What the seller's answer to a notification means to the Market (specification 2.5). Pure. */
export function judgeAnswer(answer: { status: number; contentType: string | null; body: string }): Judgement {
  const body = parse(answer.body)
  if (answer.status === 400) return { kind: 'refused', isWellFormed: refusedSchema.safeParse(body).success }
  if (answer.status !== 200) return failed('HTTP', `status ${answer.status}`)
  if (!isJson(answer.contentType)) return failed('UNSUPPORTED_MEDIA_TYPE', String(answer.contentType))
  if (body === undefined) return failed('CANT_PARSE_RESPONSE', answer.body.slice(0, 100))
  const parsed = acceptedSchema.safeParse(body)
  return parsed.success ? { kind: 'accepted' } : failed('INVALID_DATA', z.prettifyError(parsed.error))
}

/** Why there was no answer at all. */
export function judgeFailure(err: unknown): Judgement {
  const { name, message, cause } = err as Error & { cause?: { code?: string; message?: string } }
  const code = cause?.code ?? ''
  const detail = [message, cause?.message].filter(Boolean).join(': ')
  if (name === 'TimeoutError') return failed('READ_TIMED_OUT', detail)
  if (/CERT|SSL|TLS/.test(code)) return failed('SSL_ERROR', detail)
  if (/CONNECT_TIMEOUT|ETIMEDOUT/.test(code)) return failed('CONNECTION_TIMED_OUT', detail)
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(code)) return failed('CONNECTION_REFUSED', detail)
  return failed('READ_TIMED_OUT', detail)
}

function failed(error: AnswerError, detail: string): Judgement {
  return { kind: 'failed', error, detail }
}

function isJson(contentType: string | null): boolean {
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  return type?.trim() === 'application/json' && (charset === undefined || /^charset="?utf-8"?$/.test(charset))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
