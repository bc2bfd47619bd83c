import { describe, expect, it } from 'vitest'
import { composeGoods } from './compose-goods.ts'
import { type Plan, type PlanPatch, patchPlan, planSchema } from './plan.ts'
import { nextStep, type StaffFacts } from './staff.ts'

const plan = (patch: PlanPatch = {}): Plan => patchPlan(planSchema.parse({}), patch)

/** Every step the staff take when the news in `told` come as soon as somebody waits for them. */
function live(fulfilment: StaffFacts['fulfilment'], patch: PlanPatch, told: string[] = []): string[] {
  const facts = {
    fulfilment,
    reservation: 'held' as StaffFacts['reservation'],
    skus: ['A', 'B'],
    pickupCode: undefined as string | undefined,
    done: new Set<string>(),
    heard: new Set<string>(),
    isByHand: false,
    courierCodes: { entered: 0, rejected: 0 },
    undecidedReturns: [] as string[],
    arrivedReturns: [] as string[],
    wasOnTheRoad: false,
  }
  const taken: string[] = []
  const waiting = [...told]
  for (let turn = 0; turn < 50; turn += 1) {
    const next = nextStep(facts, plan(patch))
    if (next.kind === 'over') return [...taken, `over: ${next.because}`]
    if (next.kind === 'wait') {
      const news = waiting.shift()
      if (news === undefined) return [...taken, `waits: ${next.for}`]
      if (news === 'pickup_code.created') facts.pickupCode = '1234'
      if (news === 'courier_code.rejected') facts.courierCodes.rejected += 1
      if (news === 'a return') facts.undecidedReturns = ['r1']
      if (news === 'by hand') facts.isByHand = true
      facts.heard.add(news)
      continue
    }
    const { step } = next
    taken.push(step.kind === 'pick' ? `pick ${step.sku}` : 'code' in step ? `${step.kind} ${step.code}` : step.kind)
    if (step.kind === 'courier-code') {
      facts.courierCodes.entered += 1
      continue
    }
    if (step.kind === 'decide-return') facts.undecidedReturns = []
    if (step.kind === 'document') facts.reservation = 'used'
    if (step.kind === 'code') facts.pickupCode = '1234'
    facts.done.add(
      step.kind === 'pick'
        ? `pick:${step.sku}`
        : step.kind === 'issue' && step.code !== 'right' && patch.pickup?.codeMadeBy !== 'nobody'
          ? 'issue-refused'
          : step.kind,
    )
  }
  throw new Error('the staff never come to an end')
}

const assembly = ['go', 'pick A', 'pick B', 'assemble', 'document']

describe('staff', () => {
  it.each<[string, StaffFacts['fulfilment'], PlanPatch, string[], string[]]>([
    [
      'D: waits for the courier to deliver',
      'marketplace-delivery',
      {},
      ['order.delivered'],
      [...assembly, 'over: delivered'],
    ],
    [
      'D: skips what the plan skips',
      'marketplace-delivery',
      { skipGoingTo: true, pickLines: false, skipAssembled: true },
      [],
      ['document', 'waits: order.delivered'],
    ],
    [
      'P: asks the customer for our code',
      'pickup',
      {},
      ['pickup_code.created'],
      [...assembly, 'issue right', 'over: issued'],
    ],
    [
      'P: makes its own code after the document',
      'pickup',
      { pickup: { codeMadeBy: 'back-office' } },
      [],
      [...assembly, 'code', 'issue right', 'over: issued'],
    ],
    [
      'P: makes its own code before the document',
      'pickup',
      { pickLines: false, pickup: { codeMadeBy: 'back-office', codeAt: 'before-document' } },
      [],
      ['go', 'assemble', 'code', 'document', 'issue right', 'over: issued'],
    ],
    [
      'P: tries a wrong code, then the right one',
      'pickup',
      { pickup: { firstCode: 'wrong' } },
      ['pickup_code.created', 'issue.refused'],
      [...assembly, 'issue wrong', 'issue right', 'over: issued'],
    ],
    [
      'P: hands nothing over while the wrong code is not refused',
      'pickup',
      { pickup: { firstCode: 'wrong' } },
      ['pickup_code.created'],
      [...assembly, 'issue wrong', 'waits: issue.refused'],
    ],
    [
      'P: waits for a customer who never comes',
      'pickup',
      { pickup: { customerComes: false } },
      ['pickup_code.created'],
      [...assembly, 'waits: the customer'],
    ],
    [
      'M: drives off once it is paid',
      'merchant-delivery',
      {},
      ['order.paid'],
      [...assembly, 'estimate', 'start', 'finish', 'over: delivered'],
    ],
    ['M: waits for the payment', 'merchant-delivery', {}, [], [...assembly, 'waits: order.paid']],
    [
      'M: drives off at once when told so',
      'merchant-delivery',
      { delivery: { waitsForPaid: false, estimateMinutes: null } },
      [],
      [...assembly, 'start', 'finish', 'over: delivered'],
    ],
    [
      'C: before assembly',
      'marketplace-delivery',
      { cancel: { at: 'before-assembly' } },
      ['order.cancelled'],
      ['cancel', 'over: cancelled'],
    ],
    [
      'C: during assembly',
      'marketplace-delivery',
      { cancel: { at: 'during-assembly' } },
      [],
      ['go', 'pick A', 'cancel', 'waits: order.cancelled'],
    ],
    [
      'C: after the document',
      'marketplace-delivery',
      { cancel: { at: 'after-document' } },
      [],
      [...assembly, 'cancel', 'waits: order.cancelled'],
    ],
    [
      'C: after the payment',
      'marketplace-delivery',
      { cancel: { at: 'after-paid' } },
      ['order.paid'],
      [...assembly, 'cancel', 'waits: order.cancelled'],
    ],
    [
      'C: too late, the order goes on',
      'marketplace-delivery',
      { cancel: { at: 'after-taken' } },
      ['order.taken', 'cancellation.declined', 'order.delivered'],
      [...assembly, 'cancel', 'over: delivered'],
    ],
    [
      'C: on the road',
      'merchant-delivery',
      { cancel: { at: 'during-delivery' } },
      ['order.paid'],
      [...assembly, 'estimate', 'start', 'cancel', 'waits: order.cancelled'],
    ],
  ])('%s', (_, fulfilment, patch, told, steps) => {
    expect(live(fulfilment, patch, told)).toEqual(steps)
  })

  it('bring back what was on the road, once, where the plan says so', () => {
    const facts: StaffFacts = {
      fulfilment: 'merchant-delivery',
      reservation: 'used',
      skus: ['A'],
      done: new Set<string>(),
      heard: new Set(['order.cancelled']),
      pickupCode: undefined,
      isByHand: false,
      courierCodes: { entered: 0, rejected: 0 },
      undecidedReturns: [],
      arrivedReturns: [],
      wasOnTheRoad: true,
    }
    expect(nextStep(facts, plan())).toEqual({ kind: 'over', because: 'cancelled' })
    expect(nextStep(facts, plan({ bringsBack: true }))).toEqual({ kind: 'step', step: { kind: 'bring-back' } })
    const done = new Set(['bring-back'])
    expect(nextStep({ ...facts, done }, plan({ bringsBack: true }))).toMatchObject({ kind: 'over' })
  })

  it.each<[string, Partial<StaffFacts>, string]>([
    ['the order is cancelled', { heard: new Set(['order.cancelled']) }, 'cancelled'],
    ['the reservation is released', { done: new Set(['go', 'stopped']) }, 'released'],
    ['nothing could be reserved', { reservation: 'short' }, 'short'],
    ['the order was never ours', { reservation: 'none' }, 'not ours'],
  ])('stop when %s', (_, facts, because) => {
    const base: StaffFacts = {
      fulfilment: 'pickup',
      reservation: 'held',
      skus: ['A'],
      done: new Set(),
      heard: new Set(),
      pickupCode: undefined,
      isByHand: false,
      courierCodes: { entered: 0, rejected: 0 },
      undecidedReturns: [],
      arrivedReturns: [],
      wasOnTheRoad: false,
    }
    expect(nextStep({ ...base, ...facts }, plan())).toEqual({ kind: 'over', because })
  })
})

describe("the staff of Yandex Market's orders", () => {
  it('enter the code that the courier shows, and another one after each rejection', () => {
    const patch = { courier: { codes: ['wrong', 'right'] } } as const
    const told = [
      'courier.assigned',
      'courier.arrived',
      'courier_code.rejected',
      'courier_code.accepted',
      'order.delivered',
    ]
    expect(live('marketplace-delivery', { courier: { codes: [...patch.courier.codes] } }, told)).toEqual([
      ...assembly,
      'courier-code wrong',
      'courier-code right',
      'over: delivered',
    ])
  })

  it('give keys instead of goods, and wait for the marketplace to hand them over', () => {
    expect(live('digital', {}, ['order.delivered'])).toEqual(['keys', 'over: delivered'])
  })

  it('hand over at a counter that knows its customers without a code', () => {
    const patch = { pickup: { codeMadeBy: 'nobody', extendDays: 3 } } as const
    expect(live('pickup', patch)).toEqual([...assembly, 'extend', 'issue missing', 'over: issued'])
  })

  it('name track code and another day before they drive off', () => {
    const patch = { delivery: { trackCode: 'T1', rescheduleDays: 2, estimateMinutes: null, waitsForPaid: false } }
    expect(live('merchant-delivery', patch)).toEqual([
      ...assembly,
      'track',
      'reschedule',
      'start',
      'finish',
      'over: delivered',
    ])
  })

  it('leave the arrival to whoever carries the goods', () => {
    const patch = { delivery: { finishedBy: 'marketplace', estimateMinutes: null } } as const
    const told = ['order.paid', 'order.delivered']
    expect(live('merchant-delivery', patch, told)).toEqual([...assembly, 'start', 'over: delivered'])
  })

  it.each([
    ['accepted', ['answer-cancellation', 'waits: order.cancelled']],
    ['delivered', ['answer-cancellation', 'finish', 'over: delivered']],
    [null, ['finish', 'over: delivered']],
  ] as const)('answer a wish to cancel with %s', (cancellationAnswer, rest) => {
    const base: StaffFacts = {
      fulfilment: 'merchant-delivery',
      reservation: 'used',
      skus: [],
      done: new Set(['go', 'assemble', 'document', 'estimate', 'start']),
      heard: new Set(['order.paid', 'cancellation.asked']),
      pickupCode: undefined,
      isByHand: false,
      courierCodes: { entered: 0, rejected: 0 },
      undecidedReturns: [],
      arrivedReturns: [],
      wasOnTheRoad: false,
    }
    const taken: string[] = []
    const done = new Set(base.done)
    for (;;) {
      const next = nextStep({ ...base, done }, plan({ cancellationAnswer }))
      taken.push(
        next.kind === 'step' ? next.step.kind : next.kind === 'wait' ? `waits: ${next.for}` : `over: ${next.because}`,
      )
      if (next.kind !== 'step') break
      done.add(next.step.kind)
    }
    expect(taken).toEqual(rest)
  })

  it('decide about a return, also when the order is over', () => {
    const facts = ['order.delivered']
    expect(live('marketplace-delivery', {}, ['a return', ...facts])).toEqual([
      ...assembly,
      'decide-return',
      'over: delivered',
    ])
    expect(live('marketplace-delivery', { returnDecision: null }, ['a return', ...facts])).toEqual([
      ...assembly,
      'over: delivered',
    ])
  })
})

describe('composition', () => {
  const lines = [
    { sku: 'A', quantity: 3, lots: [{ series: 'S1', expiresOn: '2027-01-01', quantity: 3 }] },
    { sku: 'B', quantity: 1, weightGrams: '500', lots: [] },
  ]
  const a = { sku: 'A', quantity: 3, series: 'S1', expiresOn: '2027-01-01' }
  const b = { sku: 'B', quantity: 1, weightGrams: '500' }

  it.each<[string, PlanPatch, unknown[]]>([
    ['as ordered', {}, [a, b]],
    ['partial', { composition: { kind: 'partial' } }, [{ ...a, quantity: 2 }, b]],
    ['partial with a chosen line', { composition: { kind: 'partial', sku: 'B' } }, [a, { sku: 'B', quantity: 0 }]],
    ['line missing', { composition: { kind: 'line-missing' } }, [{ sku: 'A', quantity: 0 }, b]],
    [
      'all missing',
      { composition: { kind: 'all-missing' } },
      [
        { sku: 'A', quantity: 0 },
        { sku: 'B', quantity: 0 },
      ],
    ],
    [
      'replacement',
      { composition: { kind: 'replacement', replacedBy: 'C' } },
      [{ sku: 'A', quantity: 3, replacedBy: 'C' }, b],
    ],
    ['weighed goods', { weightFactor: 1.1 }, [a, { ...b, weightGrams: '550' }]],
    ['without series', { withSeries: false }, [{ sku: 'A', quantity: 3 }, b]],
  ])('%s', (_, patch, composed) => {
    expect(composeGoods(lines, plan(patch))).toEqual(composed)
  })

  it('gives every unit its own marking code', () => {
    const [first] = composeGoods(lines, plan({ markingCodes: true }))
    expect(new Set(first?.markingCodes).size).toBe(3)
    expect(first?.markingCodes?.[0]).toContain('\u001D')
  })
})
