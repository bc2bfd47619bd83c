import type { LaneHead, Order } from '@sluice/orders'
import { type ClaimRequest, type ClaimResult, claimEffects } from './claim-effects.ts'
import { createGrouper, type Grouper } from './create-grouper.ts'
import type { Pool } from './create-pool.ts'
import { dropTakenBack, isTakenBack } from './drop-taken-back.ts'

const groupTimeoutMs = 20_000

/** Claims of the same tick share one statement. Of two claims of one effect the second finds it leased. */
export function createClaimer(
  pool: Pool,
  laneHeads: (order: Order) => LaneHead[],
  limits: { maxGroup: number; groupsInFlight: number },
): Grouper<ClaimRequest, ClaimResult> {
  async function claim(asked: ClaimRequest[]): Promise<ClaimResult[]> {
    const results = await pool.run((sql) => claimEffects(sql, asked, laneHeads))
    const takenBack = asked.filter((_, at) => {
      const result = results[at]!
      return result.kind === 'claimed' && isTakenBack(result.effect)
    })
    if (takenBack.length === 0) return results
    const ids = takenBack.map(({ effectId }) => effectId)
    await pool.run((sql) => dropTakenBack(sql, ids))
    const settled = await pool.run((sql) => claimEffects(sql, takenBack, laneHeads))
    return results.map((result, at) => settled[takenBack.indexOf(asked[at]!)] ?? result)
  }

  return createGrouper<ClaimRequest, ClaimResult>({
    name: 'claim effects',
    async run(requests) {
      const firsts = new Map<string, ClaimRequest>()
      for (const request of requests) if (!firsts.has(request.effectId)) firsts.set(request.effectId, request)
      const asked = [...firsts.values()]
      const results = await claim(asked)
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
