import type { Plan, StepKind } from './plan.ts'

/** What the staff of the store know of an order, and what they have done about it. */
export interface StaffFacts {
  fulfilment: 'marketplace-delivery' | 'pickup' | 'merchant-delivery'
  reservation: 'short' | 'held' | 'released' | 'used'
  skus: string[]
  /** Step kinds; `pick:<sku>` for each line. */
  done: ReadonlySet<string>
  /** Types of the news they were told. */
  heard: ReadonlySet<string>
  /** The customer's code, once somebody made it. */
  pickupCode: string | undefined
}

export type Step =
  | { kind: Exclude<StepKind, 'pick' | 'issue'> }
  | { kind: 'pick'; sku: string }
  | { kind: 'issue'; code: 'right' | 'wrong' | 'missing' }

export type Next = { kind: 'step'; step: Step } | { kind: 'wait'; for: string } | { kind: 'over'; because: string }

/** The staff's next step. Pure: asked again after everything that happens, it never repeats a step that was done. */
export function nextStep(facts: StaffFacts, plan: Plan): Next {
  const { done, heard } = facts
  if (heard.has('order.cancelled')) return over('cancelled')
  if (facts.reservation === 'short') return over('short')
  // Also while the sales document is made: whoever asks to release wants no more work done.
  if (done.has('stopped')) return over('released')

  if (plan.cancel && !done.has('cancel') && isStageReached(plan.cancel.at, facts, plan)) return step({ kind: 'cancel' })
  if (done.has('cancel') && !heard.has('cancellation.declined')) return wait('order.cancelled')

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
      return heard.has('order.delivered') ? over('delivered') : wait('order.delivered')
  }
}

function nextAtCounter(facts: StaffFacts, plan: Plan): Next {
  const { done, heard } = facts
  const { firstCode, waitsForPaid, customerComes } = plan.pickup
  if (done.has('issue')) return over('issued')
  if (makesCode(facts, plan)) return step({ kind: 'code' })
  if (facts.pickupCode === undefined) return wait('pickup_code.created')
  if (waitsForPaid && !heard.has('order.paid')) return wait('order.paid')
  if (!customerComes) return wait('the customer')
  // Who made the code may leave it out: it has checked it itself.
  if (firstCode === 'missing' && plan.pickup.codeMadeBy === 'back-office')
    return step({ kind: 'issue', code: 'missing' })
  if (firstCode === 'right') return step({ kind: 'issue', code: 'right' })
  if (!done.has('issue-refused')) return step({ kind: 'issue', code: firstCode })
  return heard.has('issue.refused') ? step({ kind: 'issue', code: 'right' }) : wait('issue.refused')
}

function nextOnTheRoad({ done, heard }: StaffFacts, plan: Plan): Next {
  if (plan.delivery.waitsForPaid && !heard.has('order.paid')) return wait('order.paid')
  if (plan.delivery.estimateMinutes !== null && !done.has('estimate')) return step({ kind: 'estimate' })
  if (!done.has('start')) return step({ kind: 'start' })
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
