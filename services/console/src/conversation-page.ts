import type { TimelineEntry } from '@sluice/ledger'
import type { Conversation, ConversationMessage, Order } from '@sluice/orders'
import { html } from 'hono/html'
import { renderAttentionNotice } from './attention-notice.ts'
import { AUTHORS, TOPICS } from './describe-conversation.ts'
import { renderEffectLanes } from './effect-lanes.ts'
import { type Html, type PageFrame, refreshToggle, renderJumps, renderPage } from './layout.ts'
import { maskName, withoutPersons } from './mask-person.ts'
import { conversationPath, orderPath } from './order-table.ts'
import { renderTimeline } from './order-timeline.ts'
import { showInstant, showTime } from './show-time.ts'

interface ConversationView {
  order: Order
  conversation: Conversation
  entries: TimelineEntry[]
  /** Who acts, remembered from last time. */
  operator: string
  now: Date
  refresh?: PageFrame['refresh']
}

/** Newest ones; a chat may have thousands. */
const MESSAGES_SHOWN = 200

/** What was written is shown: it is what the person on call is asked about. Phone numbers and addresses in it are cut out. */
export function renderConversationPage(view: ConversationView): Html {
  const { order, conversation, entries, operator, now, refresh } = view
  const path = conversationPath(order.ref.number)
  return renderPage(
    { title: `Conversation ${order.ref.number}`, section: '/conversations', ...(refresh && { refresh }) },
    html`${refreshToggle(refresh, path, `${path}?refresh=10`)}
${renderAttentionNotice(order, entries, operator)}
${renderJumps([
  ['messages', 'Messages'],
  ['effects', 'Effects'],
  ['timeline', 'Time line'],
])}
${renderFacts(view)}
<section aria-labelledby="messages"><h2 id="messages">Messages</h2>${renderMessages(order, conversation)}</section>
<section aria-labelledby="effects"><h2 id="effects">Effects by lane</h2>${renderEffectLanes(entries, now)}</section>
<section aria-labelledby="timeline"><h2 id="timeline">Time line</h2>
<p class="quiet">Newest first. Personal data is hidden.</p>
${renderTimeline(order, entries)}</section>`,
  )
}

function renderFacts({ order, conversation, entries, now }: ConversationView): Html {
  const { ref, status } = order
  const { topic, subject, dispute } = conversation
  const { about = {}, orderNumber, state } = subject?.value ?? {}
  const facts: [string, Html | string | undefined][] = [
    ['Status', html`<span class="chip ${status}">${status}</span>`],
    ['Topic', TOPICS[topic] ?? topic],
    ['Order', orderNumber === undefined ? undefined : html`<a href="${orderPath(orderNumber)}">${orderNumber}</a>`],
    ['Marketplace says', state],
    ['Dispute', dispute?.value],
    ...Object.entries(about).map(([name, value]): [string, string] => [
      `About: ${name}`,
      name === 'customer' ? maskName(value) : withoutPersons(value),
    ]),
    ['Marketplace', `${ref.marketplace}\u00a0/\u00a0${ref.account}`],
    ['Marketplace id', ref.externalId],
    ['Came', entries[0] && showTime(entries[0].at, now)],
    ['Events recorded', String(order.version)],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => value && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

interface Written {
  at: string
  who: string
  text: string | undefined
  more: (Html | string)[]
}

/** Oldest first; what has no time comes last. Our replies stand here until the marketplace shows them as messages, and then twice. */
function renderMessages(order: Order, conversation: Conversation): Html {
  const messages = Object.values(conversation.messages).map(toWritten)
  const replies = Object.entries(conversation.replies).map(([replyId, { text, at }]) =>
    toReply(order, replyId, text, at),
  )
  const written = [...messages, ...replies].toSorted((a, b) => instantOf(a.at) - instantOf(b.at))
  const shown = written.slice(-MESSAGES_SHOWN)
  const unread = Object.keys(conversation.announcedMessages).filter((id) => !conversation.messages[id]).length
  if (written.length === 0) return html`<p class="quiet">Nothing has been read yet.</p>`
  return html`${shown.length < written.length && html`<p class="quiet">The newest ${shown.length} of ${written.length}.</p>`}
<ol class="messages">
${shown.map(
  ({ at, who, text, more }) => html`<li class="card">
<p><strong>${who}</strong> ${at !== '' && html`<span class="quiet">${showInstant(at)}</span>`} ${more}</p>
${text === undefined ? html`<p class="quiet">Without text.</p>` : html`<p class="text">${withoutPersons(text)}</p>`}
</li>`,
)}
</ol>
${unread > 0 && html`<p class="quiet">${unread} more ${unread === 1 ? 'is' : 'are'} announced and not read, or gone meanwhile.</p>`}`
}

function toWritten({ author, text, files = [], sentAt = '', rating }: ConversationMessage): Written {
  const names = files.map(({ name }) => name ?? 'without a name').join(', ')
  return {
    at: sentAt,
    who: AUTHORS[author] ?? author,
    text,
    more: [
      ...(rating === undefined ? [] : [html`<span class="badge">${rating} of 5</span> `]),
      ...(files.length === 0
        ? []
        : [html`<span class="quiet">${files.length === 1 ? 'file' : 'files'}: ${names}</span>`]),
    ],
  }
}

function toReply({ effects, declined = {} }: Order, replyId: string, text: string, at: string): Written {
  const key = `reply-to-customer/${replyId}`
  const status = declined[key] === undefined ? (effects[key]?.status ?? 'waiting') : 'refused'
  return {
    at,
    who: 'Reply of the back office',
    text,
    more: [html`<span class="chip ${status}">${status}</span>`, declined[key] === undefined ? '' : ` ${declined[key]}`],
  }
}

function instantOf(at: string): number {
  const ms = Date.parse(at)
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms
}
