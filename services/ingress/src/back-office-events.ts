import { readBackOfficeEvents, verifyBackOffice } from '@sluice/back-office'
import type { EventJob } from '@sluice/contracts'
import type { EventProducer } from '@sluice/queue'
import type { Context } from 'hono'
import { problem, unavailableProblem } from './problem.ts'
import type { ReadBody } from './read-body.ts'
import { recordCutOff } from './record-cut-off.ts'
import type { IngressEnv } from './request-line.ts'

export interface BackOfficeEventsDeps {
  tokens: readonly string[]
  /** The account of an order is known by how its number begins. No prefix is the beginning of another. */
  accounts: readonly { id: string; marketplace: string; numberPrefix: string }[]
  producer: Pick<EventProducer, 'enqueueEvents'>
  readBody: ReadBody
  now(): Date
}

const MAX_BODY_BYTES = 1024 * 1024

export type EventResult =
  | { id: string; status: 'accepted' }
  | { id?: string; index: number; status: 'rejected'; errors: { path: string; message: string }[] }

/**
 * Events of the back office, one or up to 500. 202 says which of them are in Redis; 400 that not one is; 503 that nothing
 * could be stored and everything may be sent again. All accepted ones are enqueued together or not at all.
 */
export function createBackOfficeEvents({ tokens, accounts, producer, readBody, now }: BackOfficeEventsDeps) {
  return async (c: Context<IngressEnv>): Promise<Response> => {
    const line = c.get('line')
    switch (verifyBackOffice(c.req.header('authorization'), tokens)) {
      case 'missing':
        line.reason = 'credentials missing'
        c.header('WWW-Authenticate', 'Bearer realm="sluice"')
        return problem(c, 401, 'credentials-missing', 'Send the header Authorization: Bearer <token>.')
      case 'wrong':
        line.reason = 'credentials wrong'
        return problem(c, 403, 'credentials-wrong', 'The token is not one of backOffice.inboundTokens.')
      case 'verified':
        break
    }

    const body = await readBody(c.req, MAX_BODY_BYTES)
    switch (body.kind) {
      case 'too-large':
        line.reason = 'body too large'
        return problem(c, 413, 'body-too-large', 'The body is larger than 1 MiB. Send fewer events at a time.')
      case 'overloaded':
        line.reason = 'overloaded'
        return unavailableProblem(c)
      case 'broken':
        return recordCutOff(c)
      case 'read':
        break
    }

    try {
      const messages = readBackOfficeEvents(body.text)
      if (messages.kind === 'malformed') {
        line.reason = 'malformed'
        return problem(c, 400, 'body-malformed', messages.detail)
      }
      const receivedAt = now().toISOString()
      const jobs: EventJob[] = []
      const results = messages.results.map((message, index): EventResult => {
        if (message.kind === 'rejected') {
          const { id, errors } = message
          return { ...(id !== undefined && { id }), index, status: 'rejected', errors }
        }
        const { id, number, namedBy, event, dedupKey, occurredAt } = message
        const account = accounts.find(({ numberPrefix }) => number.startsWith(numberPrefix))
        if (!account) return { id, index, status: 'rejected', errors: [unknownPrefix(accounts, namedBy)] }
        jobs.push({
          ref: { marketplace: account.marketplace, account: account.id, number },
          name: event.type,
          envelope: {
            event,
            source: 'back-office',
            dedupKey,
            ...(occurredAt !== undefined && { occurredAt }),
            receivedAt,
          },
        })
        return { id, status: 'accepted' }
      })

      line.accepted = jobs.length
      line.rejected = results.length - jobs.length
      const only = jobs.length === 1 ? jobs[0] : undefined
      if (only) {
        line.eventName = only.name
        line.account = only.ref.account
        if (only.ref.number !== undefined) line.orderNumber = only.ref.number
      }
      const rejected = results.filter((result) => result.status === 'rejected')
      if (rejected.length > 0)
        line.fields = rejected.slice(0, 10).flatMap(({ errors }) => errors.map(({ path }) => path))
      if (jobs.length === 0) {
        line.reason = 'malformed'
        return c.json({ results }, 400)
      }
      line.jobIds = await producer.enqueueEvents(jobs)
      return c.json({ results }, 202)
    } finally {
      body.release()
    }
  }
}

function unknownPrefix(
  accounts: BackOfficeEventsDeps['accounts'],
  path: 'orderNumber' | 'conversation',
): { path: string; message: string } {
  const prefixes = accounts.map(({ numberPrefix }) => numberPrefix).join(', ')
  const source = path === 'orderNumber' ? 'the reservation' : 'conversation.message'
  return {
    path,
    message: `${path} belongs to no account: numbers begin with ${prefixes}. Send it as it came with ${source}.`,
  }
}
