import { answerCancellation } from './cancellation-request.ts'
import { carryConversation } from './conversation.ts'
import { watchDigital, watchStart } from './deadlines.ts'
import type { OrderSettings } from './facts.ts'
import { isCancelled } from './facts.ts'
import { askStore, tellProgress, tellReturns } from './news.ts'
import type { Order } from './order.ts'
import { createPlan, dropWhere, type Plan } from './plan.ts'
import { isOnHold, readOrder } from './reading.ts'
import { confirmDraft, reportOrder } from './reports.ts'
import { carryReturns } from './returns.ts'
import { giveBack, holdStock } from './stock.ts'

/**
 * What the order owes the outside world, given its facts: a pure function of the facts, not of the event that came last.
 * So early, late and repeated events need no handling of their own. Effects already planned are not planned again.
 *
 * `receivedAt` (RFC 3339) only places durable timers.
 */
export function decide(order: Order, settings: OrderSettings, receivedAt: string): Plan {
  const plan = createPlan(order)
  if (order.conversation) {
    carryConversation(plan)
    return plan
  }
  readOrder(plan)
  answerCancellation(plan, settings, receivedAt)
  carryReturns(plan, settings, receivedAt)
  tellReturns(plan, settings)
  askStore(plan, settings)
  if (!order.placed) return plan
  confirmDraft(plan, settings)
  if (isOnHold(order) && !isCancelled(order)) return plan
  if (isCancelled(order)) {
    // Nothing unsent goes out any more.
    dropWhere(plan, (_, { lane }) => lane === 'marketplace')
    giveBack(plan, settings)
  } else {
    holdStock(plan, settings)
    reportOrder(plan, settings)
  }
  tellProgress(plan, settings)
  watchStart(plan, settings, receivedAt)
  watchDigital(plan, settings, receivedAt)
  return plan
}
