/** Express: where the courier and the goods are. */
export type CourierStage = 'searched' | 'assigned' | 'arrived' | 'has-goods'

/** The courier's words among the substatuses, which come under `PROCESSING` and under `DELIVERY` (specification 4.3). */
export function courierStageOf(substatus: string): CourierStage | undefined {
  return stages.get(substatus)
}

const stages = new Map<string, CourierStage>([
  ['COURIER_SEARCH_NOT_STARTED', 'searched'],
  ['COURIER_SEARCH', 'searched'],
  ['COURIER_NOT_FOUND', 'searched'],
  // Another one is looked for.
  ['COURIER_NOT_COME_FOR_ORDER', 'searched'],
  ['COURIER_FOUND', 'assigned'],
  ['COURIER_IN_TRANSIT_TO_SENDER', 'assigned'],
  ['COURIER_ARRIVED_TO_SENDER', 'arrived'],
  ['COURIER_RECEIVED', 'has-goods'],
  ['COURIER_NOT_DELIVER_ORDER', 'has-goods'],
  ['COURIER_RETURNS_ORDER', 'has-goods'],
  ['COURIER_RETURNED_ORDER', 'has-goods'],
])
