import type { Plan, StepKind } from './plan.ts'

/** What the staff of the store know of an order, and what they have done about it. */
export interface StaffFacts {
  fulfilment: 'marketplace-delivery' | 'pickup' | 'merchant-delivery' | 'digital'
  /** `none`: nothing was ever asked of us but to hear of it. */
  reservation: 'none' | 'short' | 'held' | 'released' | 'used'
  skus: string[]
  /** Step kinds; `pick:<sku>` for each line. */
  done: ReadonlySet<string>
  /** Types of the news they were told. */
  heard: ReadonlySet<string>
  /** The customer's code, once somebody made it. */
  pickupCode: string | undefined
  /** Digital goods that are not given as keys. */
  isByHand: boolean
  /** Codes of the marketplace's courier. */
  courierCodes: { entered: number; rejected: number }
  /** Returns that wait for a decision, and those whose goods have come. */
  undecidedReturns: string[]
  arrivedReturns: string[]
  /** Cancelled while the goods were on the road. */
  wasOnTheRoad: boolean
}

export type Step =
  | { kind: Exclude<StepKind, 'pick' | 'issue' | 'courier-code' | 'decide-return' | 'receive-return' | 'reply'> }
  | { kind: 'pick'; sku: string }
  | { kind: 'courier-code'; code: 'right' | 'wrong' | 'next' }
  | { kind: 'decide-return' | 'receive-return'; returnId: string }
  | { kind: 'issue'; code: 'right' | 'wrong' | 'missing' }

export type Next = { kind: 'step'; step: Step } | { kind: 'wait'; for: string } | { kind: 'over'; because: string }

/** The staff's next step. Pure: asked again after everything that happens, it never repeats a step that was done. */
export function nextStep(facts: StaffFacts, plan: Plan): Next {
  const { done, heard } = facts
  const [undecided] = plan.returnDecision === null ? [] : facts.undecidedReturns
  if (undecided !== undefined) return step({ kind: 'decide-return', returnId: undecided })
  const [arrived] = plan.receivesReturns ? facts.arrivedReturns : []
  if (arrived !== undefined) return step({ kind: 'receive-return', returnId: arrived })
  if (facts.reservation === 'none') return over('not ours')
  if (plan.bringsBack && facts.wasOnTheRoad && !done.has('bring-back')) return step({ kind: 'bring-back' })
  if (heard.has('order.cancelled')) return over('cancelled')
  if (facts.reservation === 'short') return over('short')
  // Also while the sales document is made: whoever asks to release wants no more work done.
  if (done.has('stopped')) return over('released')

  if (plan.cancel && !done.has('cancel') && isStageReached(plan.cancel.at, facts, plan)) return step({ kind: 'cancel' })
  if (done.has('cancel') && !heard.has('cancellation.declined')) return wait('order.cancelled')

  if (heard.has('cancellation.asked') && plan.cancellationAnswer !== null) {
    if (!done.has('answer-cancellation')) return step({ kind: 'answer-cancellation' })
    if (plan.cancellationAnswer === 'accepted') return wait('order.cancelled')
  }

  if (facts.fulfilment === 'digital') return nextWithKeys(facts)
  if (!plan.skipGoingTo && !done.has('go')) return step({ kind: 'go' })
  if (!done.has('document')) {
    const sku = plan.pickLines ? facts.skus.find((one) => !done.has(`pick:${one}`)) : undefined
    if (sku !== undefined) return step({ kind: 'pick', sku })
    if (!plan.skipAssembled && !done.has('assemble')) return step({ kind: 'assemble' })
    if (makesCode(facts, plan) && plan.pickup.codeAt === 'before-document') return step({ kind: 'code' })
    return step({ kind: 'document' })
  }
  // Nothing was there to hand over.
  if (facts.reservation === 'released') return wait('order.cancelled')

  switch (facts.fulfilment) {
    case 'pickup':
      return nextAtCounter(facts, plan)
    case 'merchant-delivery':
      return nextOnTheRoad(facts, plan)
    case 'marketplace-delivery':
      return nextWithCourier(facts, plan)
  }
}

function nextWithKeys({ done, heard, isByHand }: StaffFacts): Next {
  if (!isByHand && !done.has('keys')) return step({ kind: 'keys' })
  if (isByHand) return done.has('finish') ? over('delivered') : step({ kind: 'finish' })
  return heard.has('order.delivered') ? over('delivered') : wait('order.delivered')
}

/** The courier gets the goods when his code is right: each one that is rejected is followed by another. */
function nextWithCourier({ heard, courierCodes: { entered, rejected } }: StaffFacts, plan: Plan): Next {
  if (heard.has('order.delivered')) return over('delivered')
  const codes = plan.courier?.codes ?? []
  const isAsked = heard.has('courier.arrived') && !heard.has('courier_code.accepted') && !heard.has('order.taken')
  const code = codes[Math.min(entered, codes.length - 1)]
  if (isAsked && code !== undefined && entered <= rejected) return step({ kind: 'courier-code', code })
  return wait('order.delivered')
}

function nextAtCounter(facts: StaffFacts, plan: Plan): Next {
  const { done, heard } = facts
  const { firstCode, waitsForPaid, customerComes } = plan.pickup
  if (done.has('issue')) return over('issued')
  if (plan.pickup.extendDays !== null && !done.has('extend')) return step({ kind: 'extend' })
  if (makesCode(facts, plan)) return step({ kind: 'code' })
  const hasNoCode = plan.pickup.codeMadeBy === 'nobody'
  if (facts.pickupCode === undefined && !hasNoCode) return wait('pickup_code.created')
  if (waitsForPaid && !heard.has('order.paid')) return wait('order.paid')
  if (!customerComes) return wait('the customer')
  // Who made the code may leave it out: it has checked it itself.
  if (hasNoCode || (firstCode === 'missing' && plan.pickup.codeMadeBy === 'back-office'))
    return step({ kind: 'issue', code: 'missing' })
  if (firstCode === 'right') return step({ kind: 'issue', code: 'right' })
  if (!done.has('issue-refused')) return step({ kind: 'issue', code: firstCode })
  return heard.has('issue.refused') ? step({ kind: 'issue', code: 'right' }) : wait('issue.refused')
}

function nextOnTheRoad({ done, heard }: StaffFacts, plan: Plan): Next {
  if (plan.delivery.waitsForPaid && !heard.has('order.paid')) return wait('order.paid')
  const { estimateMinutes, trackCode, rescheduleDays, finishedBy } = plan.delivery
  if (trackCode !== null && !done.has('track')) return step({ kind: 'track' })
  if (rescheduleDays !== null && !done.has('reschedule')) return step({ kind: 'reschedule' })
  if (estimateMinutes !== null && !done.has('estimate')) return step({ kind: 'estimate' })
  if (!done.has('start')) return step({ kind: 'start' })
  if (finishedBy === 'marketplace') return heard.has('order.delivered') ? over('delivered') : wait('order.delivered')
  return done.has('finish') ? over('delivered') : step({ kind: 'finish' })
}

function makesCode({ fulfilment, pickupCode }: StaffFacts, plan: Plan): boolean {
  return fulfilment === 'pickup' && plan.pickup.codeMadeBy === 'back-office' && pickupCode === undefined
}

function isStageReached(
  stage: NonNullable<Plan['cancel']>['at'],
  { done, heard, fulfilment, skus }: StaffFacts,
  plan: Plan,
): boolean {
  switch (stage) {
    case 'before-assembly':
      return true
    case 'during-assembly':
      return plan.pickLines ? skus.some((sku) => done.has(`pick:${sku}`)) : plan.skipGoingTo || done.has('go')
    case 'after-document':
      return done.has('document')
    case 'after-paid':
      return done.has('document') && heard.has('order.paid')
    case 'after-taken':
      return heard.has('order.taken')
    case 'during-delivery':
      return fulfilment === 'merchant-delivery' ? done.has('start') : heard.has('order.delivering')
  }
}

function step(one: Step): Next {
  return { kind: 'step', step: one }
}

function wait(what: string): Next {
  return { kind: 'wait', for: what }
}

function over(because: string): Next {
  return { kind: 'over', because }
}
