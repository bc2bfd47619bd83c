import type { EventJob } from '@sluice/contracts'

/** A marketplace's webhooks: where they come in, who may send them, and what is answered. Knows no HTTP server. */
export interface WebhookEndpoint {
  /**
   * Paths as Hono writes them: `/kuper-webhook/:account`, `/yandex-market/*`. They name the route in logs and metrics, so
   * whatever is secret in an address stands for a `*` or a parameter.
   */
  paths: readonly string[]
  maxBodyBytes: number
  /** Before the body is read: may this come in, and whose is it? */
  admit(request: WebhookRequest): { kind: 'admitted'; account?: string; read: ReadWebhook } | Refused
  /** What is answered when the request cannot be read, or cannot be kept because of a fault of ours. */
  answerTo(trouble: 'too-large' | 'unavailable' | 'not-post', startedAt: Date): WebhookAnswer
}

export interface WebhookRequest {
  headers: Pick<Headers, 'get'>
  /** Path and query as they came, undecoded: `/kuper-webhook/main?x=1`. */
  url: string
  /** The IP address at the other end of the connection, as the socket says it: `127.0.0.1`, `::1`, `::ffff:127.0.0.1`. */
  peerAddress: string | undefined
}

/** `startedAt`: when handling began. Never throws for what is in the text. */
export type ReadWebhook = (text: string, startedAt: Date) => WebhookReading

export type WebhookReading =
  /** Enqueue it, then answer: a repeat has the same job and is answered the same. */
  | { kind: 'event'; job: EventJob; answer: WebhookAnswer }
  /** Nothing to keep: a ping, or a body that can never be understood (`reason`, for the log). */
  | {
      kind: 'answered'
      name?: string
      orderNumber?: string
      reason?: string
      /** Where the fault is: names of fields, never their values. */
      fields?: string[]
      answer: WebhookAnswer
    }

export interface Refused {
  kind: 'refused'
  /** For the log. */
  reason: string
  answer: WebhookAnswer
}

export interface WebhookAnswer {
  status: 200 | 400 | 401 | 403 | 404 | 405 | 413 | 500 | 503
  body: unknown
  headers?: Record<string, string>
}
