import { currentBody, type Fulfilment, type Order, type Outcome, type Report } from '@sluice/orders'
import type { z } from 'zod'
import { identifiersAnswerSchema } from './answer-schema.ts'
import type { OrderAttempt } from './attempt.ts'
import { toFailure } from './classify-answer.ts'
import { getOrderIdentifiersStatus } from './market-calls.ts'
import { settleByState } from './report-change.ts'
import { reportStatus, rulesOf } from './report-status.ts'

/** The check of marking codes is the state's system's, and takes its time. */
const CHECK_PATIENCE_MS = 30 * 60_000

/**
 * `READY_TO_SHIP`. With jewellery or mandatory marking the Market refuses it until every code is checked (specification 4.2),
 * so that is waited for; of other codes nobody waits for the check.
 */
export async function reportReady(
  attempt: OrderAttempt,
  report: Extract<Report, { step: 'ready' }>,
  fulfilment: Fulfilment,
): Promise<Outcome> {
  if (attempt.wasUnclear) {
    const settled = await settleByState(attempt, rulesOf('ready'))
    if (settled) return settled
  }
  const lines = checkedLines(attempt.order, report)
  if (lines.length > 0) {
    const answer = await attempt.calls.send(getOrderIdentifiersStatus(attempt.place))
    const parsed = identifiersAnswerSchema.safeParse(answer.kind === 'ok' ? answer.body : undefined)
    if (!parsed.success) return toFailure(answer)
    const unready = classifyCodes(parsed.data, lines)
    if (unready) return unready
  }
  return reportStatus({ ...attempt, wasUnclear: false }, report, fulfilment)
}

export interface CheckedLine {
  id: string
  sku: string
}

/** Lines whose codes were sent and must be right: a code without a known kind may be one of those. */
export function checkedLines(order: Order, { composition }: Extract<Report, { step: 'ready' }>): CheckedLine[] {
  const boxed = order.composition?.value.boxes?.flatMap(({ lines }) => lines) ?? []
  const marked = new Set(
    [...composition.lines, ...boxed].filter(({ markingCodes }) => markingCodes?.length).map(({ sku }) => sku),
  )
  return (currentBody(order)?.lines ?? []).flatMap(({ sku, lineId, markingKind = 'CIS' }) =>
    lineId !== undefined && marked.has(sku) && (markingKind === 'CIS' || markingKind === 'UIN')
      ? [{ id: lineId, sku }]
      : [],
  )
}

/** An outcome unless all codes are good. It names the article, never the code. */
export function classifyCodes(
  { result }: z.output<typeof identifiersAnswerSchema>,
  lines: readonly CheckedLine[],
): Outcome | undefined {
  const states = lines.flatMap((line) => {
    const item = result.items.find(({ id }) => id === line.id)
    const cis = (item?.cis ?? []).map((code) => ({ ...line, ...code, isRefused: code.status === 'INVALID' }))
    // `FAILED` of a CIS says that it could not be checked yet; of a UIN that it is wrong.
    const uin = (item?.uin ?? []).map((code) => ({ ...line, ...code, isRefused: code.status === 'FAILED' }))
    return cis.length + uin.length > 0
      ? [...cis, ...uin]
      : [{ ...line, status: 'NOT_LISTED', substatus: '', isRefused: false }]
  })
  const refused = states.filter(({ isRefused }) => isRefused)
  if (refused.length > 0) {
    const texts = refused.map(({ id, sku, substatus }) => `${sku} (line ${id}): ${substatus || 'refused'}`)
    return {
      kind: 'refused',
      fault: 'data',
      detail: `marking codes refused: ${[...new Set(texts)].slice(0, 5).join('; ')}`,
    }
  }
  const waiting = states.filter(({ status }) => status !== 'OK')
  if (waiting.length === 0) return undefined
  const detail = `${waiting.length} of ${states.length} marking codes are not checked yet`
  return { kind: 'too-early', detail, patienceMs: CHECK_PATIENCE_MS }
}
