import type { EffectKind } from '@sluice/orders'

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })

/** `Report “ready” to the marketplace (2nd time)`. Step and repetition are parts of the key: `notify-marketplace/ready#2`. */
export function describeEffect(kind: EffectKind, key: string): string {
  const [, base = key, times] = /^(.*)#(\d+)$/s.exec(key) ?? []
  const what = describeStep(kind, base.slice(base.indexOf('/') + 1))
  return times === undefined ? what : `${what} (${ordinal(Number(times))} time)`
}

function describeStep(kind: EffectKind, step: string): string {
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

function ordinal(n: number): string {
  switch (ordinals.select(n)) {
    case 'one':
      return `${n}st`
    case 'two':
      return `${n}nd`
    case 'few':
      return `${n}rd`
    case 'zero':
    case 'many':
    case 'other':
      return `${n}th`
  }
}
