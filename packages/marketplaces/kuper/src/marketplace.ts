import type { Marketplace, MarketplaceAttempt, MarketplaceClient, MarketplaceEffect } from '@sluice/marketplace-port'
import { newestEffect, type Order } from '@sluice/orders'
import { listCatchUps } from './catch-up.ts'
import { createKuperClient, type KuperClient } from './create-kuper-client.ts'
import { isKnownToKuper } from './notification.ts'
import { type KuperAccountSettings, kuperAccountSchema } from './settings-schema.ts'
import { createWebhookEndpoint } from './webhook-endpoint.ts'

/** Kuper, formerly SberMarket: webhooks that say everything, and notifications of our work. */
export const kuper: Marketplace<KuperAccountSettings, KuperMarketplaceClient> = {
  name: 'kuper',
  title: 'Kuper',
  traits: {
    reports: {
      'marketplace-delivery': ['accepted', 'in_work', 'assembled', 'ready', 'canceled'],
      pickup: ['accepted', 'in_work', 'assembled', 'pickup_code', 'ready', 'delivered', 'canceled'],
      'merchant-delivery': [
        'accepted',
        'in_work',
        'assembled',
        'ready',
        'estimated_delivery',
        'delivering',
        'delivered',
        'canceled',
      ],
      digital: ['canceled'],
      'by-marketplace': ['canceled'],
    },
    announcesReturns: false,
  },
  accountSchema: kuperAccountSchema,
  // Read the state, notify, read the state; or token, notify, read.
  callsPerEffect: 3,
  createWebhookEndpoint,
  createClient(account, { redis, now }) {
    const client = createKuperClient(account, { redis, ...(now && { now }) })
    return { ...client, perform: (effect, attempt) => perform(client, effect, attempt) }
  },
  listCatchUps,
}

export type KuperMarketplaceClient = KuperClient & MarketplaceClient

async function perform(client: KuperClient, effect: MarketplaceEffect, attempt: MarketplaceAttempt) {
  if (effect.kind !== 'notify-marketplace') return refused(`Kuper knows no ${effect.kind}`)
  const report = effect.payload
  if (!isKnownToKuper(report)) return refused(`Kuper has no word for ${report.step}`)
  const { order, ...rest } = attempt
  const readyReportedAt = readySince(order)
  return client.notify(report, order.ref, { ...rest, ...(readyReportedAt && { readyReportedAt }) })
}

/** The traits keep it from being planned, so a plan that has it is a bug of ours. */
function refused(detail: string) {
  return { outcome: { kind: 'refused', fault: 'ours', detail } } as const
}

function readySince(order: Order): Date | undefined {
  const settledAt = newestEffect(order, 'notify-marketplace/ready')?.settledAt
  return settledAt === undefined ? undefined : new Date(settledAt)
}
