import type { HttpBindings } from '@hono/node-server'

/** What is known about a request by the time its one log line is written. Never bodies, secrets or personal data. */
export interface RequestLine {
  /** The pattern, not the path. */
  route: string
  account?: string
  /** What the sender calls the event. */
  eventName?: string
  orderNumber?: string
  externalId?: string
  /** Of an order that is named in no other way. */
  externalUuid?: string
  jobIds?: string[]
  accepted?: number
  rejected?: number
  /** Why it was not accepted. */
  reason?: string
  /** Where the fault is, for malformed bodies. */
  fields?: string[]
  detail?: string
  /** Only for what nobody expected. */
  err?: unknown
}

export interface IngressEnv {
  Bindings: HttpBindings
  Variables: {
    line: RequestLine
    /** What this sender is told when nothing could be stored because of a fault of ours. Absent: problem+json. */
    unavailable?: () => Response
  }
}
