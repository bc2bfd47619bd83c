import { LedgerError, type TimelineEntry } from '@sluice/ledger'
import { type Conversation, defaultPolicy, type EffectRecord, type Order, type PlacedOrder } from '@sluice/orders'
import { QueueUnavailable } from '@sluice/queue'
import { describe, expect, test, vi } from 'vitest'
import type { ConsoleDeps } from './create-app.ts'
import { createFakeConsole, deadEffect, eventJob, letterOf, orderOf, SCRIPT, summaryOf } from './fake-console.ts'

const away = new LedgerError('unavailable', 'ask: connect ECONNREFUSED 127.0.0.1:5432')
const fails = (err: Error) => async () => {
  throw err
}

/** The ledger with this one order, or conversation. */
const holding = (order: Order, entries: TimelineEntry[] = []) => ({ orderTimeline: async () => ({ order, entries }) })

const eventEntry = (payload: unknown): TimelineEntry => ({
  kind: 'event',
  at: '2026-03-01T09:00:00Z',
  seq: 1,
  type: 'x',
  name: 'x',
  source: 'catch-up',
  verdict: 'applied',
  dedupKey: 'k',
  occurredAt: null,
  receivedAt: '2026-03-01T09:00:00Z',
  payload,
})

type EffectEntry = Extract<TimelineEntry, { kind: 'effect' }>

const effectEntry = (key: string, changes: Partial<EffectEntry> = {}): EffectEntry => ({
  kind: 'effect',
  at: '2026-03-01T09:00:00Z',
  effectId: 'o.1',
  seq: 1,
  effectKind: 'notify-marketplace',
  lane: 'marketplace',
  key,
  status: 'done',
  isBlocking: true,
  attempts: 1,
  revivals: 0,
  notBefore: '2026-03-01T09:00:00Z',
  settledAt: '2026-03-01T09:00:00Z',
  payload: null,
  ...changes,
})

const letterEntry = (id: string, changes: Partial<TimelineEntry & { kind: 'dead-letter' }> = {}): TimelineEntry => ({
  kind: 'dead-letter',
  at: '2026-03-01T09:10:00Z',
  id,
  effectId: 'o.1',
  queue: null,
  job: null,
  fault: 'data',
  error: 'refused 422',
  attempts: 1,
  status: 'open',
  resolvedAt: null,
  resolvedBy: null,
  resolvedWhy: null,
  ...changes,
})

describe('overview', () => {
  test('shows queues, lanes, dead letters and orders', async () => {
    const { get } = createFakeConsole({
      ledger: {
        countOpenDeadLetters: async () => 3,
        laneStats: async () => [{ lane: 'stock', kind: 'reserve-stock', waiting: 5, due: 2, oldestDueMs: 130_000 }],
        listOrdersNeedingAttention: async () => [summaryOf({ attention: ['effect-dead'] })],
      },
    })
    const page = await (await get('/')).text()
    expect(page).toMatch(/<b>3<\/b> open dead letters/)
    expect(page).toMatch(/<b>1<\/b> order needs attention/)
    expect(page).toMatch(/reservation<\/a>.*?7.*?1.*?2.*?3.*?90 s/s)
    expect(page).toMatch(/reserve-stock.*?5.*?2.*?2 min/s)
    expect(page).toContain('a lane is blocked by a dead effect')
  })

  test('the figure and the cut-off list lead to everything that needs attention', async () => {
    const needing = Array.from({ length: 21 }, (_, n) => summaryOf({ number: `KU-H${n}`, attention: ['effect-dead'] }))
    const { get } = createFakeConsole({ ledger: { listOrdersNeedingAttention: async () => needing } })
    const page = await (await get('/')).text()
    for (const path of ['/orders', '/conversations']) {
      expect(page).toContain(`<a href="${path}?attention=needed"><b>20+</b>`)
      expect(page).toContain(`The newest 20 are shown. <a href="${path}?attention=needed">All that need attention</a>`)
    }
  })

  test('no table of it is wider than a phone: each becomes cards', async () => {
    const { get } = createFakeConsole({
      ledger: { laneStats: async () => [{ lane: 'stock', kind: 'reserve-stock', waiting: 5, due: 0, oldestDueMs: 0 }] },
    })
    const page = await (await get('/')).text()
    const tables = [...page.matchAll(/<table[^>]*>/g)].map(([table]) => table)
    expect(tables).toHaveLength(2)
    for (const table of tables) expect(table).toContain('class="cards"')
    expect(page).toContain('timers of orders that are over')
  })

  test('without Redis the ledger is still shown', async () => {
    const queueStats = { read: fails(new Error('connect ECONNREFUSED 127.0.0.1:6379')) }
    const { get } = createFakeConsole({ ledger: { searchOrders: async () => [summaryOf()] }, rest: { queueStats } })
    const res = await get('/')
    const page = await res.text()
    expect(res.status).toBe(200)
    expect(page).toContain('Redis does not answer.')
    expect(page).toContain('KU-H1')
  })

  test('without Postgres the queues are still shown', async () => {
    const { get } = createFakeConsole({ ledger: { laneStats: fails(away) } })
    const page = await (await get('/')).text()
    expect(page).toContain('Postgres does not answer.')
    expect(page).toMatch(/reservation<\/a>/)
  })

  test('a Postgres that answers with an error is not called away', async () => {
    const { get } = createFakeConsole({
      ledger: { laneStats: fails(new LedgerError('refused', 'lane stats: relation "effects" does not exist')) },
    })
    const page = await (await get('/')).text()
    expect(page).toContain('Postgres answered with an error.')
    expect(page).toContain('relation &quot;effects&quot; does not exist')
  })

  test('a source that stays silent holds the page up for a bounded time only', async () => {
    vi.useFakeTimers()
    try {
      const { get } = createFakeConsole({ rest: { queueStats: { read: () => new Promise(() => {}) } } })
      const asked = get('/')
      await vi.advanceTimersByTimeAsync(3_000)
      expect(await (await asked).text()).toContain('no answer within 3000 ms')
    } finally {
      vi.useRealTimers()
    }
  })

  test('loads itself again only when asked to', async () => {
    const { get } = createFakeConsole()
    expect(await (await get('/')).text()).not.toContain('http-equiv')
    expect(await (await get('/?refresh=0;url=//evil')).text()).toContain('content="10;url=/?refresh=10"')
  })
})

test('the overview says how far the marketplaces were asked, and why not further', async () => {
  const through = new Date('2026-03-01T08:00:00Z')
  const { get } = createFakeConsole({
    ledger: {
      listCatchUps: async () => [
        {
          account: 'main',
          subject: 'orders',
          through,
          ageMs: 7_200_000,
          isRunning: false,
          lastError: SCRIPT,
          retryAt: through,
        },
        {
          account: 'market',
          subject: 'returns',
          through,
          ageMs: 240_000,
          isRunning: true,
          lastError: null,
          retryAt: null,
        },
      ],
    },
  })
  const page = await (await get('/')).text()
  expect(page).toMatch(/main.*?orders.*?2 h ago.*?could not be read:.*?&lt;script&gt;alert.*?tried again/s)
  expect(page).toMatch(/market.*?returns.*?4 min ago.*?running/s)
})

describe('what comes from outside is text', () => {
  const nasty = {
    searchOrders: async () => [summaryOf({ number: SCRIPT, externalId: SCRIPT })],
    listDeadLetters: async () => [
      letterOf({
        orderNumber: SCRIPT,
        queue: SCRIPT,
        job: SCRIPT,
        error: SCRIPT,
        status: 'discarded' as const,
        resolvedAt: new Date(0),
        resolvedBy: SCRIPT,
        resolvedWhy: SCRIPT,
        payload: { name: SCRIPT, [SCRIPT]: SCRIPT },
      }),
    ],
    orderTimeline: async () => ({
      order: {
        ...orderOf(SCRIPT),
        attention: { 'effect-dead': SCRIPT },
        placed: {
          stamp: '',
          value: {
            storeId: SCRIPT,
            lines: [{ sku: SCRIPT, name: SCRIPT, quantity: 1, price: SCRIPT }],
            customer: { name: SCRIPT, phone: SCRIPT },
            deliveryWindow: { from: SCRIPT },
          },
        },
      },
      entries: [
        {
          kind: 'event' as const,
          at: '2026-03-01T09:00:00Z',
          seq: 1,
          type: SCRIPT,
          name: SCRIPT,
          source: 'marketplace' as const,
          verdict: 'applied' as const,
          dedupKey: SCRIPT,
          occurredAt: SCRIPT,
          receivedAt: SCRIPT,
          payload: { [SCRIPT]: SCRIPT },
        },
        {
          kind: 'attempt' as const,
          at: SCRIPT,
          effectId: SCRIPT,
          effectKind: 'notify-marketplace' as const,
          key: `notify-marketplace/${SCRIPT}`,
          revival: 0,
          n: 1,
          durationMs: 1,
          outcome: SCRIPT,
          httpStatus: 200,
          request: SCRIPT,
          response: SCRIPT,
        },
      ],
    }),
  }

  test.each([
    '/',
    '/orders',
    `/orders?text=${encodeURIComponent(`"><img src=x>${SCRIPT}`)}`,
    '/orders/x?refresh=%3Cscript%3E',
    '/dead-letters',
    '/dead-letters/12',
    '/dead-letters?notice=%3Cscript%3E&letter=%3Cscript%3E',
  ])('%s', async (path) => {
    const { get } = createFakeConsole({ ledger: nasty })
    const res = await get(path, { cookie: `operator=${encodeURIComponent(`"${SCRIPT}`)}` })
    const page = await res.text()
    expect(page).toContain('&lt;script&gt;alert(')
    expect(page).not.toMatch(/<script|<img/i)
    expect(page.match(/<html/g)).toHaveLength(1)
    expect(res.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/)
  })
})

describe('orders', () => {
  test('are searched by text and status, page by page', async () => {
    const searchOrders = vi.fn(async () => Array.from({ length: 51 }, (_, n) => summaryOf({ number: `KU-H${n}` })))
    const { get } = createFakeConsole({ ledger: { searchOrders } })
    const page = await (await get('/orders?text=%20KU-H&status=delivered&before=KU-H99')).text()
    expect(searchOrders).toHaveBeenCalledWith({ text: 'KU-H', status: 'delivered', before: 'KU-H99', limit: 51 })
    expect(page).toContain('/orders?text=KU-H&amp;status=delivered&amp;before=KU-H49')
    expect(page).not.toContain('KU-H50')
    await get('/orders?status=nonsense&text=%00')
    expect(searchOrders).toHaveBeenLastCalledWith({ text: '', limit: 51 })
  })

  test.each([
    ['/orders', 'order'],
    ['/conversations', 'conversation'],
  ] as const)('what needs attention is listed page by page: %s', async (path, subject) => {
    const needing = Array.from({ length: 51 }, (_, n) => summaryOf({ number: `KU-H${n}`, subject }))
    const listOrdersNeedingAttention = vi.fn(async () => needing)
    const { get, ledger } = createFakeConsole({ ledger: { listOrdersNeedingAttention } })
    const page = await (await get(`${path}?attention=needed&before=KU-H99`)).text()
    expect(listOrdersNeedingAttention).toHaveBeenCalledWith({ subject, before: 'KU-H99', limit: 51 })
    expect(ledger.searchOrders).not.toHaveBeenCalled()
    expect(page).toContain(`<a href="${path}?attention=needed&amp;before=KU-H49" rel="next">Older</a>`)
    expect(page).toContain(`<a href="${path}?attention=needed">Newest</a>`)
    expect(page).toMatch(/aria-current="page">Need attention/)
    expect(page).not.toContain('KU-H50')
    const all = await (await get(path)).text()
    expect(all).toContain(`href="${path}?attention=needed"`)
    expect(all).toMatch(/aria-current="page">All/)
  })

  test('an unknown number is a 404 page', async () => {
    const { get } = createFakeConsole()
    const res = await get('/orders/KU-none')
    expect(res.status).toBe(404)
    expect(await res.text()).toContain('No such order')
  })

  test('an order page holds no personal data in clear', async () => {
    const order = orderOf('KU-H1')
    const person = { name: 'Anna Petrova', phone: '+7 999 111-22-33' }
    const placed = { storeId: '017', lines: [], customer: person, address: 'Lenina 5', comment: 'ring twice' }
    const entry = {
      kind: 'event' as const,
      at: '2026-03-01T09:00:00Z',
      seq: 1,
      type: 'order.placed',
      name: 'order.created',
    }
    const { get } = createFakeConsole({
      ledger: {
        orderTimeline: async () => ({
          order: { ...order, placed: { stamp: '', value: placed }, courierPerson: { stamp: '', value: person } },
          entries: [
            {
              ...entry,
              source: 'marketplace' as const,
              verdict: 'late' as const,
              dedupKey: 'k',
              occurredAt: null,
              receivedAt: entry.at,
              payload: { type: 'order.placed', order: placed },
            },
          ],
        }),
      },
    })
    const page = await (await get('/orders/KU-H1')).text()
    expect(page).toContain('A••• P•••, ••• 33')
    expect(page).toContain('late: the order was already further')
    expect(page).not.toMatch(/Anna|Petrova|111-22|Lenina|ring twice/)
  })

  test('Postgres away is said, with 503', async () => {
    const { get } = createFakeConsole({ ledger: { searchOrders: fails(away), orderTimeline: fails(away) } })
    for (const path of ['/orders', '/orders/KU-H1']) {
      const res = await get(path)
      expect(res.status).toBe(503)
      expect(await res.text()).toContain('Postgres does not answer')
    }
  })
})

describe('an order page for the person on call', () => {
  const dead = effectEntry('notify-marketplace/canceled', { status: 'dead' })
  const order: Order = {
    ...orderOf('KU-H1'),
    attention: { 'effect-dead': 'notify-marketplace/canceled', 'return-lost': 'the goods of return 7 are lost' },
    placed: { value: { storeId: '1', lines: [{ sku: 'A', quantity: 3 }] } as PlacedOrder, stamp: '' },
  }
  const retried = letterEntry('11', { status: 'replayed', at: '2026-03-01T09:05:00Z' })
  const ofAnEvent = letterEntry('13', { effectId: null })
  const entries = [eventEntry({ type: 'order.placed' }), dead, retried, letterEntry('12'), ofAnEvent]
  const pageOf = async (shown = order, cookie = '') =>
    (await createFakeConsole({ ledger: holding(shown, entries) }).get('/orders/KU-H1', { cookie })).text()

  test('leads from the notice, and from the effect, to the dead letter that is open', async () => {
    const page = await pageOf()
    const notice = /role="alert">(.*?)<\/div>/s.exec(page)?.[1]
    expect(notice?.match(/\/dead-letters\/\d+/g)).toEqual(['/dead-letters/12'])
    expect(notice).toContain('refused 422')
    expect(page).toMatch(/data-label="State"><div><span class="chip dead">dead<\/span> <a href="\/dead-letters\/12">/)
  })

  test('asks for a name beside each button, and remembers it', async () => {
    const page = await pageOf(order, 'operator=Anna')
    for (const code of ['effect-dead', 'return-lost']) {
      expect(page).toContain(`<label for="seen-by-${code}">Your name</label>`)
      expect(page).toContain(`<input id="seen-by-${code}" name="operator" value="Anna"`)
    }
    expect(page).not.toMatch(/type="hidden" name="operator"/)
  })

  test('leads from its top to each of its sections', async () => {
    const jumpsOf = (page: string) =>
      /<nav class="jumps".*?<\/nav>/s
        .exec(page)?.[0]
        .match(/(?<=href="#)\w+/g)
        ?.filter((id) => page.includes(`id="${id}"`))
    expect(jumpsOf(await pageOf())).toEqual(['lines', 'effects', 'timeline'])
    expect(jumpsOf(await pageOf({ ...order, returns: { 7: {} } }))).toEqual(['lines', 'returns', 'effects', 'timeline'])
  })

  test('tells the newest first', async () => {
    expect(await pageOf()).toMatch(/id="timeline".*?dead-letters\/12.*?dead-letters\/11.*?Decided.*?Event 1/s)
  })

  test('no table of it is wider than a phone: each becomes cards', async () => {
    const tables = (await pageOf()).match(/<table[^>]*>/g)
    expect(tables).toHaveLength(2)
    for (const table of tables!) expect(table).toContain('class="cards"')
  })

  test('says once that times are UTC, and leaves a delivery window as the marketplace wrote it', async () => {
    const deliveryWindow = { from: '2026-03-02T10:00:00+03:00', to: '2026-03-02T12:00:00.000Z' }
    const placed = { stamp: '', value: { ...order.placed!.value, deliveryWindow } }
    const page = await pageOf({ ...order, placed })
    expect(page).toMatch(/>2 Mar 10:00 \+03:00<\/time> to <time[^>]*>2 Mar 12:00 UTC</)
    expect(page.match(/All times are UTC/g)).toHaveLength(1)
    expect(page).not.toMatch(/\d\d:\d\d:\d\d UTC/)
  })
})

test('a conversation is open as a matter of course; an open dead letter is not', async () => {
  const styles = await (await createFakeConsole().get('/console.css')).text()
  expect(styles.match(/^.*\.chip\.open\b/gm)).toEqual(['.dead-letter .chip.open'])
})

test.each<[string, Partial<Order>, string[]]>([
  ['the store has not got them', {}, ['–']],
  [
    'the store says that it has them',
    { returns: { 7: { receivedAt: '2026-03-01T08:00:00Z' } } },
    ['received', '08:00:00'],
  ],
  [
    'the marketplace says that they were collected',
    {
      effects: {
        'take-back-goods/return-7': {
          seq: 1,
          kind: 'take-back-goods',
          lane: 'stock',
          status: 'done',
          isBlocking: false,
          settledAt: '2026-03-01T08:30:00Z',
        },
      },
    },
    ['taken back', 'chip done', '08:30:00'],
  ],
])('when returned goods are back is shown, whoever says so: %s', async (_, facts, expected) => {
  const order: Order = { ...orderOf('YM-1'), returns: { 7: {} }, ...facts }
  const page = await (await createFakeConsole({ ledger: holding(order) }).get('/orders/YM-1')).text()
  const cell = /data-label="Back in the store"><div>(.*?)<\/div>/s.exec(page)?.[1]
  for (const words of expected) expect(cell).toContain(words)
})

test('an order page shows its returns', async () => {
  const order: Order = {
    ...orderOf('YM-1'),
    returns: {
      77: {
        kind: 'return',
        createdAt: '2026-03-01T08:30:00Z',
        refund: { value: 'decision-needed', stamp: '' },
        shipment: { value: 'ready-for-pickup', stamp: '' },
        decision: { value: { kind: 'decline', reason: SCRIPT, comment: 'dear Anna' }, stamp: '' },
        view: {
          value: {
            kind: 'return',
            readAt: '2026-03-01T08:31:00Z',
            amount: '120.00',
            collectBy: '2026-03-08',
            lines: [{ sku: SCRIPT, quantity: 2, reason: 'BAD_QUALITY: call +7 999 111-22-33' }],
          },
          stamp: '',
        },
      },
    },
  }
  const page = await (await createFakeConsole({ ledger: holding(order) }).get('/orders/YM-1')).text()
  expect(page).toMatch(
    /Returns.*?77.*?sent back.*?2 × .*?BAD_QUALITY.*?waits for the merchant.*?120\.00.*?ready to be collected/s,
  )
  expect(page).not.toMatch(/<script|dear Anna|111-22-33/)
})

describe('a customer’s wish to cancel', () => {
  const [first, answeredAt, again] = ['2026-03-01T08:00:00Z', '2026-03-01T08:10:00.5Z', '2026-03-01T08:30:00Z']
  const answer = (step: string, changes: Partial<EffectRecord> = {}): Order['effects'] => ({
    [`answer-cancellation-request/${step}`]: {
      seq: 1,
      kind: 'answer-cancellation-request',
      lane: 'answers',
      status: 'done',
      isBlocking: false,
      settledAt: answeredAt,
      fingerprint: `${first} undefined`,
      ...changes,
    },
  })
  const waiting = { status: 'waiting', settledAt: '', seq: 2, fingerprint: `${again} delivered` } as const

  test.each<[string, Partial<Order>, string[], RegExp]>([
    ['nobody has answered', {}, [first], /08:00:00.*not answered yet/],
    ['we agreed', { effects: answer('accept') }, [first], /08:00:00.*agreed <span class="chip done">/],
    ['we refused', { effects: answer('decline') }, [first], /refused <span class="chip done">/],
    [
      'it came again, and nobody has answered',
      { effects: answer('decline') },
      [first, again],
      /08:30.*not answered yet/,
    ],
    [
      'it came again, and our answer is on its way',
      { effects: { ...answer('decline'), ...answer('decline#2', waiting) } },
      [first, again],
      /08:30.*refused <span class="chip waiting">/,
    ],
    [
      'the marketplace did not take our answer',
      { effects: answer('accept'), declined: { 'answer-cancellation-request/accept': 'call +7 999 111-22-33' } },
      [first],
      /agreed.*not taken by the marketplace.*call \[redacted\]/,
    ],
    [
      'the order was cancelled meanwhile',
      { cancellation: { byMarketplace: { at: answeredAt } } },
      [first],
      /08:00:00.*over without an answer of ours/,
    ],
  ])('%s', async (_, facts, times, expected) => {
    const order: Order = { ...orderOf('YM-1'), ...facts, cancellationAsked: { times } }
    const page = await (await createFakeConsole({ ledger: holding(order) }).get('/orders/YM-1')).text()
    expect(/Customer asks to cancel<\/dt><dd>(.*?)<\/dd>/s.exec(page)?.[1]?.replaceAll('\n', ' ')).toMatch(expected)
    if (!expected.source.includes('not answered')) expect(page).not.toContain('not answered yet')
  })
})

test('why an order was cancelled is shown without whom it names', async () => {
  const reason = 'call Anna, +7 999 111-22-33'
  const order: Order = {
    ...orderOf('KU-H1'),
    status: 'cancelled',
    cancellation: { byMarketplace: { reason, at: '2026-03-01T09:00:00Z' } },
  }
  const page = await (await createFakeConsole({ ledger: holding(order) }).get('/orders/KU-H1')).text()
  expect(page).toContain('cancelled</span> call Anna, [redacted]')
  expect(page).not.toContain('111-22')
})

test('a document without lines stands for what was reserved', async () => {
  const order: Order = {
    ...orderOf('KU-H1'),
    placed: { value: { lines: [{ sku: 'A', quantity: 3 }], storeId: '1' } as PlacedOrder, stamp: '' },
    reservation: { state: 'held', wasHeld: true, alreadyUsed: false, lines: [{ sku: 'A', quantity: 2 }] },
    composition: { value: { receivedAt: '2026-03-01T09:00:00Z' }, stamp: '' },
  }
  const composed = async (policyOf: ConsoleDeps['policyOf']) => {
    const { get } = createFakeConsole({ ledger: holding(order), rest: { policyOf } })
    const page = await (await get('/orders/KU-H1')).text()
    return /data-label="Put together"><div>(.*?)<\/div>/s.exec(page)?.[1]
  }
  expect(await composed(() => defaultPolicy)).toBe('2')
  // Of an account that is not in the configuration any more nobody knows it.
  expect(await composed(() => undefined)).toContain('–')
})

test('codes are never shown: keys of digital goods, marking codes, what a courier showed', async () => {
  const secret = 'KEY-4711'
  const lines = [{ sku: 'game', codes: [secret], quantity: 1, markingCodes: [secret] }]
  const order: Order = {
    ...orderOf('YM-1'),
    digitalLines: { value: lines, stamp: '' },
    composition: { value: { lines, boxes: [{ lines }], receivedAt: '' }, stamp: '' },
    courierCodes: [{ n: 1, code: secret, stamp: '' }],
  }
  const effect = effectEntry('notify-marketplace/digital_codes', { payload: { step: 'digital_codes', lines } })
  const attempt: TimelineEntry = {
    kind: 'attempt',
    at: '2026-03-01T09:00:00Z',
    effectId: 'o.1',
    effectKind: 'notify-marketplace',
    key: 'notify-marketplace/digital_codes',
    revival: 0,
    n: 1,
    durationMs: 1,
    outcome: 'done',
    httpStatus: 200,
    request: JSON.stringify({ items: lines }),
    response: JSON.stringify({ code: secret }),
  }
  const events = [
    { type: 'digital.issued', lines },
    { type: 'courier-code.entered', code: secret },
    { type: 'composition.finalised', lines, boxes: [{ lines }] },
  ].map(eventEntry)
  const { get } = createFakeConsole({ ledger: holding(order, [...events, effect, attempt]) })
  const page = await (await get('/orders/YM-1')).text()
  expect(page).toMatch(/Keys issued<\/dt><dd>1</)
  expect(page).toContain('1 marking code')
  expect(page).not.toContain(secret)
})

describe('conversations', () => {
  const conversation: Conversation = {
    topic: 'chat',
    announcedMessages: { 8: '2026-03-01T09:02:00Z' },
    subject: {
      value: { kind: 'subject', about: { article: SCRIPT, customer: 'Anna Kern' }, orderNumber: 'YM-1', state: SCRIPT },
      stamp: '',
    },
    messages: {
      7: {
        id: '7',
        author: 'customer',
        text: `${SCRIPT} call +7 999 111-22-33`,
        files: [{ name: SCRIPT, url: 'javascript:alert(1)' }],
        sentAt: '2026-03-01T09:00:00Z',
        rating: 2,
      },
    },
    replies: { r1: { text: SCRIPT, at: '2026-03-01T09:01:00Z' } },
  }
  const chat: Order = {
    ...orderOf('YM-chat-1'),
    status: 'open',
    conversation,
    declined: { 'reply-to-customer/r1': SCRIPT },
    attention: { 'answer-declined': SCRIPT },
  }

  test('are listed apart from orders', async () => {
    const searchOrders = vi.fn(async () => [
      summaryOf({ number: 'YM-chat-1', subject: 'conversation', status: 'open' }),
    ])
    const { get } = createFakeConsole({ ledger: { searchOrders } })
    const page = await (await get('/conversations?status=open&text=YM')).text()
    expect(searchOrders).toHaveBeenCalledWith({ text: 'YM', status: 'open', subject: 'conversation', limit: 51 })
    expect(page).toContain('href="/conversations/YM-chat-1"')
    expect(page).toMatch(/aria-current="page">Conversations/)
    await get('/conversations?status=delivered')
    expect(searchOrders).toHaveBeenLastCalledWith({ text: '', subject: 'conversation', limit: 51 })
  })

  test('are found among orders by their number', async () => {
    const searchOrders = vi.fn(async () => [
      summaryOf({ number: 'YM-chat-1', subject: 'conversation', status: 'open' }),
    ])
    const { get } = createFakeConsole({ ledger: { searchOrders } })
    expect(await (await get('/orders?text=YM-chat')).text()).toContain('href="/conversations/YM-chat-1"')
    await get('/orders?status=open')
    expect(searchOrders).toHaveBeenLastCalledWith({ text: '', limit: 51 })
  })

  test('show what was written, as text, in the order of time, and what became of a reply', async () => {
    const { get } = createFakeConsole({
      ledger: holding(chat, [eventEntry({ type: 'conversation.read', text: SCRIPT })]),
    })
    const page = await (await get('/conversations/YM-chat-1')).text()
    expect(page).toMatch(
      /Customer<\/strong>.*?2 of 5.*?&lt;script&gt;.*?Reply of the back office.*?refused.*?&lt;script&gt;/s,
    )
    expect(page).toContain('1 more is announced')
    expect(page).toContain('href="/orders/YM-1"')
    expect(page).toContain('the marketplace did not take our answer')
    expect(page).toContain('A••• K•••')
    expect(page).not.toMatch(/<script|javascript:|111-22-33|Anna|Kern/)
  })

  test('of a very long chat show the newest messages, and say that there are more', async () => {
    const messages = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, n) => {
        const sentAt = new Date(Date.parse('2026-03-01T00:00:00Z') + n * 1_000).toISOString()
        return [`${n}`, { id: `${n}`, author: 'customer' as const, text: `text ${n}.`, sentAt }]
      }),
    )
    const long: Order = { ...chat, version: 15_000, conversation: { ...conversation, messages, replies: {} } }
    const { get } = createFakeConsole({ ledger: holding(long, [eventEntry({ type: 'conversation.read' })]) })
    const page = await (await get('/conversations/YM-chat-1')).text()
    expect(page).toContain('The newest 200 of 5000.')
    expect(page).toContain('newest of 15000 events')
    expect(page).toContain('text 4999.')
    expect(page).not.toContain('text 4799.')
  })

  test('an address of the other kind leads to the right page', async () => {
    const orders = createFakeConsole({ ledger: holding(orderOf('YM-1')) })
    expect((await orders.get('/conversations/YM-1')).headers.get('location')).toBe('/orders/YM-1')
    const chats = createFakeConsole({ ledger: holding(chat) })
    expect((await chats.get('/orders/YM-chat-1?refresh=10')).headers.get('location')).toBe('/conversations/YM-chat-1')
    expect((await createFakeConsole().get('/conversations/x')).status).toBe(404)
  })

  test('that need attention are counted apart', async () => {
    const listOrdersNeedingAttention = vi.fn(async ({ subject }: { subject?: string }) =>
      subject === 'conversation' ? [summaryOf({ number: 'YM-chat-1', subject, attention: ['answer-declined'] })] : [],
    )
    const { get } = createFakeConsole({ ledger: { listOrdersNeedingAttention } })
    const page = await (await get('/')).text()
    expect(page).toMatch(/<b>0<\/b> orders need attention/)
    expect(page).toMatch(/<b>1<\/b> conversation needs attention/)
    expect(page).toContain('href="/conversations/YM-chat-1"')
  })
})

describe('requests from elsewhere', () => {
  test('a form of another site is refused and does nothing', async () => {
    const { post, ledger, log } = createFakeConsole({ ledger: { listDeadLetters: async () => [letterOf(deadEffect)] } })
    for (const headers of [
      {},
      { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'http://127.0.0.1:3000' },
    ]) {
      const res = await post('/dead-letters/12/retry', {}, headers as Record<string, string>)
      expect(res.status).toBe(403)
    }
    expect(ledger.reviveEffect).not.toHaveBeenCalled()
    expect(log.warn).toHaveBeenCalledTimes(3)
  })

  test('another name of this address is not answered, also for reading', async () => {
    const { get } = createFakeConsole()
    const res = await get('/', { host: 'rebound.example:8090' })
    expect(res.status).toBe(421)
    expect(await res.text()).not.toContain('reservation')
  })

  test('nothing changes by GET', async () => {
    const { get, ledger } = createFakeConsole()
    expect((await get('/dead-letters/12/retry')).status).toBe(404)
    expect(ledger.listDeadLetters).not.toHaveBeenCalled()
  })
})

describe('dead letters', () => {
  test('say who has to act and why, newest first, page by page', async () => {
    const letters = Array.from({ length: 26 }, (_, n) =>
      letterOf({ id: String(100 - n), ...(n === 0 && { ...deadEffect, fault: 'theirs' as const }) }),
    )
    const listDeadLetters = vi.fn(async () => letters)
    const { get } = createFakeConsole({ ledger: { listDeadLetters } })
    const page = await (await get('/dead-letters?before=101')).text()
    expect(listDeadLetters).toHaveBeenCalledWith({ status: 'open', before: '101', limit: 26 })
    expect(page).toContain('Report “ready” to the marketplace')
    expect(page).toContain('Them: the marketplace')
    expect(page).toContain('its marketplace lane is blocked')
    expect(page).toContain('/dead-letters?status=open&before=76')
    expect(page).not.toContain('/dead-letters/75/')
    await get('/dead-letters?status=discarded&before=1;drop')
    expect(listDeadLetters).toHaveBeenLastCalledWith({ status: 'discarded', limit: 26 })
  })

  test('a dead effect is revived, then its heads are enqueued', async () => {
    const heads = [{ effectId: 'o.3', kind: 'notify-marketplace' as const, revivals: 1 }]
    const reviveEffect = vi.fn(async () => ({ kind: 'revived' as const, heads }))
    const { get, post, producer, log } = createFakeConsole({
      ledger: { listDeadLetters: async () => [letterOf(deadEffect)], reviveEffect },
    })
    const res = await post('/dead-letters/12/retry', { operator: ' Anna\n' })
    expect(res.status).toBe(303)
    expect(res.headers.get('location')).toBe('/dead-letters?notice=retried&letter=12')
    expect(res.headers.get('set-cookie')).toMatch(/^operator=Anna;.*HttpOnly; SameSite=Strict/)
    expect(reviveEffect).toHaveBeenCalledWith('12', 'Anna')
    expect(producer.enqueueEffects).toHaveBeenCalledWith(heads)
    expect(log.info).toHaveBeenCalledWith({ event: 'console.retry', deadLetter: '12', by: 'Anna', outcome: 'retried' })
    expect(await (await get(res.headers.get('location')!)).text()).toContain('It is being tried again.')
  })

  test('a second click on a dead effect enqueues the same heads and says that nothing was done twice', async () => {
    const heads = [{ effectId: 'o.3', kind: 'notify-marketplace' as const, revivals: 1 }]
    const { get, post, producer } = createFakeConsole({
      ledger: {
        listDeadLetters: async () => [letterOf({ ...deadEffect, status: 'replayed' })],
        reviveEffect: async () => ({ kind: 'already-resolved', heads }),
      },
    })
    const res = await post('/dead-letters/12/retry')
    expect(producer.enqueueEffects).toHaveBeenCalledWith(heads)
    expect(await (await get(res.headers.get('location')!)).text()).toContain('Nothing was done twice.')
  })

  test('without Redis a revived effect waits for the steward, and the page says so', async () => {
    const { post, producer } = createFakeConsole({
      ledger: {
        listDeadLetters: async () => [letterOf(deadEffect)],
        reviveEffect: async () => ({ kind: 'revived', heads: [] }),
      },
    })
    producer.enqueueEffects.mockRejectedValue(new QueueUnavailable('away', 'Redis is not reachable'))
    const res = await post('/dead-letters/12/retry')
    expect(res.headers.get('location')).toBe('/dead-letters?notice=retried-without-queue&letter=12')
  })

  test('a dead event is enqueued, and only then its letter is closed', async () => {
    const { post, producer, ledger } = createFakeConsole({ ledger: { listDeadLetters: async () => [letterOf()] } })
    const res = await post('/dead-letters/12/retry')
    expect(res.headers.get('location')).toBe('/dead-letters?notice=retried&letter=12')
    expect(producer.replayEvent).toHaveBeenCalledWith({ id: '12', job: eventJob })
    expect(ledger.markReplayed).toHaveBeenCalledWith('12', 'console')
    expect(producer.replayEvent.mock.invocationCallOrder[0]).toBeLessThan(
      vi.mocked(ledger.markReplayed).mock.invocationCallOrder[0]!,
    )
  })

  test('a second click on a dead event does nothing and says so', async () => {
    const { post, producer } = createFakeConsole({
      ledger: { listDeadLetters: async () => [letterOf({ status: 'replayed' })] },
    })
    const res = await post('/dead-letters/12/retry')
    expect(res.headers.get('location')).toBe('/dead-letters?notice=already-retried&letter=12')
    expect(producer.replayEvent).not.toHaveBeenCalled()
  })

  test('two people at the same moment: the slower one is told', async () => {
    const { post } = createFakeConsole({
      ledger: { listDeadLetters: async () => [letterOf()], markReplayed: async () => false },
    })
    const res = await post('/dead-letters/12/retry')
    expect(res.headers.get('location')).toBe('/dead-letters/12?notice=overtaken')
  })

  test('without Redis a dead event stays open', async () => {
    const { post, producer, ledger } = createFakeConsole({ ledger: { listDeadLetters: async () => [letterOf()] } })
    producer.replayEvent.mockRejectedValue(new QueueUnavailable('away', 'Redis is not reachable'))
    const res = await post('/dead-letters/12/retry')
    expect(res.headers.get('location')).toBe('/dead-letters/12?notice=queue-unavailable')
    expect(ledger.markReplayed).not.toHaveBeenCalled()
  })

  test('a content that cannot be parsed says what is wrong and stays open', async () => {
    const broken = letterOf({ payload: { ...eventJob, ref: {} } })
    const { get, post, producer, ledger } = createFakeConsole({ ledger: { listDeadLetters: async () => [broken] } })
    const res = await post('/dead-letters/12/retry')
    expect(producer.replayEvent).not.toHaveBeenCalled()
    expect(ledger.markReplayed).not.toHaveBeenCalled()
    const page = await (await get(res.headers.get('location')!)).text()
    expect(page).toMatch(/It cannot be retried as it is: malformed event job: ref\.marketplace: /)
    expect(page).not.toContain('/dead-letters/12/retry')
    expect(page).toContain('/dead-letters/12/discard')
  })

  test('a dead event is discarded with a reason only, a dead effect never', async () => {
    const listDeadLetters = vi.fn(async () => [letterOf()])
    const { post, ledger } = createFakeConsole({ ledger: { listDeadLetters } })
    const without = await post('/dead-letters/12/discard', { why: ' ' })
    expect(without.headers.get('location')).toBe('/dead-letters/12?notice=reason-missing')
    expect(ledger.markDiscarded).not.toHaveBeenCalled()
    const withReason = await post('/dead-letters/12/discard', { why: 'test order', operator: 'Anna' })
    expect(withReason.headers.get('location')).toBe('/dead-letters?notice=discarded&letter=12')
    expect(ledger.markDiscarded).toHaveBeenCalledWith('12', 'Anna', 'test order')
    listDeadLetters.mockResolvedValue([letterOf(deadEffect)])
    const effect = await post('/dead-letters/12/discard', { why: 'test order' })
    expect(effect.headers.get('location')).toBe('/dead-letters/12?notice=not-discardable')
    expect(ledger.markDiscarded).toHaveBeenCalledTimes(1)
  })

  test('an answer that Postgres owes is said to be owed, and that repeating is harmless', async () => {
    const { post } = createFakeConsole({
      ledger: { listDeadLetters: async () => [letterOf()], markReplayed: fails(away) },
    })
    const res = await post('/dead-letters/12/retry')
    expect(res.status).toBe(503)
    expect(await res.text()).toContain('Doing it again is harmless.')
  })

  test('an unknown letter is a 404 page', async () => {
    const { get, post } = createFakeConsole()
    for (const path of ['/dead-letters/13', '/dead-letters/x', '/dead-letters/99999999999999999999']) {
      expect((await get(path)).status).toBe(404)
    }
    expect((await post('/dead-letters/x/retry')).status).toBe(404)
    expect((await post('/dead-letters/13/retry')).headers.get('location')).toBe('/dead-letters/13?notice=unknown')
  })

  test('a form that is far too large is refused', async () => {
    const { post } = createFakeConsole()
    const res = await post('/dead-letters/12/discard', { why: 'x'.repeat(20_000) })
    expect(res.status).toBe(413)
  })
})

test('a bug of ours is a page without its stack, and a line in the log', async () => {
  const { get, log } = createFakeConsole({ ledger: { searchOrders: fails(new TypeError('x is not a function')) } })
  const res = await get('/orders')
  const page = await res.text()
  expect(res.status).toBe(500)
  expect(page).toContain('This did not work')
  expect(page).not.toMatch(/x is not a function|\.ts:\d/)
  expect(log.error).toHaveBeenCalledWith(expect.objectContaining({ event: 'console.failed', path: '/orders' }))
})
