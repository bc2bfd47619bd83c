import type { LaneHead, Order } from '@sluice/orders'
import { type ClaimRequest, type ClaimResult, claimEffects } from './claim-effects.ts'
import type { Sql } from './connect.ts'
import { createGrouper, type Grouper } from './create-grouper.ts'

const groupTimeoutMs = 20_000

/** Claims of the same tick share one statement. Of two claims of one effect the second finds it leased. */
export function createClaimer(
  sql: Sql,
  laneHeads: (order: Order) => LaneHead[],
  limits: { maxGroup: number; groupsInFlight: number },
): Grouper<ClaimRequest, ClaimResult> {
  return createGrouper<ClaimRequest, ClaimResult>({
    name: 'claim effects',
    async run(requests) {
      const firsts = new Map<string, ClaimRequest>()
      for (const request of requests) if (!firsts.has(request.effectId)) firsts.set(request.effectId, request)
      const asked = [...firsts.values()]
      const results = await claimEffects(sql, asked, laneHeads)
      const resultOf = new Map(asked.map((request, at) => [request, results[at]!]))
      return requests.map((request) => {
        const first = firsts.get(request.effectId)!
        const result = resultOf.get(first)!
        const value: ClaimResult =
          request !== first && result.kind === 'claimed' ? { kind: 'leased', waitMs: first.leaseMs } : result
        return { status: 'fulfilled', value }
      })
    },
    keyOf: (request) => request.effectId,
    timeoutMs: groupTimeoutMs,
    ...limits,
  })
}
