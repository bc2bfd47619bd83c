import type { EffectKind } from '@sluice/orders'

/** `Report “ready” to the marketplace`. The step is part of the key: `notify-marketplace/ready#2`. */
export function describeEffect(kind: EffectKind, key: string): string {
  const step = key.slice(key.indexOf('/') + 1)
  switch (kind) {
    case 'reserve-stock':
      return 'Reserve stock at the back office'
    case 'release-stock':
      return 'Release the reservation at the back office'
    case 'take-back-goods':
      return 'Have the back office take the goods back'
    case 'notify-marketplace':
      return `Report “${step}” to the marketplace`
    case 'fetch-order':
      return 'Read the order at the marketplace'
    case 'fetch-return':
      return `Read return “${step}” at the marketplace`
    case 'fetch-conversation':
      return `Read “${step}” of the conversation at the marketplace`
    case 'answer-cancellation-request':
      return `Answer the customer’s wish to cancel: “${step}”`
    case 'decide-return':
      return `Tell the marketplace our decision about return “${step}”`
    case 'reply-to-customer':
      return 'Send our reply to the customer'
    case 'tell-back-office':
      return `Tell the back office “${step}”`
    case 'watch-deadline':
      return `Watch the deadline “${step}”`
  }
}
