import type { ConversationTopic } from '@sluice/orders'
import { isInt64 } from './market-calls.ts'

/** The Market's id in the external id of a conversation: `chat-19045512` is chat 19045512. Undefined for anything else. */
export function conversationId(externalId: string, topic: ConversationTopic): string | undefined {
  const prefix = `${topic}-`
  const id = externalId.startsWith(prefix) ? externalId.slice(prefix.length) : undefined
  return isInt64(id) ? id : undefined
}
