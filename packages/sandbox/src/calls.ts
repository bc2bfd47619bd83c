import type { HonoRequest } from 'hono'

/** A bounded memory: keeps the newest `limit` items, forgets the oldest. Appending is amortised O(1). */
export interface Memory<T> {
  add(item: T): T
  /** Oldest first. */
  list(): readonly T[]
  /** How many were ever added, forgotten ones included. */
  total(): number
  /** Takes the place of everything added so far. */
  restore(items: readonly T[], total: number): void
  clear(): void
}

export function createMemory<T>(limit: number): Memory<T> {
  let items: T[] = []
  let total = 0
  return {
    add(item) {
      total += 1
      items.push(item)
      if (items.length >= limit * 2) items = items.slice(-limit)
      return item
    },
    list: () => (items.length > limit ? items.slice(-limit) : items),
    total: () => total,
    restore(restored, restoredTotal) {
      items = [...restored]
      total = restoredTotal
    },
    clear() {
      items = []
      total = 0
    },
  }
}

/** What a caller sent, as far as a test may want to assert it. Authorization is kept: the sandbox knows no real secret. */
export interface ReceivedCall {
  method: string
  path: string
  headers: Record<string, string>
  /** Parsed JSON; the raw text when it is not JSON; null when empty. */
  body: unknown
}

const HEADERS_OF_INTEREST = [
  'authorization',
  'client-token',
  'api-key',
  'x-market-integration',
  'api-version',
  'idempotency-key',
  'content-type',
  'accept',
  'user-agent',
  'x-request-id',
  'traceparent',
]

export async function readCall(req: HonoRequest): Promise<ReceivedCall & { rawBody: string }> {
  const headers: Record<string, string> = {}
  for (const name of HEADERS_OF_INTEREST) {
    const value = req.header(name)
    if (value !== undefined) headers[name] = value
  }
  const url = new URL(req.url)
  const rawBody = await req.text()
  return { method: req.method, path: url.pathname + url.search, headers, body: parseBody(rawBody), rawBody }
}

function parseBody(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
