import type { codesState } from './order.ts'
import { type Model, type OrderStatus, SUBSTATUSES } from './statuses.ts'

/** What the Market goes by when the seller wants another status (specification 4). */
export interface TransitionFacts {
  orderId: string
  model: Model
  fake: boolean
  status: OrderStatus
  substatus: string
  codes: ReturnType<typeof codesState>
  isCarriedByYandex: boolean
  digitalType: 'EMAIL' | 'ACTIVATION_CODE' | 'STEAM_GIFT' | 'CHAT'
  buyerWasCalled: boolean
}

export type TransitionVerdict =
  | { kind: 'set'; status: OrderStatus; substatus: string }
  /** LaaS: it is done later. */
  | { kind: 'operation'; status: 'CANCELLED'; substatus: string }
  | { kind: 'refused'; message: string }

/** Transitions are not idempotent: what is there already is refused too. Texts: specification 3.7. Pure. */
export function judgeTransition(
  facts: TransitionFacts,
  wanted: { status: string; substatus?: string | undefined },
): TransitionVerdict {
  const { status } = wanted
  if (wanted.substatus !== undefined && !SUBSTATUSES.has(wanted.substatus)) {
    return refused(`Status not allowed: '${wanted.substatus}'`)
  }
  switch (status) {
    case 'PROCESSING':
      return judgeProcessing(facts, wanted.substatus)
    case 'DELIVERY':
    case 'PICKUP':
    case 'DELIVERED':
      return judgeDelivery(facts, status, wanted.substatus)
    case 'CANCELLED':
      return judgeCancellation(facts, wanted.substatus)
    default:
      return refused(`Status not allowed: '${status}'`)
  }
}

function judgeProcessing(facts: TransitionFacts, substatus: string | undefined): TransitionVerdict {
  const { model, fake, codes } = facts
  if (substatus === undefined) return refused(`Status not allowed: 'PROCESSING' without substatus`)
  if (model === 'LAAS' && facts.status === 'RESERVED' && substatus === 'STARTED') return set('PROCESSING', 'STARTED')
  if (facts.status !== 'PROCESSING') return noPermission(facts, 'PROCESSING')
  const isMarketsParcel = model === 'FBS' || model === 'EXPRESS'
  if (!isMarketsParcel) return noTransition(facts, substatus)
  if (facts.substatus === 'STARTED' && substatus === 'READY_TO_SHIP') {
    const isAllowed = codes === 'not-needed' || codes === 'good'
    return isAllowed ? set('PROCESSING', 'READY_TO_SHIP') : notAllowed(facts, substatus, CODE_REASONS[codes])
  }
  // Of a test order the seller says by hand what the Market would.
  if (fake && facts.substatus === 'READY_TO_SHIP' && substatus === 'SHIPPED') return set('PROCESSING', 'SHIPPED')
  return noTransition(facts, substatus)
}

const CODE_REASONS = {
  missing: 'Required instances are missing',
  checking: 'Instances are being validated',
  refused: 'Instances are not valid',
}

function judgeDelivery(
  facts: TransitionFacts,
  status: 'DELIVERY' | 'PICKUP' | 'DELIVERED',
  substatus: string | undefined,
): TransitionVerdict {
  const { model, isCarriedByYandex } = facts
  if (substatus !== undefined && substatus !== DELIVERY_SUBSTATUS[status]) return noTransition(facts, substatus)
  const next = set(status, DELIVERY_SUBSTATUS[status])
  switch (model) {
    case 'FBS':
    case 'EXPRESS':
    case 'FBY':
    case 'LAAS':
      return noPermission(facts, status)
    case 'DIGITAL': {
      const isByHand = facts.digitalType === 'STEAM_GIFT' || facts.digitalType === 'CHAT'
      if (status !== 'DELIVERED' || facts.status !== 'PROCESSING') return noPermission(facts, status)
      return isByHand ? next : notAllowed(facts, 'DELIVERED', 'Digital codes are expected')
    }
    case 'DBS':
    case 'DBS_PICKUP':
      if (status === 'DELIVERY') return facts.status === 'PROCESSING' ? next : noPermission(facts, status)
      if (isCarriedByYandex) return noPermission(facts, status)
      if (status === 'PICKUP') {
        return model === 'DBS_PICKUP' && facts.status === 'DELIVERY' ? next : noPermission(facts, status)
      }
      return facts.status === (model === 'DBS_PICKUP' ? 'PICKUP' : 'DELIVERY') ? next : noPermission(facts, status)
  }
}

const DELIVERY_SUBSTATUS = {
  DELIVERY: 'DELIVERY_SERVICE_RECEIVED',
  PICKUP: 'PICKUP_SERVICE_RECEIVED',
  DELIVERED: 'DELIVERY_SERVICE_DELIVERED',
}

function judgeCancellation(facts: TransitionFacts, substatus: string | undefined): TransitionVerdict {
  const { model, status } = facts
  if (substatus === undefined) return refused(`Status not allowed: 'CANCELLED' without substatus`)
  const reasons = reasonsFor(facts)
  if (reasons === undefined) return noPermission(facts, 'CANCELLED')
  if (!reasons.includes(substatus)) {
    return refused(`Cancellation request substatus '${substatus}' is not available for status '${status}'`)
  }
  if (substatus === 'USER_UNREACHABLE' && !facts.buyerWasCalled) {
    return notAllowed(facts, 'CANCELLED', 'Not enough calls to the buyer')
  }
  return model === 'LAAS'
    ? { kind: 'operation', status: 'CANCELLED', substatus }
    : { kind: 'set', status: 'CANCELLED', substatus }
}

/** Why the seller may cancel; undefined: not at all. */
function reasonsFor({ model, status, substatus }: TransitionFacts): string[] | undefined {
  const isInStore = status === 'PROCESSING' && (substatus === 'STARTED' || substatus === 'READY_TO_SHIP')
  const dbs = ['SHOP_FAILED', 'USER_CHANGED_MIND', 'USER_UNREACHABLE']
  switch (model) {
    case 'FBY':
      return undefined
    case 'FBS':
    case 'EXPRESS':
      return isInStore ? ['SHOP_FAILED'] : undefined
    case 'LAAS':
      return status === 'RESERVED' || status === 'PROCESSING' ? ['SHOP_FAILED'] : undefined
    case 'DBS':
    case 'DBS_PICKUP':
    case 'DIGITAL':
      if (status === 'PROCESSING') return [...dbs, 'INCORRECT_PERSONAL_DATA']
      if (status === 'DELIVERY') return dbs
      return status === 'PICKUP' ? [...dbs, 'PICKUP_EXPIRED'] : undefined
  }
}

function set(status: OrderStatus, substatus: string): TransitionVerdict {
  return { kind: 'set', status, substatus }
}

function refused(message: string): TransitionVerdict {
  return { kind: 'refused', message }
}

function noPermission({ orderId, status }: TransitionFacts, wanted: string): TransitionVerdict {
  return refused(`No permission to set status ${wanted} for order ${orderId} with status ${status}`)
}

function noTransition({ substatus }: TransitionFacts, wanted: string): TransitionVerdict {
  return refused(`No transition found: '${substatus}' -> '${wanted}'`)
}

function notAllowed({ status, substatus }: TransitionFacts, wanted: string, reason: string): TransitionVerdict {
  const from = wanted === 'CANCELLED' || wanted === 'DELIVERED' ? status : substatus
  return refused(`Transition '${from}' -> '${wanted}' is not allowed. Reason: ${reason}`)
}
