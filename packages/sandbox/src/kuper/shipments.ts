import type { Context } from 'hono'
import { type ReceivedCall, readCall } from '../calls.ts'
import { type Answer, type CallAnswerer, errorBody } from './answer-call.ts'
import { refuseUnauthorized } from './authorization.ts'
import { parseMoscow } from './moscow-time.ts'
import { type KuperOrder, shipmentBody } from './order.ts'
import type { OrderBook } from './order-book.ts'
import type { Settings } from './settings.ts'
import type { TokenVerdict } from './tokens.ts'
import type { Findings } from './violations.ts'

const MAX_PAGE_SIZE = 100

const TEXT_FILTERS = ['state', 'paymentState', 'storeId', 'storeImportKey'] as const
const TIME_FILTERS = ['createdFrom', 'createdTo', 'updatedFrom', 'updatedTo', 'deliveryFrom', 'deliveryTo'] as const
type Filters = Partial<Record<(typeof TEXT_FILTERS)[number] | (typeof TIME_FILTERS)[number], string>>
type Page = { filters: Filters; size: number; afterSeq: number }

export interface ShipmentDeps {
  book: OrderBook
  settings: () => Settings
  verify: (token: string) => TokenVerdict
  findings: Findings
  answerer: CallAnswerer
}

/** The three shipment reads (specification 7). Strict: an unknown query parameter or a time with offset is 422. */
export function createShipmentHandlers(deps: ShipmentDeps) {
  async function answer(c: Context, orderId: string | undefined, read: () => Answer): Promise<Response> {
    const received: ReceivedCall = await readCall(c.req)
    return await deps.answerer.answerCall(c, {
      on: 'shipments',
      received,
      orderId,
      process: () => refuseUnauthorized(received.headers, deps, orderId) ?? read(),
    })
  }

  const one = (orderId: string, show: (order: KuperOrder) => unknown): Answer => {
    const order = deps.book.find(orderId)
    if (order === undefined) return { status: 404, body: errorBody(404, 'not_found', 'orderId', 'no such order') }
    return { status: 200, body: { status: 'success', data: show(order) } }
  }

  return {
    list: (c: Context) => answer(c, undefined, () => listPage(deps.book.list(), new URL(c.req.url).searchParams)),
    read: (c: Context) => {
      const orderId = c.req.param('orderId') ?? ''
      return answer(c, orderId, () => one(orderId, shipmentBody))
    },
    readState: (c: Context) => {
      const orderId = c.req.param('orderId') ?? ''
      return answer(c, orderId, () => one(orderId, ({ state, paymentState }) => ({ state, paymentState })))
    },
  }
}

function listPage(orders: readonly KuperOrder[], query: URLSearchParams): Answer {
  const page = parsePage(query)
  if ('field' in page) return { status: 422, body: errorBody(422, 'invalid', page.field, page.message) }
  const fitting = orders.filter((order) => order.seq > page.afterSeq && fits(order, page.filters))
  const shown = fitting.slice(0, page.size)
  const last = shown.at(-1)
  const nextPageToken =
    last === undefined || fitting.length <= page.size ? null : encodePage({ ...page, afterSeq: last.seq })
  return {
    status: 200,
    body: { status: 'success', data: shown.map(shipmentBody), appliedFilters: page.filters, nextPageToken },
  }
}

/** The token carries filters and size: the merchant sends it alone. */
function parsePage(query: URLSearchParams): Page | { field: string; message: string } {
  const token = query.get('nextPageToken')
  if (token !== null) {
    if ([...query.keys()].length > 1) return { field: 'nextPageToken', message: 'is sent alone' }
    return decodePage(token) ?? { field: 'nextPageToken', message: 'is not known' }
  }
  const filters: Filters = {}
  let size = MAX_PAGE_SIZE
  for (const [key, value] of query) {
    const name = /^filters\[(\w+)\]$/.exec(key)?.[1]
    if (key === 'maxPageSize') {
      size = Number(value)
      if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
        return { field: key, message: `must be 1 to ${MAX_PAGE_SIZE}` }
      }
    } else if (isOneOf(TEXT_FILTERS, name)) {
      filters[name] = value
    } else if (isOneOf(TIME_FILTERS, name)) {
      if (parseMoscow(value) === undefined) return { field: key, message: 'must have the form yyyy-MM-ddTHH:mm:ss' }
      filters[name] = value
    } else {
      return { field: key, message: 'is not known' }
    }
  }
  return { filters, size, afterSeq: 0 }
}

function isOneOf<T extends string>(names: readonly T[], name: string | undefined): name is T {
  return (names as readonly (string | undefined)[]).includes(name)
}

function fits(order: KuperOrder, filters: Filters): boolean {
  const expectedFrom = new Date(String(order.delivery.expectedFrom))
  const storeId = order.plan.storeId
  return (
    isWithin(order.createdAt, filters.createdFrom, filters.createdTo) &&
    isWithin(order.updatedAt, filters.updatedFrom, filters.updatedTo) &&
    isWithin(expectedFrom, filters.deliveryFrom, filters.deliveryTo) &&
    (filters.state === undefined || filters.state === order.state) &&
    (filters.paymentState === undefined || filters.paymentState === order.paymentState) &&
    (filters.storeId === undefined || filters.storeId === storeId) &&
    (filters.storeImportKey === undefined || filters.storeImportKey === storeId)
  )
}

/** Both ends belong to the range; whole seconds, as the filters cannot say more. */
function isWithin(at: Date, from: string | undefined, to: string | undefined): boolean {
  if (from === undefined && to === undefined) return true
  const second = Math.floor(at.getTime() / 1000)
  const seconds = (text: string) => (parseMoscow(text)?.getTime() ?? Number.NaN) / 1000
  if (Number.isNaN(second)) return false
  return (from === undefined || second >= seconds(from)) && (to === undefined || second <= seconds(to))
}

function encodePage(page: Page): string {
  return Buffer.from(JSON.stringify(page)).toString('base64url')
}

function decodePage(token: string): Page | undefined {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Page
  } catch {
    return undefined
  }
}
