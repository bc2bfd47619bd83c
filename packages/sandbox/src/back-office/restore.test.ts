import { describe, expect, it } from 'vitest'
import { createManualTimers } from '../timers.ts'
import { createBackOfficeControl } from './control-client.ts'
import type { OutgoingEvent } from './event-sender.ts'
import type { FaultInput } from './faults.ts'
import type { PlanPatch } from './plan.ts'
import type { SettingsPatch } from './settings.ts'
import { createBackOfficeSimulator } from './simulator.ts'

type Desk = ReturnType<typeof setUp>
type Turn = (desk: Desk) => Promise<unknown>

let runs = 0

/** A back office on a clock that only tests move, with a Sluice that takes every event or answers `status`, or nothing. */
function setUp(settings: SettingsPatch = {}) {
  const timers = createManualTimers(new Date('2026-05-01T08:00:00Z'))
  const events: OutgoingEvent[] = []
  const sluice = { status: 202 as number | 'nothing' }
  runs += 1
  const simulator = createBackOfficeSimulator({
    timers,
    runId: `run-${runs}`,
    settings: { eventsUrl: 'http://sluice.test/back-office/events', stepMs: 100, ...settings },
    async post(_url, _token, body) {
      if (sluice.status === 'nothing') return new Promise(() => {})
      if (sluice.status !== 202) return { status: sluice.status, body: null }
      const list = [body].flat() as OutgoingEvent[]
      events.push(...list)
      return { status: 202, body: { results: list.map(({ id }) => ({ id, status: 'accepted' })) } }
    },
  })
  const request = async (url: string, init?: RequestInit) => simulator.app.request(url, init)
  async function call(method: string, path: string, key: string, body?: object) {
    const response = await request(path, {
      method,
      headers: {
        authorization: 'Bearer sandbox-back-office',
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return response.status
  }
  return { simulator, timers, events, sluice, call, control: createBackOfficeControl('', request as typeof fetch) }
}

/** Another process that takes over, as from the file. */
function takeOver(former: Desk): Desk {
  const next = setUp()
  next.simulator.restore(structuredClone(former.simulator.snapshot()))
  return next
}

const wait =
  (ms: number): Turn =>
  (desk) =>
    desk.timers.advance(ms)
const reserve =
  (orderNumber = 'KU-H1', status = 201): Turn =>
  async (desk) =>
    expect(
      await desk.call('PUT', `/reservations/${orderNumber}`, `reserve-${orderNumber}`, {
        orderNumber,
        marketplace: 'kuper',
        account: 'main',
        externalId: orderNumber.slice(3),
        storeId: 's1',
        fulfilment: 'merchant-delivery',
        lines: [
          { sku: 'A', quantity: 3, price: '10.50' },
          { sku: 'B', quantity: 1 },
        ],
        minExpiresOn: '2026-06-01',
        order: {},
      }),
    ).toBe(status)
const tell =
  (type: string, data: object = {}): Turn =>
  async (desk) => {
    const body = { id: `news-${type}`, type, orderNumber: 'KU-H1', at: '2026-05-01T08:00:00Z', data }
    expect(await desk.call('POST', '/order-events', body.id, body)).toBe(200)
  }
const release = (desk: Desk) => desk.call('DELETE', '/reservations/KU-H1', 'release-KU-H1')
const takeBack = (desk: Desk, key: string) =>
  desk.call('POST', '/returns', key, { orderNumber: 'KU-H1', reason: 'cancelled', lines: [{ sku: 'A', quantity: 2 }] })

/** Plays the turns, moving to a new process after each whose number is in `cuts`; what Sluice heard, and the end. */
async function play(plan: PlanPatch, faults: FaultInput[], turns: Turn[], cuts: number[]) {
  let desk = setUp()
  await desk.control.setPlan('H1', plan)
  await desk.control.addFaults(...faults)
  const heard: OutgoingEvent[] = []
  for (const [index, turn] of turns.entries()) {
    await turn(desk)
    if (!cuts.includes(index)) continue
    heard.push(...desk.events)
    desk = takeOver(desk)
  }
  heard.push(...desk.events)
  expect(new Set(heard.map(({ id, type }) => `${id} ${type}`)).size).toBe(new Set(heard.map(({ id }) => id)).size)
  const { reservation, staff, held, used, composed } = (await desk.control.findOrder('KU-H1')) ?? {}
  const { orders, stock, events, violations, isIdle } = await desk.control.getSummary()
  return {
    heard: heard.map(({ id: _id, at: _at, estimatedAt: _estimatedAt, ...event }) => event),
    order: { reservation, staff, held, used, composed },
    summary: { orders, stock, events, violations, isIdle },
  }
}

const lives: [string, PlanPatch, FaultInput[], Turn[], string][] = [
  [
    'merchant delivery',
    { composition: { kind: 'partial' } },
    [],
    [reserve(), ...Array.from({ length: 6 }, () => wait(100)), tell('order.paid'), wait(100), wait(100), wait(500)],
    'delivered',
  ],
  [
    'events that are late and doubled',
    {},
    [
      { on: 'event', fault: 'delay', delayMs: 450, eventType: 'order.assembled' },
      { on: 'event', fault: 'duplicate', eventType: 'document.created' },
    ],
    [reserve(), wait(150), wait(300), wait(200), wait(350), tell('order.paid'), wait(1_000)],
    'delivered',
  ],
]

describe('a restored back office', () => {
  it.each(lives)('goes on with %s, wherever it stopped', async (_name, plan, faults, turns, staff) => {
    const uncut = await play(plan, faults, turns, [])
    expect(uncut.order.staff).toBe(staff)
    expect(uncut.summary).toMatchObject({ isIdle: true, violations: { total: 0 } })
    for (let cut = 0; cut < turns.length; cut += 1) {
      // Who was about to do something begins to wait anew: let that be over.
      expect(await play(plan, faults, [...turns, wait(5_000)], [cut]), `cut after turn ${cut}`).toEqual(uncut)
    }
  })

  it.each([503, 'nothing'] as const)('posts again, under the same ids, what was answered %s', async (status) => {
    const first = setUp()
    first.sluice.status = status
    await reserve()(first)
    await first.timers.advance(10_000)
    expect(await first.control.getSummary()).toMatchObject({ events: { created: 5, accepted: 0, waiting: 5 } })

    const second = takeOver(first)
    await second.timers.advance(0)
    expect(second.events.map(({ type }) => type)).toEqual([
      'order.going_to',
      'line.picked',
      'line.picked',
      'order.assembled',
      'document.created',
    ])
    expect(second.events.every(({ id }) => id.startsWith(`run-${runs - 1}-`))).toBe(true)
    expect(await second.control.getSummary()).toMatchObject({ events: { created: 5, accepted: 5, waiting: 0 } })
    expect((await second.control.findOrder('KU-H1'))?.events.map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => 'accepted'),
    )
  })

  it('knows reservations and keys: a repeat holds nothing twice, goods come back once', async () => {
    const first = setUp()
    await first.control.setStock([{ storeId: 's1', sku: 'A', quantity: 5 }])
    await reserve()(first)
    const second = takeOver(first)
    await reserve('KU-H1', 200)(second)
    await reserve('KU-H2', 409)(second)
    await second.timers.advance(1_000)

    const third = takeOver(second)
    expect(await release(third)).toBe(409)
    expect(await takeBack(third, 'back')).toBe(201)
    const fourth = takeOver(third)
    expect(await takeBack(fourth, 'back')).toBe(201)
    expect(await takeBack(fourth, 'back again')).toBe(422)
    const { lots, totals } = await fourth.control.getStock()
    expect(lots.find(({ sku }) => sku === 'A')).toMatchObject({ onHand: 4, reserved: 0, used: 3, returned: 2 })
    expect(totals).toMatchObject({ held: 0, everReserved: 4 })
    const { violations } = await fourth.control.listFindings()
    expect(violations.map(({ kind }) => kind)).toEqual(['returned-too-much'])
  })

  it('still holds what a call released after it sets free', async () => {
    const first = setUp({ stepMs: 60_000 })
    await reserve()(first)
    const second = takeOver(first)
    expect(await release(second)).toBe(204)
    expect(await second.control.getSummary()).toMatchObject({ stock: { held: 0, released: 4 }, isIdle: false })
    await second.timers.advance(60_000)
    expect(await second.control.getSummary()).toMatchObject({ events: { created: 0 }, isIdle: true })
  })

  it('keeps plans of orders to come, faults and settings, but not against those it is started with', async () => {
    const first = setUp({ eventsToken: 'of the last run' })
    await first.control.setPlan('H1', { skipGoingTo: true, pickLines: false })
    await first.control.addFaults({ on: 'reserve', fault: 'answer', status: 500 })
    await first.control.changeSettings({ sendAs: 'list', eventsToken: 'of this run' })
    const second = setUp({ eventsToken: 'given' })
    second.simulator.restore(structuredClone(first.simulator.snapshot()))
    expect(await second.control.getSettings()).toMatchObject({ sendAs: 'list', eventsToken: 'given' })
    await reserve('KU-H1', 500)(second)
    await reserve()(second)
    await second.timers.advance(1_000)
    expect(second.events.map(({ type }) => type)).toEqual(['order.assembled', 'document.created'])
  })
})
