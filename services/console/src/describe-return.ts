import type { RefundStage, ReturnDecision, ReturnKind, ReturnShipmentStage } from '@sluice/orders'

export const RETURN_KINDS: Record<ReturnKind, string> = { return: 'sent back', unredeemed: 'never taken' }

export const REFUND_STAGES: Record<RefundStage, string> = {
  started: 'begun by the customer',
  'decision-needed': 'waits for the merchant’s decision',
  decided: 'decided',
  disputed: 'disputed',
  confirmed: 'confirmed',
  refunding: 'being paid back',
  refunded: 'paid back',
  rejected: 'refused',
  failed: 'failed',
  cancelled: 'called off',
  unknown: 'unknown',
}

export const RETURN_SHIPMENT_STAGES: Record<ReturnShipmentStage, string> = {
  created: 'announced',
  'on-the-way': 'on the way back',
  'ready-for-pickup': 'ready to be collected',
  collected: 'collected by the merchant',
  'at-marketplace': 'at the marketplace',
  lost: 'lost',
  expired: 'not collected in time',
  disposed: 'disposed of',
  cancelled: 'called off',
  unknown: 'unknown',
}

export const RETURN_DECISIONS: Record<ReturnDecision['kind'], string> = {
  refund: 'money back',
  'fast-refund': 'money back, the goods stay',
  'refund-with-shipping': 'money back with the shipping',
  'partial-refund': 'a part of the money back',
  decline: 'refused',
  repair: 'repair',
  replace: 'replacement',
  examine: 'examination first',
  other: 'otherwise',
}
