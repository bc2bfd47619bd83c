import type { DeadLetter, DeadLetterStatus } from '@sluice/ledger'
import { html } from 'hono/html'
import { describeEffect } from './describe-effect.ts'
import { describeFault } from './describe-fault.ts'
import { maskedExcerpt } from './excerpt.ts'
import { type Html, renderPage } from './layout.ts'
import { renderOperatorField } from './operator-field.ts'
import { orderPath } from './order-table.ts'
import { jobOf } from './resolve-dead-letter.ts'
import { showTime } from './show-time.ts'

export const LETTER_STATUSES = ['open', 'replayed', 'discarded'] as const satisfies DeadLetterStatus[]
export const LETTERS_PER_PAGE = 25

const STATUS_NAMES: Record<DeadLetterStatus, string> = { open: 'Open', replayed: 'Retried', discarded: 'Discarded' }

interface LettersView {
  status: DeadLetterStatus
  /** One more than fit on a page when there are more. */
  letters: DeadLetter[]
  isFirstPage: boolean
  notice: Html | ''
  operator: string
  now: Date
}

export function renderDeadLettersPage({ status, letters, isFirstPage, notice, operator, now }: LettersView): Html {
  const shown = letters.slice(0, LETTERS_PER_PAGE)
  const last = letters.length > LETTERS_PER_PAGE ? shown.at(-1) : undefined
  return renderPage(
    { title: 'Dead letters', section: '/dead-letters' },
    html`${notice}
<p class="quiet">What has used up its tries or can never succeed, kept until a person resolves it. Newest first.</p>
<nav aria-label="State of the dead letters"><ul class="tabs">
${LETTER_STATUSES.map((name) => html`<li><a href="/dead-letters?status=${name}" ${name === status && html`aria-current="page"`}>${STATUS_NAMES[name]}</a></li>`)}
</ul></nav>
${shown.length === 0 && html`<p>${status === 'open' ? 'None is open.' : 'None.'}</p>`}
${shown.map((letter) => renderLetter(letter, operator, now))}
<p class="pager">
${!isFirstPage && html`<a href="/dead-letters?status=${status}">Newest</a>`}
${last && html`<a href="/dead-letters?status=${status}&before=${last.id}" rel="next">Older</a>`}
</p>`,
  )
}

export function renderDeadLetterPage(view: {
  letter: DeadLetter
  notice: Html | ''
  operator: string
  now: Date
}): Html {
  const { letter, notice, operator, now } = view
  return renderPage(
    { title: `Dead letter ${letter.id}`, section: '/dead-letters' },
    html`${notice}${renderLetter(letter, operator, now)}<p><a href="/dead-letters">All dead letters</a></p>`,
  )
}

function renderLetter(letter: DeadLetter, operator: string, now: Date): Html {
  const { id, effect, orderNumber, error, attempts, firstFailedAt, createdAt, status } = letter
  const { who, advice } = describeFault(letter.fault, effect?.lane)
  const job = jobOf(letter)
  return html`<article class="card" aria-labelledby="letter-${id}">
<h2 id="letter-${id}">${titleOf(letter)}</h2>
<dl>
<dt>Reason</dt><dd class="reason">${error}</dd>
<dt>Who has to act</dt><dd><strong>${who}</strong>. ${advice}</dd>
<dt>Order</dt><dd>${orderOf(letter) ?? html`<span class="quiet">not named</span>`}${orderNumber !== null && effect?.isBlocking && status === 'open' && html` <strong class="warn">its ${effect.lane} lane is blocked</strong>`}</dd>
<dt>${effect ? 'Effect' : 'Queue and job'}</dt><dd><code>${effect ? effect.key : `${letter.queue} ${letter.job}`}</code></dd>
<dt>Tried</dt><dd>${attempts === 1 ? 'once' : `${attempts} times`}${firstFailedAt && html`, first failed ${showTime(firstFailedAt, now)}`}</dd>
<dt>Dead since</dt><dd>${showTime(createdAt, now)}</dd>
${letter.resolvedAt && html`<dt>${STATUS_NAMES[status]}</dt><dd>${showTime(letter.resolvedAt, now)} by ${letter.resolvedBy}${letter.resolvedWhy && html`: ${letter.resolvedWhy}`}</dd>`}
</dl>
${job && !job.ok && html`<p class="notice bad">It cannot be retried as it is: ${job.error}.</p>`}
${maskedExcerpt('Content, without personal data', letter.payload)}
${status === 'open' && renderActions(letter, operator, job === undefined || job.ok)}
</article>`
}

function renderActions({ id, effect }: DeadLetter, operator: string, isRetryable: boolean): Html {
  return html`<div class="actions">
${
  isRetryable &&
  html`<form method="post" action="/dead-letters/${id}/retry">
${renderOperatorField(`retry-by-${id}`, operator)}
<button type="submit">Retry</button>
</form>`
}
${
  effect === null &&
  html`<details><summary>Discard instead</summary>
<form method="post" action="/dead-letters/${id}/discard">
<p class="quiet">What the event said will not be recorded.</p>
${renderOperatorField(`discard-by-${id}`, operator)}
<label for="why-${id}">Why it may be discarded</label><input id="why-${id}" name="why" required maxlength="500">
<button type="submit" class="danger">Discard</button>
</form></details>`
}
</div>`
}

function titleOf({ effect, payload, queue }: DeadLetter): string {
  if (effect) return describeEffect(effect.kind, effect.key)
  const name = textAt(payload, 'name')
  return name === undefined ? `A job of the queue ${queue}` : `Record the event “${name}”`
}

/** The order may be unknown to the ledger, but named by the event. */
function orderOf({ orderNumber, payload }: DeadLetter): Html | undefined {
  const ref = payload !== null && typeof payload === 'object' && 'ref' in payload ? payload.ref : undefined
  const number = orderNumber ?? textAt(ref, 'number')
  if (number !== undefined) return html`<a href="${orderPath(number)}">${number}</a>`
  const externalId = textAt(ref, 'externalId') ?? textAt(ref, 'externalUuid')
  return externalId === undefined
    ? undefined
    : html`<a href="/orders?text=${encodeURIComponent(externalId)}">${externalId}</a>`
}

function textAt(value: unknown, key: string): string | undefined {
  if (value === null || typeof value !== 'object') return undefined
  const found = (value as Record<string, unknown>)[key]
  return typeof found === 'string' && found !== '' ? found : undefined
}
