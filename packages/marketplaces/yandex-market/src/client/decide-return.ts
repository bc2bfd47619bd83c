import type { Outcome, ReturnDecision } from '@sluice/orders'
import {
  availableDecisionsAnswerSchema,
  returnAnswerSchema,
  type WireAvailableDecision,
  type WireReturn,
} from '../wire-schema.ts'
import { returnCurrencySchema } from './answer-schema.ts'
import { type Attempt, placeOf } from './attempt.ts'
import { type Failure, toFailure } from './classify-answer.ts'
import {
  getReturn,
  getReturnAvailableDecisions,
  isInt64,
  type ReturnItemDecision,
  type ReturnPlace,
  submitReturnDecision,
} from './market-calls.ts'

/**
 * The merchant's decision about a return, within 48 hours of its creation (specification 4.8). What the Market does not offer
 * for this return is declined with the list of what it offers. Crash or lost answer: every attempt reads the return first,
 * and a decision that is there already is not sent again.
 */
export async function decideReturn(
  attempt: Attempt,
  { returnId, storeId, decision }: { returnId: string; storeId?: string; decision: ReturnDecision },
): Promise<Outcome> {
  const { account, order, calls } = attempt
  const known = placeOf(order, storeId ?? order.returns?.[returnId]?.storeId)
  if (!known || !isInt64(returnId)) {
    return { kind: 'refused', fault: 'data', detail: `return ${returnId}: its store or its order is not known` }
  }
  const place = { ...known, returnId }
  const read = await readReturn(attempt, place)
  if (read.kind !== 'return') return read
  const settled = classifyDecided(read.wire, decision)
  if (settled) return settled

  const offer = await calls.send(getReturnAvailableDecisions(account.businessId, place))
  const available = availableDecisionsAnswerSchema.safeParse(offer.kind === 'ok' ? offer.body : undefined)
  if (!available.success)
    return offer.kind === 'rejected' ? { kind: 'declined', state: offer.detail } : toFailure(offer)
  const decisions = toItemDecisions(read.wire, decision, read.currency, available.data.result.availableDecisions)
  if (decisions.kind !== 'decisions') return decisions

  const answer = await calls.send(submitReturnDecision(place, decisions.items))
  if (answer.kind === 'ok') return { kind: 'done' }
  if (answer.kind !== 'rejected') return toFailure(answer)
  const again = await readReturn(attempt, place)
  const outcome = again.kind === 'return' ? classifyDecided(again.wire, decision) : undefined
  return outcome ?? { kind: 'declined', state: answer.detail }
}

async function readReturn(
  { calls }: Attempt,
  place: ReturnPlace,
): Promise<{ kind: 'return'; wire: WireReturn; currency: string } | Failure> {
  const answer = await calls.send(getReturn(place))
  const body = answer.kind === 'ok' ? answer.body : undefined
  const parsed = returnAnswerSchema.safeParse(body)
  if (!parsed.success) return toFailure(answer)
  const currency = returnCurrencySchema.safeParse(body).data?.result.amount.currencyId ?? 'RUR'
  return { kind: 'return', wire: parsed.data.result, currency }
}

const decisionTypes: Record<ReturnDecision['kind'], string> = {
  refund: 'REFUND_MONEY',
  'fast-refund': 'FAST_REFUND_MONEY',
  'refund-with-shipping': 'REFUND_MONEY_INCLUDING_SHIPMENT',
  'partial-refund': 'PARTIAL_MONEY_REFUND',
  decline: 'DECLINE_REFUND',
  repair: 'REPAIR',
  replace: 'REPLACE',
  examine: 'SEND_TO_EXAMINATION',
  other: 'OTHER_DECISION',
}

/** The customer's money is on its way or with him, whoever decided it. */
const REFUNDING = new Set([
  'REFUND_IN_PROGRESS',
  'REFUNDED',
  'REFUNDED_WITH_BONUSES',
  'REFUNDED_BY_SHOP',
  'PREMODERATION_SELECT_DELIVERY',
])
const DECIDED = new Set(['PREMODERATION_DECISION_MADE', 'DECISION_MADE', 'PREMODERATION_DISPUTE'])
const CLOSED = new Set(['REJECTED', 'FAILED', 'CANCELLED', 'COMPLETE_WITHOUT_REFUND'])

/** An outcome when there is nothing left to decide: `already-done` when it was decided as we would. */
export function classifyDecided(wire: WireReturn, decision: ReturnDecision): Outcome | undefined {
  const status = wire.refundStatus ?? ''
  if (wire.returnType === 'UNREDEEMED')
    return { kind: 'declined', state: 'unredeemed goods: there is nothing to decide' }
  const isDecided = DECIDED.has(status)
  if (!isDecided && !REFUNDING.has(status) && !CLOSED.has(status)) return undefined
  const decisions = wire.items.flatMap((item) => item.decisions ?? [])
  const told = decisions.filter(({ decisionType = 'UNKNOWN' }) => decisionType !== 'UNKNOWN')
  const isAsOurs = told.every(({ returnItemId, decisionType }) => {
    return decisionType === decisionTypes[decisionFor(decision, returnItemId).kind]
  })
  if (told.length > 0 ? isAsOurs : isDecided) return { kind: 'already-done' }
  if (REFUNDING.has(status) && isFullRefund(decision)) return { kind: 'already-done' }
  if (status === 'REJECTED' && decision.kind === 'decline') return { kind: 'already-done' }
  const types = [...new Set(told.map(({ decisionType }) => decisionType))].join(', ')
  return { kind: 'declined', state: `decided already: ${[status, types].filter(Boolean).join(' ')}` }
}

/** All the money for all the goods: what less there was to give, the state of the money does not say. */
function isFullRefund({ kind, items = [] }: ReturnDecision): boolean {
  return [kind, ...items.map((item) => item.kind)].every((one) => one === 'refund' || one === 'refund-with-shipping')
}

export type ItemDecisions =
  | { kind: 'decisions'; items: ReturnItemDecision[] }
  | Extract<Outcome, { kind: 'declined' | 'refused' }>

/** A decision for every item of the return, as far as the Market offers it. */
export function toItemDecisions(
  wire: WireReturn,
  decision: ReturnDecision,
  currency: string,
  available: readonly WireAvailableDecision[],
): ItemDecisions {
  const ids = wire.items.flatMap(({ decisions = [] }) => decisions.flatMap(({ returnItemId }) => returnItemId ?? []))
  const known = new Set(ids)
  if (known.size === 0) return { kind: 'refused', fault: 'data', detail: 'the return names no items to decide about' }
  const unknown = decision.items?.find(({ itemId }) => !known.has(itemId))
  if (unknown) return { kind: 'declined', state: `the return has no item ${unknown.itemId}` }
  const items: ReturnItemDecision[] = []
  for (const returnItemId of known) {
    const own = decisionFor(decision, returnItemId)
    const objection = objectionTo(own, available)
    if (objection !== undefined) return { kind: 'declined', state: objection }
    items.push({
      returnItemId,
      decisionType: decisionTypes[own.kind],
      // A word of the Market's own, where it names any to choose from.
      ...(own.kind === 'decline' &&
        own.reason !== undefined &&
        reasonsToDecline(available).includes(own.reason) && { decisionReasonType: own.reason }),
      ...(own.comment !== undefined && { comment: own.comment }),
      ...(own.kind === 'partial-refund' && { compensation: { value: Number(own.amount), currencyId: currency } }),
    })
  }
  return { kind: 'decisions', items }
}

type ItemDecision = Omit<ReturnDecision, 'items'>

function decisionFor(decision: ReturnDecision, itemId: string | undefined): ItemDecision {
  return decision.items?.find((item) => item.itemId === itemId) ?? decision
}

function objectionTo(decision: ItemDecision, available: readonly WireAvailableDecision[]): string | undefined {
  const type = decisionTypes[decision.kind]
  const offer = available.find(({ decisionType }) => decisionType === type)
  if (!offer) return `${type} is not offered. Available: ${available.map(showOffer).join('; ') || 'nothing'}`
  const reasons = reasonsToDecline(available)
  if (decision.kind === 'decline' && reasons.length > 0 && !reasons.includes(decision.reason ?? '')) {
    return `${type} wants a reason: ${reasons.join(', ')}`
  }
  if (decision.kind !== 'partial-refund') return undefined
  const { minAmount, maxAmount } = offer.partialCompensationBounds ?? {}
  const amount = Number(decision.amount ?? Number.NaN)
  const isWithin =
    amount > 0 && amount >= Number(minAmount ?? 0) && amount <= Number(maxAmount ?? Number.POSITIVE_INFINITY)
  return isWithin ? undefined : `${showOffer(offer)}: the amount does not fit`
}

function reasonsToDecline(available: readonly WireAvailableDecision[]): readonly string[] {
  return available.find(({ decisionType }) => decisionType === decisionTypes.decline)?.decisionReasonTypes ?? []
}

/** `PARTIAL_MONEY_REFUND (39 to 195)`, `DECLINE_REFUND (MECHANICAL_DAMAGE)` */
function showOffer({
  decisionType,
  decisionReasonTypes,
  partialCompensationBounds: bounds,
}: WireAvailableDecision): string {
  const details = [
    ...(decisionReasonTypes ?? []),
    ...(bounds ? [`${bounds.minAmount ?? '?'} to ${bounds.maxAmount ?? '?'}`] : []),
  ]
  return details.length > 0 ? `${decisionType} (${details.join(', ')})` : decisionType
}
