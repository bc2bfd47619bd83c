import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import { createBackOfficeControl } from './back-office/control-client.ts'
import { createBackOfficeSimulator } from './back-office/simulator.ts'
import { createKuperControl } from './kuper/control-client.ts'
import { createKuperSimulator } from './kuper/simulator.ts'
import { SAVE_AFTER_MS } from './state-file.ts'
import { createManualTimers } from './timers.ts'
import { createYandexMarketControl } from './yandex-market/control-client.ts'
import { createYandexMarketSimulator } from './yandex-market/simulator.ts'

const children: ChildProcess[] = []
const folders: string[] = []
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, 'SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-restart-'))
  folders.push(folder)
  return folder
}

/** A simulator as a process, listening; `logged` are the events of its log so far. */
async function start(name: 'kuper' | 'yandex-market' | 'back-office', env: Record<string, string>) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`./${name}-main.ts`, import.meta.url))], {
    cwd: newFolder(),
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const logged: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { event: string; url?: string }
    logged.push(entry.event)
    if (entry.url !== undefined) return { child, url: entry.url, logged, cwd: String(folders.at(-1)) }
  }
  throw new Error(`${name} ended: ${logged.join(', ')}`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

const plan = { storeId: 's', lines: [{ id: '100', quantity: 1, price: '1.00' }] }

function stateIn(path: string): Record<string, unknown> {
  return (deserialize(readFileSync(path)) as { state: Record<string, unknown> }).state
}

describe('a simulator process that is started again', () => {
  it('as Kuper knows its orders after SIGTERM, until it is reset', async () => {
    const path = join(newFolder(), 'state', 'kuper')
    const first = await start('kuper', { SANDBOX_STATE_FILE: path })
    const { originalOrderId } = await createKuperControl(first.url).placeOrder(plan)
    await end(first.child, 'SIGTERM')

    const second = await start('kuper', { SANDBOX_STATE_FILE: path })
    expect(second.logged).toEqual(['sandbox.state-restored', 'sandbox.listening'])
    const control = createKuperControl(second.url)
    expect((await control.listOrders()).map((order) => order.originalOrderId)).toEqual([originalOrderId])
    await control.reset()
    expect(stateIn(path).orders).toEqual([])
  })

  it('as the Market knows its orders after SIGTERM, and connects again', async () => {
    const path = join(newFolder(), 'market')
    const env = { SANDBOX_STATE_FILE: path, YANDEX_MARKET_API_KEY: 'secret', YANDEX_MARKET_BUSINESS_ID: '100500' }
    const first = await start('yandex-market', env)
    const lines = [{ offerId: 'A', count: 1, price: '1.00' }]
    const { orderId } = await createYandexMarketControl(first.url).placeOrder({ lines })
    await end(first.child, 'SIGTERM')

    const second = await start('yandex-market', { ...env, YANDEX_MARKET_NOTIFICATION_URL: 'http://127.0.0.1:1/seller' })
    expect(second.logged).toEqual(['sandbox.state-restored', 'sandbox.listening'])
    const control = createYandexMarketControl(second.url)
    expect((await control.listOrders()).map((order) => order.orderId)).toEqual([orderId])
    expect((await control.getSummary()).notifications).toMatchObject({ subscription: 'connecting' })
    const response = await fetch(`${second.url}/v1/businesses/100500/orders`, {
      method: 'POST',
      headers: { 'api-key': 'secret', 'content-type': 'application/json' },
      body: '{}',
    })
    expect(await response.json()).toMatchObject({ orders: [{ orderId: Number(orderId) }], paging: {} })
    await control.reset()
    expect(stateIn(path).store).toMatchObject({ orders: new Map() })
  })

  it('as the back office knows its stock after SIGINT, until it is reset', async () => {
    const path = join(newFolder(), 'back-office')
    const first = await start('back-office', { SANDBOX_STATE_FILE: path })
    await createBackOfficeControl(first.url).setStock([{ storeId: 's', sku: '100', quantity: 7 }])
    await end(first.child, 'SIGINT')

    const second = await start('back-office', { SANDBOX_STATE_FILE: path })
    const control = createBackOfficeControl(second.url)
    expect((await control.getStock()).totals.onHand).toBe(7)
    await control.reset()
    expect(stateIn(path).stock).toMatchObject({ lots: [] })
  })

  it.each(['kuper', 'yandex-market', 'back-office'] as const)('as %s without a file writes nothing', async (name) => {
    const { child, url, cwd } = await start(name, {})
    await fetch(`${url}/_control/reset`, { method: 'POST' })
    await end(child, 'SIGTERM')
    expect(readdirSync(cwd)).toEqual([])
  })
})

describe('a simulator with a state file', () => {
  it('writes, as Kuper, what a call, time or an acknowledgement has changed 2 s ago', async () => {
    const path = join(newFolder(), 'kuper')
    const timers = createManualTimers(new Date('2026-05-01T08:00:00Z'))
    let acknowledge: () => void = () => {}
    const simulator = createKuperSimulator({
      stateFile: path,
      timers,
      settings: { webhookUrl: 'http://merchant.invalid/' },
      fetch: () =>
        new Promise((resolve) => {
          acknowledge = () => resolve(Response.json({ status: 'ok' }))
        }),
    })
    await simulator.start()
    await createKuperControl(simulator.url).placeOrder({
      ...plan,
      script: { created: 'never', cancelAt: 'before-created', cancelAfterMs: 30_000 },
    })
    await timers.advance(SAVE_AFTER_MS)
    expect(stateIn(path)).toMatchObject({ orders: [{ state: 'ready' }] })
    await timers.advance(30_000)
    expect(stateIn(path)).toMatchObject({ orders: [{ state: 'canceled' }], webhooks: { pending: { size: 1 } } })
    acknowledge()
    await timers.advance(0)
    await timers.advance(SAVE_AFTER_MS)
    expect(stateIn(path)).toMatchObject({ webhooks: { pending: { size: 0 }, counters: { acknowledged: 1 } } })
    await createKuperControl(simulator.url).changeSettings({ repeatStatus: 422 })
    await timers.advance(SAVE_AFTER_MS)
    expect(stateIn(path)).toMatchObject({ settings: { repeatStatus: 422 } })
    await simulator.stop()
  })

  it('writes, as the back office, what an answer or a call has changed 2 s ago', async () => {
    const path = join(newFolder(), 'back-office')
    const timers = createManualTimers(new Date('2026-05-01T08:00:00Z'))
    let answerNow: () => void = () => {}
    const simulator = createBackOfficeSimulator({
      stateFile: path,
      timers,
      settings: { eventsUrl: 'http://sluice.invalid/', plan: { cancel: { at: 'before-assembly' } } },
      post: () =>
        new Promise((resolve) => {
          answerNow = () => resolve({ status: 202, body: { results: [{ status: 'accepted' }] } })
        }),
    })
    await simulator.start()
    const reservation = { orderNumber: 'KU-H1', marketplace: 'kuper', account: 'main', externalId: 'H1', storeId: 's' }
    const lines = [{ sku: 'A', quantity: 1 }]
    await fetch(`${simulator.url}/reservations/KU-H1`, {
      method: 'PUT',
      headers: { authorization: 'Bearer sandbox-back-office', 'idempotency-key': 'k' },
      body: JSON.stringify({ ...reservation, fulfilment: 'pickup', lines, minExpiresOn: '2026-06-01', order: {} }),
    })
    await timers.advance(10_000)
    expect(stateIn(path)).toMatchObject({ sender: { counts: { created: 1, accepted: 0 } } })
    answerNow()
    await timers.advance(0)
    await timers.advance(SAVE_AFTER_MS)
    expect(stateIn(path)).toMatchObject({ sender: { counts: { created: 1, accepted: 1 }, outboxes: { size: 0 } } })
    await createBackOfficeControl(simulator.url).setPlan('H2', { skipGoingTo: true })
    await timers.advance(SAVE_AFTER_MS)
    expect(stateIn(path)).toMatchObject({ desk: { plans: new Map([['H2', { skipGoingTo: true }]]) } })
    await simulator.stop()
  })

  it.each([
    ['Kuper', createKuperSimulator],
    ['the Market', createYandexMarketSimulator],
    ['the back office', createBackOfficeSimulator],
  ])('starts empty, as %s, when the file is broken', async (_name, create) => {
    const folder = newFolder()
    const path = join(folder, 'state')
    for (const content of [Buffer.from('broken'), serialize({ shape: 'kuper 0', state: {} })]) {
      writeFileSync(path, content)
      const logged: string[] = []
      const simulator = create({ stateFile: path, log: (level, event) => void logged.push(`${level} ${event}`) })
      const { url } = await simulator.start()
      expect(await (await fetch(`${url}/_control/orders`)).json()).toEqual([])
      await simulator.stop()
      expect(logged).toEqual(['warn sandbox.state-put-aside'])
      expect(readFileSync(`${path}.broken`).equals(content)).toBe(true)
      expect(readdirSync(folder).toSorted()).toEqual(['state', 'state.broken'])
    }
  })
})
