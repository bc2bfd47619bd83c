import { html } from 'hono/html'
import type { Html } from './layout.ts'
import type { Resolution } from './resolve-dead-letter.ts'

type Tone = 'good' | 'neutral' | 'bad'

/** After a redirect only the code is in the address, so a link cannot put words into our mouth. */
const NOTICES: Record<Resolution, [Tone, string]> = {
  retried: ['good', 'It is being tried again.'],
  'retried-without-queue': [
    'neutral',
    'It waits again in the ledger, but Redis does not answer. The steward enqueues it as soon as Redis is back.',
  ],
  'already-retried': ['neutral', 'It had already been retried. Nothing was done twice.'],
  overtaken: ['neutral', 'Somebody else resolved it at the same moment; see below what they decided.'],
  'queue-unavailable': ['bad', 'Redis does not answer, so nothing was done. The letter stays open; retry it later.'],
  unparsable: ['bad', 'It cannot be retried as it is; what is wrong with it is said below. The letter stays open.'],
  discarded: ['good', 'It was discarded.'],
  'already-discarded': ['neutral', 'It had already been discarded. Nothing was done.'],
  'reason-missing': ['bad', 'Say why it may be discarded. The letter stays open.'],
  'not-discardable': ['bad', 'A dead effect cannot be discarded: its lane would stay blocked. Retry it.'],
  unknown: ['bad', 'There is no such dead letter.'],
}

/** Nothing for a code that is not ours. */
export function renderNotice(code: string | undefined, letterId: string | undefined): Html | '' {
  if (code === undefined || !Object.hasOwn(NOTICES, code)) return ''
  const [tone, text] = NOTICES[code as Resolution]
  const letter = letterId && html`<a href="/dead-letters/${letterId}">Dead letter ${letterId}</a>: `
  return html`<p class="notice ${tone}" role="status">${letter}${text}</p>`
}
