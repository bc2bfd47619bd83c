import type { Outcome } from '@sluice/orders'
import { toReturnView } from '../to-return-view.ts'
import { returnAnswerSchema } from '../wire-schema.ts'
import { type Attempt, placeOf } from './attempt.ts'
import { toFailure } from './classify-answer.ts'
import { getReturn, isInt64 } from './market-calls.ts'
import { isFresh, NOT_YET_MS } from './too-early.ts'

/** Reads one return. Nothing is changed there: a crash costs only the call. */
export async function fetchReturn(
  { order, calls, now }: Attempt,
  { returnId, storeId }: { returnId: string; storeId?: string },
): Promise<Outcome> {
  const facts = order.returns?.[returnId]
  const place = placeOf(order, storeId ?? facts?.storeId)
  if (!place || !isInt64(returnId)) {
    return { kind: 'refused', fault: 'data', detail: `return ${returnId}: its store or its order is not known` }
  }
  const answer = await calls.send(getReturn({ ...place, returnId }))
  const isYoung = isFresh(facts?.announced?.at, now())
  if (answer.kind === 'not-found' && isYoung) {
    return { kind: 'too-early', detail: answer.detail, patienceMs: NOT_YET_MS }
  }
  const parsed = returnAnswerSchema.safeParse(answer.kind === 'ok' ? answer.body : undefined)
  if (!parsed.success) return toFailure(answer)
  return { kind: 'read', found: { type: 'return.read', returnId, view: toReturnView(parsed.data.result) } }
}
