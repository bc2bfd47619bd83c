import type { MarketplaceAttempt, MarketplaceEffect, Performed } from '@sluice/marketplace-port'
import type { ConversationTopic, Outcome } from '@sluice/orders'
import type { CallPriority } from '@sluice/outbound'
import { answerCancellationRequest } from './answer-cancellation-request.ts'
import type { Account, Attempt } from './attempt.ts'
import { createAttemptCalls } from './attempt-calls.ts'
import { decideReturn } from './decide-return.ts'
import { fetchConversation } from './fetch-conversation.ts'
import { fetchOrder } from './fetch-order.ts'
import { fetchReturn } from './fetch-return.ts'
import type { MarketCaller } from './market-caller.ts'
import { notifyMarketplace } from './notify-marketplace.ts'
import type { OrderReader } from './order-reader.ts'
import { replyToCustomer } from './reply-to-customer.ts'
import type { OperationNotes } from './report-to-warehouse.ts'

export interface PerformDeps {
  account: Account
  caller: MarketCaller
  orders: OrderReader
  notes: OperationNotes
  now: () => number
}

/** One attempt at an effect, with everything it says to the Market and what came back. */
export async function performEffect(
  deps: PerformDeps,
  effect: MarketplaceEffect,
  { order, idempotencyKey, wasUnclear, policy, signal }: MarketplaceAttempt,
): Promise<Performed> {
  const { account, caller, now } = deps
  const calls = createAttemptCalls(caller, {
    priority: priorityOf(effect),
    secrets: secretsIn(effect),
    signal,
    timeoutMs: account.api.timeoutMs,
  })
  const attempt: Attempt = { account, order, wasUnclear, calls, signal, now }
  const outcome = await perform()
  const evidence = calls.evidence()
  return { outcome: calls.hasChanged() ? asUnfinished(outcome) : outcome, ...(evidence && { evidence }) }

  async function perform(): Promise<Outcome> {
    switch (effect.kind) {
      case 'notify-marketplace':
        return notifyMarketplace(attempt, effect.payload, policy, deps.notes)
      case 'fetch-order':
        return fetchOrder(attempt, deps.orders)
      case 'fetch-return':
        return fetchReturn(attempt, effect.payload)
      case 'fetch-conversation':
        return fetchConversation(attempt, effect.payload)
      case 'answer-cancellation-request':
        return answerCancellationRequest(attempt, effect.payload)
      case 'decide-return':
        return decideReturn(attempt, effect.payload)
      case 'reply-to-customer':
        return replyToCustomer(attempt, effect.payload, repliedAt(attempt, idempotencyKey))
    }
  }
}

/** Who goes first when the allowance is short (specification 6.6). */
export function priorityOf(effect: MarketplaceEffect): CallPriority {
  switch (effect.kind) {
    case 'answer-cancellation-request':
      return 1
    case 'decide-return':
      return 2
    case 'notify-marketplace':
      return effect.payload.step === 'canceled' ? 1 : effect.payload.step === 'registered' ? 6 : 3
    case 'fetch-order':
    case 'fetch-return':
      return 4
    case 'fetch-conversation':
    case 'reply-to-customer':
      return priorityOfTopic(effect.payload.topic)
  }
}

function priorityOfTopic(topic: ConversationTopic): CallPriority {
  return topic === 'chat' ? 5 : 6
}

/** Marking codes, keys and courier's codes: neither an error nor the evidence may repeat them. */
export function secretsIn(effect: MarketplaceEffect): string[] {
  if (effect.kind !== 'notify-marketplace') return []
  const report = effect.payload
  switch (report.step) {
    case 'packed':
    case 'ready': {
      const boxed = report.step === 'packed' ? (report.boxes ?? []).flatMap(({ lines }) => lines) : []
      return [...report.composition.lines, ...boxed].flatMap(({ markingCodes = [] }) => markingCodes)
    }
    case 'courier_code':
    case 'pickup_code':
      return [report.code]
    case 'digital_codes':
      return report.lines.flatMap(({ codes }) => codes)
    case 'accepted':
    case 'in_work':
    case 'registered':
    case 'assembled':
    case 'estimated_delivery':
    case 'tracked':
    case 'rescheduled':
    case 'delivering':
    case 'at_pickup':
    case 'storage_extended':
    case 'delivered':
    case 'canceled':
      return []
  }
}

/** One call was taken and the next one was not made or not answered: the repeat must look at what is there. */
export function asUnfinished(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case 'unavailable':
      return { ...outcome, isUnclear: true }
    case 'not-tried':
      return {
        kind: 'unavailable',
        cause: outcome.cause === 'rate-budget' ? 'rate-limited' : 'network',
        isUnclear: true,
        retryAfterMs: outcome.waitMs,
        detail: `done in part: ${outcome.cause}`,
      }
    case 'done':
    case 'already-done':
    case 'reserved':
    case 'short':
    case 'already-used':
    case 'cancelled-there':
    case 'declined':
    case 'skipped':
    case 'read':
    case 'too-early':
    case 'refused':
      return outcome
  }
}

/** When the merchant wrote the reply: the effect's key ends with the reply's id, and its generation if there were several. */
function repliedAt({ order }: Attempt, idempotencyKey: string): string | undefined {
  const [, key = ''] = idempotencyKey.split('/reply-to-customer/')
  const replies = Object.entries(order.conversation?.replies ?? {})
  return replies.find(([id]) => key === id || key.startsWith(`${id}#`))?.[1].at
}
