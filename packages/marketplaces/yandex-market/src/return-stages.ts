import type { RefundStage, ReturnShipmentStage } from '@sluice/orders'

/** The Market's words for where the money is (specification 4.8); anything else is `unknown`. */
export function refundStage(status: string): RefundStage {
  return refundStages.get(status) ?? 'unknown'
}

/** The Market's words for where the goods are; anything else is `unknown`. */
export function shipmentStage(status: string): ReturnShipmentStage {
  return shipmentStages.get(status) ?? 'unknown'
}

const refundStages = new Map<string, RefundStage>([
  ['STARTED_BY_USER', 'started'],
  ['PREMODERATION_DECISION_WAITING', 'decision-needed'],
  // DBS
  ['WAITING_FOR_DECISION', 'decision-needed'],
  ['PREMODERATION_DECISION_MADE', 'decided'],
  ['DECISION_MADE', 'decided'],
  ['PREMODERATION_DISPUTE', 'disputed'],
  // The customer chooses how to send the goods.
  ['PREMODERATION_SELECT_DELIVERY', 'confirmed'],
  ['REFUND_IN_PROGRESS', 'refunding'],
  ['REFUNDED', 'refunded'],
  ['REFUNDED_WITH_BONUSES', 'refunded'],
  ['REFUNDED_BY_SHOP', 'refunded'],
  ['REJECTED', 'rejected'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
  // Over, and no money goes back.
  ['COMPLETE_WITHOUT_REFUND', 'cancelled'],
  ['UNKNOWN', 'unknown'],
])

const shipmentStages = new Map<string, ReturnShipmentStage>([
  ['CREATED', 'created'],
  // Taken from the customer, ready to be sent.
  ['RECEIVED', 'on-the-way'],
  ['IN_TRANSIT', 'on-the-way'],
  ['READY_FOR_PICKUP', 'ready-for-pickup'],
  ['PICKED', 'collected'],
  ['FULFILMENT_RECEIVED', 'at-marketplace'],
  ['LOST', 'lost'],
  // The customer did not bring the goods in time.
  ['EXPIRED', 'expired'],
  // The merchant did not fetch them from the post office in time.
  ['NOT_IN_DEMAND', 'expired'],
  ['CANCELLED', 'cancelled'],
  ['PREPARED_FOR_UTILIZATION', 'disposed'],
  ['UTILIZED', 'disposed'],
  // Sold again by the Market.
  ['READY_FOR_EXPROPRIATION', 'disposed'],
  ['RECEIVED_FOR_EXPROPRIATION', 'disposed'],
  ['UNKNOWN', 'unknown'],
])
