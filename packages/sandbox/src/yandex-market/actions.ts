import type { RefundStatus, ShipmentStatus } from './statuses.ts'

/** Steps the Market takes with an order by itself; each happens once, `courier-search` and `courier-find` once a search. */
export type StepName =
  | 'open'
  | 'ship'
  | 'depart'
  | 'arrive'
  | 'deliver'
  | 'courier-search'
  | 'courier-find'
  | 'courier-arrive'
  | 'courier-receive'
  | 'user-receive'
  | 'dispute'
  | 'end-dispute'
  | 'send-digital'

export type OrderAction =
  | { kind: 'step'; orderId: string; step: StepName }
  | { kind: 'cancel'; orderId: string; substatus: string; by: 'buyer' | 'market' }
  /** What nobody paid or confirmed in time. */
  | { kind: 'expire'; orderId: string; substatus: string }
  | { kind: 'ask-cancellation'; orderId: string }
  | { kind: 'cancellation-deadline'; orderId: string }
  | { kind: 'check-codes'; orderId: string; check: number }
  | { kind: 'digital-deadline'; orderId: string }
  | {
      kind: 'script'
      orderId: string
      what: 'chats' | 'reviews' | 'questions' | 'services' | 'dateChanges'
      index: number
    }
  | { kind: 'operation'; orderId: string; operationId: string }
  | { kind: 'return'; orderId: string; index: number }

export type ReturnAction =
  | { kind: 'refund'; orderId: string; returnId: string; to: RefundStatus }
  | { kind: 'shipment'; orderId: string; returnId: string; to: ShipmentStatus }
  | { kind: 'decision-deadline'; orderId: string; returnId: string }

export type Action = OrderAction | ReturnAction
