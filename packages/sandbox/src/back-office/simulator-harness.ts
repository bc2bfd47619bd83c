import { createManualTimers } from '../timers.ts'
import { createBackOfficeControl } from './control-client.ts'
import type { OutgoingEvent, PostEvents } from './event-sender.ts'
import type { SettingsPatch } from './settings.ts'
import { createBackOfficeSimulator } from './simulator.ts'

const TOKEN = 'Bearer sandbox-back-office'

export const reservation = {
  orderNumber: 'KU-H1',
  marketplace: 'kuper',
  account: 'main',
  externalId: 'H1',
  storeId: 's1',
  fulfilment: 'marketplace-delivery',
  lines: [
    { sku: 'A', quantity: 3, price: '10.50' },
    { sku: 'B', quantity: 1, weightGrams: '500' },
  ],
  minExpiresOn: '2026-06-01',
  order: { customer: { name: 'Ann', phone: '+79990000000' } },
}

/** In one process, on a clock that stands still; Sluice's side answers 202 unless told otherwise. */
export function setUp(settings: SettingsPatch = {}, answer?: (body: unknown) => { status: number; body: unknown }) {
  const timers = createManualTimers(new Date('2026-05-01T08:00:00Z'))
  const posts: unknown[] = []
  const post: PostEvents = async (_url, _token, body) => {
    posts.push(body)
    const list = [body].flat() as OutgoingEvent[]
    return answer?.(body) ?? { status: 202, body: { results: list.map(({ id }) => ({ id, status: 'accepted' })) } }
  }
  const { app } = createBackOfficeSimulator({
    timers,
    post,
    runId: 'run',
    settings: { eventsUrl: 'http://sluice.test/back-office/events', stepMs: 10, ...settings },
  })
  const control = createBackOfficeControl('http://sandbox.test', async (url, init) => app.request(url as string, init))
  let keys = 0
  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    keys += 1
    const response = await app.request(path, {
      method,
      headers: {
        authorization: TOKEN,
        'content-type': 'application/json',
        'idempotency-key': `key-${keys}`,
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  let newsIds = 0
  function tell(type: string, data: object = {}, id = `news-${++newsIds}`, about: object = { orderNumber: 'KU-H1' }) {
    const body = { id, type, ...about, at: '2026-05-01T08:00:00Z', data }
    return call('POST', '/order-events', body, { 'idempotency-key': id })
  }
  return {
    timers,
    control,
    call,
    tell,
    posts,
    reserve: (changes: object = {}, headers?: Record<string, string>) =>
      call('PUT', '/reservations/KU-H1', { ...reservation, ...changes }, headers),
    sentTypes: () => posts.flatMap((body) => [body].flat() as OutgoingEvent[]).map(({ type }) => type),
    kinds: async () => (await control.listFindings()).violations.map(({ kind }) => kind),
  }
}
