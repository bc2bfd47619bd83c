import {
  type EndpointAccount,
  orderNumber,
  type Refused,
  type WebhookAnswer,
  type WebhookEndpoint,
  type WebhookReading,
} from '@sluice/marketplace-port'
import { createAddressBook } from './address-book.ts'
import { notificationSchemas } from './notification-schema.ts'
import { readNotification, type Sender } from './read-notification.ts'
import type { YandexMarketAccountSettings } from './settings-schema.ts'
import { createSourceCheck } from './source-address.ts'

export type YandexEndpointAccount = EndpointAccount<YandexMarketAccountSettings>

/** A notification has a few hundred bytes; one of an order with hundreds of articles some ten thousand. */
const MAX_BODY_BYTES = 256 * 1024

/**
 * The Market's API notifications. 200 says: it is in Redis and will be recorded, whatever it comes to. While one is not taken
 * the Market holds all others back, so 500 is said only when nothing could be kept, and 400, after which it never comes again,
 * only to what can never be understood (specification 2.5, 2.6).
 */
export function createYandexEndpoint(accounts: readonly YandexEndpointAccount[]): WebhookEndpoint {
  const findByPath = createAddressBook(accounts)
  const checks = new Map(accounts.map((account) => [account.id, createSourceCheck(account.inbound)]))
  warmUp(accounts)

  return {
    paths: ['/yandex-market', '/yandex-market/*'],
    maxBodyBytes: MAX_BODY_BYTES,
    admit({ url, headers, peerAddress }) {
      // The address first: who is not the Market learns nothing about paths.
      const reachable = accounts.filter(({ id }) => checks.get(id)?.(peerAddress, headers))
      if (reachable.length === 0) return refuse('source address', 403, 'This address may not send notifications.')
      const addressed = findByPath(url)
      if (addressed.length === 0) return refuse('unknown path', 404, 'Not found.')
      const [first, ...others] = addressed.filter((account) => reachable.includes(account))
      if (!first) return refuse('source address', 403, 'This address may not send notifications.')
      return {
        kind: 'admitted',
        ...(others.length === 0 && { account: first.id }),
        read: (text, startedAt) => read(text, [first, ...others], startedAt),
      }
    },
    answerTo(trouble) {
      switch (trouble) {
        case 'not-post':
          return { ...answerError(405, 'UNKNOWN', 'Notifications are sent with POST.'), headers: { Allow: 'POST' } }
        case 'too-large':
          // It never gets smaller: any other status would have it sent again for 14 days and hold all others back.
          return answerError(400, 'WRONG_EVENT_FORMAT', `The body is larger than ${MAX_BODY_BYTES / 1024} KiB.`)
        case 'unavailable':
          return answerError(500, 'UNKNOWN', 'Temporarily unavailable, please send it again.')
      }
    },
  }
}

/** One of these accounts was meant; the path has not said which when there are several. */
type Candidates = readonly [YandexEndpointAccount, ...YandexEndpointAccount[]]

function read(text: string, candidates: Candidates, startedAt: Date): WebhookReading {
  const notification = readNotification(text)
  switch (notification.kind) {
    case 'malformed':
      return {
        kind: 'answered',
        reason: 'malformed',
        fields: [notification.field ?? 'body'],
        answer: answerError(400, 'WRONG_EVENT_FORMAT', notification.message),
      }
    case 'ping':
      return { kind: 'answered', name: 'PING', answer: accept(ownerOf(notification.sender, candidates), startedAt) }
    case 'event': {
      const { sender, name, externalId, event, key, occurredAt } = notification
      const account = ownerOf(sender, candidates)
      return {
        kind: 'event',
        job: {
          ref: {
            marketplace: 'yandex-market',
            account: account.id,
            externalId,
            number: orderNumber(account.numberPrefix, externalId),
          },
          name,
          envelope: {
            event,
            source: 'marketplace',
            dedupKey: `yandex-market:${account.id}:${key}`,
            ...(occurredAt !== undefined && { occurredAt }),
            receivedAt: startedAt.toISOString(),
          },
        },
        answer: accept(account, startedAt),
      }
    }
  }
}

/** A store that nobody configured is no reason to lose a notification: it is kept under the first account that may be meant. */
function ownerOf({ campaignId, businessId }: Sender, candidates: Candidates): YandexEndpointAccount {
  return (
    candidates.find(({ stores }) => stores.some(({ id }) => id === campaignId)) ??
    candidates.find((account) => account.businessId === businessId) ??
    candidates[0]
  )
}

/** What the Market demands of a 200 (specification 2.5). `time`: when handling began, UTC. */
function accept({ api }: YandexEndpointAccount, startedAt: Date): WebhookAnswer {
  return {
    status: 200,
    body: { version: api.integrationVersion, name: api.integrationName, time: startedAt.toISOString() },
  }
}

function answerError(
  status: WebhookAnswer['status'],
  type: 'WRONG_EVENT_FORMAT' | 'UNKNOWN',
  message: string,
): WebhookAnswer {
  return { status, body: { error: { type, message } } }
}

function refuse(reason: string, status: 403 | 404, message: string): Refused {
  return { kind: 'refused', reason, answer: answerError(status, 'UNKNOWN', message) }
}

/** What zod compiles on first use is there when the first notification comes: a PING has one second. */
function warmUp([first]: readonly YandexEndpointAccount[]): void {
  if (!first) return
  const ids = ['orderId', 'returnId', 'itemId', 'serviceArticle', 'feedbackId', 'commentId', 'chatId', 'messageId']
  const fields = Object.fromEntries([...ids, 'questionId', 'answerId', 'campaignId'].map((field) => [field, '0']))
  for (const notificationType of ['PING', 'OTHER', ...Object.keys(notificationSchemas)]) {
    read(JSON.stringify({ notificationType, ...fields }), [first], new Date(0))
  }
}
