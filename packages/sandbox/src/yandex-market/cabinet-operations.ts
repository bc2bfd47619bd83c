import type { Findings } from './findings.ts'
import { type Answer, failed, ok, operation } from './operation.ts'
import { pageOf } from './paging.ts'
import * as schema from './request-schemas.ts'
import type { Campaign, Settings } from './settings.ts'

export interface CabinetDeps {
  settings: () => Settings
  findings: Findings
}

/** Which stores there are, and what the key may do. */
export function cabinetOperations({ settings, findings }: CabinetDeps) {
  return [
    operation({
      id: 'getCampaigns',
      method: 'GET',
      path: '/v2/campaigns',
      scope: 'settings',
      hourly: 1_000,
      query: schema.campaignsQuery,
      handle({ query }): Answer {
        const page = pageOf(settings().campaigns, { limit: query.limit ?? 100, pageToken: query.pageToken })
        if (page === undefined) {
          findings.violation('bad-content', undefined, 'Bad page token')
          return failed(400, 'Bad page token')
        }
        const campaigns = page.items.map((one) => campaignOnWire(one, settings()))
        return { status: 200, body: { campaigns, paging: page.paging } }
      },
    }),
    operation({
      id: 'getCampaign',
      method: 'GET',
      path: '/v2/campaigns/{campaignId}',
      scope: 'settings',
      hourly: 5_000,
      handle({ params }): Answer {
        const found = settings().campaigns.find(({ campaignId }) => campaignId === params.campaignId)
        // Stores that are not there are refused before.
        return { status: 200, body: { campaign: found && campaignOnWire(found, settings()) } }
      },
    }),
    operation({
      id: 'getAuthTokenInfo',
      method: 'POST',
      path: '/v2/auth/token',
      scope: 'any',
      hourly: 100,
      handle: ({ key: { name, scopes } }): Answer => ok({ apiKey: { name, authScopes: scopes } }),
    }),
  ]
}

function campaignOnWire({ campaignId, name, placementType, apiAvailability }: Campaign, { businessId }: Settings) {
  return {
    domain: name,
    id: campaignId,
    business: { id: businessId, name: 'Sandbox' },
    placementType,
    apiAvailability,
  }
}
