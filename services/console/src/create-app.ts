import { readFileSync } from 'node:fs'
import { type Ledger, LedgerError, type Subject } from '@sluice/ledger'
import type { Order, StorePolicy } from '@sluice/orders'
import type { EventProducer, QueueStatsReader } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { renderConversationPage } from './conversation-page.ts'
import { LETTERS_PER_PAGE, renderDeadLetterPage, renderDeadLettersPage } from './dead-letters-page.ts'
import { readStatus } from './describe-order.ts'
import { renderErrorPage } from './error-page.ts'
import { guardRequests } from './guard-requests.ts'
import { renderNotice } from './notice.ts'
import { rememberedOperator, takeOperator } from './operator.ts'
import { renderOrderPage } from './order-page.ts'
import { conversationPath, orderPath } from './order-table.ts'
import { ORDERS_PER_PAGE, renderOrdersPage } from './orders-page.ts'
import { ATTENTION_SHOWN, renderOverviewPage } from './overview-page.ts'
import { inTime, messageOf, NoAnswer, readPart } from './read-part.ts'
import { keyOf, letterIdOf, letterStatusOf, lineOf, refreshOf } from './read-query.ts'
import { resolveAttention } from './resolve-attention.ts'
import { discardDeadLetter, type Resolution, retryDeadLetter } from './resolve-dead-letter.ts'

export interface ConsoleDeps {
  ledger: Pick<
    Ledger,
    | 'countOpenDeadLetters'
    | 'laneStats'
    | 'listCatchUps'
    | 'listDeadLetters'
    | 'listOrdersNeedingAttention'
    | 'markDiscarded'
    | 'markReplayed'
    | 'orderTimeline'
    | 'record'
    | 'reviveEffect'
    | 'searchOrders'
  >
  producer: Pick<EventProducer, 'enqueueEffects' | 'replayEvent'>
  queueStats: Pick<QueueStatsReader, 'read'>
  /** The rules of the order's store; undefined when the configuration does not know its account. */
  policyOf(order: Order): StorePolicy | undefined
  /** What is served under /queues. */
  board: Hono
  /** Names of this console besides those of the loopback. */
  ownHosts: readonly string[]
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  now?: () => Date
}

const MAX_FORM_BYTES = 16 * 1024
const LATEST_SHOWN = 10

const OWN_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
/** bull-board is a script with styles in its markup. Nothing of it may come from, or go to, anywhere else. */
const BOARD_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'self'; frame-ancestors 'none'"

/** Every route of the console. Pages only read; what changes something is a POST that ends in a redirect. */
export function createApp(deps: ConsoleDeps): Hono {
  const { ledger, queueStats, log, now = () => new Date() } = deps
  const styles = readFileSync(new URL('./console.css', import.meta.url), 'utf8')
  const app = new Hono()

  app.use(async (c, next) => {
    await next()
    const isBoard = c.req.path === '/queues' || c.req.path.startsWith('/queues/')
    c.header('Content-Security-Policy', isBoard ? BOARD_POLICY : OWN_POLICY)
    c.header('X-Content-Type-Options', 'nosniff')
    // Not no-referrer: then forms would come with `Origin: null`.
    c.header('Referrer-Policy', 'same-origin')
    c.header('Cross-Origin-Opener-Policy', 'same-origin')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
    if (c.req.path !== '/console.css' && !c.req.path.startsWith('/queues/static/'))
      c.header('Cache-Control', 'no-store')
  })
  app.use(async (c, next) =>
    guardRequests(deps.ownHosts, (reason, status) => {
      log.warn({ event: 'console.refused', method: c.req.method, path: c.req.path, reason })
      return c.html(renderErrorPage('Not answered', reason), status)
    })(c, next),
  )

  app.get('/console.css', (c) => {
    c.header('Content-Type', 'text/css; charset=utf-8')
    c.header('Cache-Control', 'max-age=60')
    return c.body(styles)
  })

  app.get('/', async (c) => {
    const [queues, overview] = await Promise.all([
      readPart(() => queueStats.read()),
      readPart(async () => {
        const limit = ATTENTION_SHOWN + 1
        const [openDeadLetters, lanes, needingAttention, conversationsNeedingAttention, latest, catchUps] =
          await Promise.all([
            ledger.countOpenDeadLetters(),
            ledger.laneStats(),
            ledger.listOrdersNeedingAttention({ limit }),
            ledger.listOrdersNeedingAttention({ subject: 'conversation', limit }),
            ledger.searchOrders({ limit: LATEST_SHOWN }),
            ledger.listCatchUps(),
          ])
        return { openDeadLetters, lanes, needingAttention, conversationsNeedingAttention, latest, catchUps }
      }),
    ])
    return c.html(
      renderOverviewPage({ queues, ledger: overview }, { now: now(), ...refreshOf(c.req.query('refresh'), '/') }),
    )
  })

  const list = async (c: Context, subject: Subject) => {
    const before = keyOf(c.req.query('before'))
    const page = { ...(before !== undefined && { before }), limit: ORDERS_PER_PAGE + 1 }
    const isFirstPage = before === undefined
    if (c.req.query('attention')) {
      const orders = await inTime(ledger.listOrdersNeedingAttention({ subject, ...page }))
      return c.html(renderOrdersPage({ subject, text: '', needsAttention: true, orders, isFirstPage, now: now() }))
    }
    const text = keyOf(c.req.query('text')) ?? ''
    const status = readStatus(subject, c.req.query('status'))
    // Orders are what the ledger lists anyway; a search for a number may find a conversation there.
    const about = subject === 'order' ? {} : { subject }
    const orders = await inTime(ledger.searchOrders({ text, ...status, ...about, ...page }))
    return c.html(
      renderOrdersPage({ subject, text, ...status, needsAttention: false, orders, isFirstPage, now: now() }),
    )
  }
  app.get('/orders', (c) => list(c, 'order'))
  app.get('/conversations', (c) => list(c, 'conversation'))

  app.get('/orders/:number', async (c) => {
    const number = keyOf(c.req.param('number'))
    const found = number === undefined ? undefined : await inTime(ledger.orderTimeline(number))
    if (!found) return c.html(noSuchOrder, 404)
    const { order, entries } = found
    if (order.conversation) return c.redirect(conversationPath(order.ref.number), 302)
    const refresh = refreshOf(c.req.query('refresh'), orderPath(order.ref.number))
    const operator = rememberedOperator(c)
    return c.html(renderOrderPage({ order, entries, policy: deps.policyOf(order), operator, now: now(), ...refresh }))
  })

  app.get('/conversations/:number', async (c) => {
    const number = keyOf(c.req.param('number'))
    const found = number === undefined ? undefined : await inTime(ledger.orderTimeline(number))
    if (!found) return c.html(noSuchConversation, 404)
    const { order, entries } = found
    if (!order.conversation) return c.redirect(orderPath(order.ref.number), 302)
    const { conversation } = order
    const refresh = refreshOf(c.req.query('refresh'), conversationPath(order.ref.number))
    const operator = rememberedOperator(c)
    return c.html(renderConversationPage({ order, conversation, entries, operator, now: now(), ...refresh }))
  })

  app.post('/orders/:number/attention', bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), async (c) => {
    const number = keyOf(c.req.param('number'))
    const found = number === undefined ? undefined : await inTime(ledger.orderTimeline(number))
    if (!found) return c.html(noSuchOrder, 404)
    const form: Form = await c.req.parseBody().catch(() => ({}))
    const by = takeOperator(c, form.operator)
    const code = lineOf(form.attention, 60)
    const outcome = await inTime(resolveAttention(ledger, found.order, code, by, now()))
    log.info({ event: 'console.attention', orderNumber: number, attention: code, by, outcome })
    return c.redirect(orderPath(found.order.ref.number), 303)
  })

  app.get('/dead-letters', async (c) => {
    const status = letterStatusOf(c.req.query('status'))
    const before = letterIdOf(c.req.query('before'))
    const page = before === undefined ? {} : { before }
    const letters = await inTime(ledger.listDeadLetters({ status, ...page, limit: LETTERS_PER_PAGE + 1 }))
    const notice = renderNotice(c.req.query('notice'), letterIdOf(c.req.query('letter')))
    const isFirstPage = before === undefined
    return c.html(
      renderDeadLettersPage({ status, letters, isFirstPage, notice, operator: rememberedOperator(c), now: now() }),
    )
  })

  app.get('/dead-letters/:id', async (c) => {
    const id = letterIdOf(c.req.param('id'))
    const [letter] = id === undefined ? [] : await inTime(ledger.listDeadLetters({ id, limit: 1 }))
    if (!letter) return c.html(noSuchLetter, 404)
    const notice = renderNotice(c.req.query('notice'), undefined)
    return c.html(renderDeadLetterPage({ letter, notice, operator: rememberedOperator(c), now: now() }))
  })

  const act = (action: string, run: (id: string, by: string, form: Form) => Promise<Resolution>): void => {
    app.post(`/dead-letters/:id/${action}`, bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), async (c) => {
      const id = letterIdOf(c.req.param('id'))
      if (id === undefined) return c.html(noSuchLetter, 404)
      // What is not a form says nothing.
      const form: Form = await c.req.parseBody().catch(() => ({}))
      const by = takeOperator(c, form.operator)
      const outcome = await run(id, by, form)
      log.info({ event: `console.${action}`, deadLetter: id, by, outcome })
      return c.redirect(afterwards(id, outcome), 303)
    })
  }
  act('retry', (id, by) => retryDeadLetter(deps, id, by))
  act('discard', (id, by, form) => discardDeadLetter(deps, id, by, lineOf(form.why, 500)))

  app.get('/queues/', (c) => c.redirect('/queues', 301))
  app.route('/queues', deps.board)

  app.notFound((c) => c.html(renderErrorPage('Nothing here', 'There is no page at this address.'), 404))
  app.onError((err, c) => {
    const request = { method: c.req.method, path: c.req.path }
    const again = c.req.method === 'POST' ? ` ${REPEAT}` : ''
    if (err instanceof NoAnswer || (err instanceof LedgerError && err.code === 'unavailable')) {
      log.warn({ event: 'console.postgres-away', ...request, detail: err.message })
      return c.html(renderErrorPage('Postgres does not answer', `Try again in a moment.${again}`, messageOf(err)), 503)
    }
    log.error({ event: 'console.failed', ...request, err })
    const detail = err instanceof LedgerError ? messageOf(err) : undefined
    return c.html(renderErrorPage('This did not work', `The console's log says more.${again}`, detail), 500)
  })
  return app
}

type Form = Record<string, unknown>

const REPEAT = 'What you asked for may or may not have been done. Doing it again is harmless.'

const noSuchOrder = renderErrorPage('No such order', 'There is no order of this number.')
const noSuchConversation = renderErrorPage('No such conversation', 'There is no conversation of this number.')
const noSuchLetter = renderErrorPage('No such dead letter', 'There is no dead letter of this number.')

function tooLarge(c: Context): Response | Promise<Response> {
  return c.html(renderErrorPage('Too much', 'This form holds more than the console takes.'), 413)
}

/** Back to the list when the letter is done with, else to the letter. */
function afterwards(id: string, outcome: Resolution): string {
  switch (outcome) {
    case 'retried':
    case 'retried-without-queue':
    case 'already-retried':
    case 'discarded':
    case 'already-discarded':
      return `/dead-letters?notice=${outcome}&letter=${id}`
    case 'overtaken':
    case 'queue-unavailable':
    case 'unparsable':
    case 'reason-missing':
    case 'not-discardable':
    case 'unknown':
      return `/dead-letters/${id}?notice=${outcome}`
  }
}
