import { type Composition, isMissing, type Report, type ReportStep, type StorePolicy } from '@sluice/orders'
import type { KuperApiSettings } from './settings-schema.ts'

/** The order a report is about, by the keys Kuper gave it. */
export interface ReportedOrder {
  externalId: string
  externalUuid?: string
  number: string
}

export type NotificationSettings = Pick<KuperApiSettings, 'sendCancellationReason' | 'estimatedDeliveryField'> &
  ReportPolicy

/** What the store's policy says about the form of a report. */
export type ReportPolicy = Pick<StorePolicy, 'missingLine' | 'cancellationSlugs'>

/** The nested form; the flat `{event_type, payload}` is not this API's (specification 6.1, 11). */
export interface Notification {
  event: { type: string; payload: Record<string, unknown> }
}

/** Kuper computes the money itself from our quantities and weights: no prices are sent. */
export function toNotification(
  report: KuperReport,
  order: ReportedOrder,
  settings: NotificationSettings,
): Notification {
  return {
    event: {
      type: notificationTypes[report.step],
      payload: {
        order_id: order.externalId,
        ...(order.externalUuid !== undefined && { orderUUID: order.externalUuid }),
        number: order.number,
        ...details(report, order, settings),
      },
    },
  }
}

/** Kuper's word for a step; none for what other marketplaces want to hear. */
const notificationTypes = {
  accepted: 'order.accepted',
  in_work: 'order.in_work',
  assembled: 'order.assembled',
  pickup_code: 'order.pickup_code_created',
  ready: 'order.ready_for_delivery',
  estimated_delivery: 'order.estimated_delivery_time',
  delivering: 'order.delivering',
  delivered: 'order.delivered',
  canceled: 'order.canceled',
  registered: undefined,
  packed: undefined,
  courier_code: undefined,
  tracked: undefined,
  rescheduled: undefined,
  at_pickup: undefined,
  storage_extended: undefined,
  digital_codes: undefined,
} as const satisfies Record<ReportStep, string | undefined>

type Word = typeof notificationTypes
export type KuperStep = { [S in ReportStep]: Word[S] extends string ? S : never }[ReportStep]
export type KuperReport = Extract<Report, { step: KuperStep }>

export function isKnownToKuper(report: Report): report is KuperReport {
  return notificationTypes[report.step] !== undefined
}

function details(report: KuperReport, order: ReportedOrder, settings: NotificationSettings): Record<string, unknown> {
  switch (report.step) {
    case 'accepted':
      return report.expectedAssemblyAt === undefined ? {} : { estimated_assembly_at: report.expectedAssemblyAt }
    case 'in_work':
    case 'assembled':
    case 'delivering':
      return {}
    case 'pickup_code':
      return { code: report.code }
    case 'estimated_delivery':
      return { [settings.estimatedDeliveryField]: report.estimatedAt }
    case 'ready':
    case 'delivered':
      if (!report.composition) return {}
      return { order: toComposition(report.composition, order.externalId, settings.missingLine) }
    case 'canceled':
      if (!settings.sendCancellationReason) return {}
      return {
        cancellation: {
          slug: settings.cancellationSlugs[report.reason],
          ...(report.comment !== undefined && { description: report.comment }),
        },
      }
  }
}

/** Always `originalOrderId`, `changed` and the full list: the form that passes in every case seen (specification 6.4). */
function toComposition(composition: Composition, externalId: string, missingLine: StorePolicy['missingLine']) {
  const lines = missingLine === 'omit' ? composition.lines.filter((line) => !isMissing(line)) : composition.lines
  return { originalOrderId: externalId, changed: composition.changed, positions: lines.map(toPosition) }
}

function toPosition(line: Composition['lines'][number]) {
  return {
    id: line.sku,
    originalQuantity: line.originalQuantity,
    quantity: line.quantity,
    ...(line.weightGrams !== undefined && { weight: line.weightGrams }),
    // Codes are sent as scanned: U+001D belongs to them, JSON escapes it.
    ...(line.markingCodes?.length && { markingCode: line.markingCodes.map((value) => ({ value })) }),
    // Kuper's `id` stays the ordered article (specification 9.4).
    ...(line.replacedBy !== undefined && { replacedByID: line.replacedBy }),
  }
}
