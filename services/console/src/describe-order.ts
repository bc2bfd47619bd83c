import type { Subject } from '@sluice/ledger'
import type { AttentionCode, Fulfilment, OrderStatus } from '@sluice/orders'

export const ATTENTION: Record<AttentionCode, string> = {
  'assembly-not-started': 'assembly not started in time',
  'cancelled-after-leaving': 'cancelled after leaving the store',
  'composition-refused': 'composition refused',
  'changed-after-assembly': 'changed after assembly',
  'composition-late': 'corrected after the marketplace was told',
  'back-office-silent': 'waiting for the back office',
  'wrong-codes': 'wrong pickup codes',
  'cancellation-declined': 'cancellation declined by the marketplace',
  'cancellation-unanswered': 'the customer waits for an answer to a cancellation',
  'return-undecided': 'a return waits for a decision',
  'return-uncollected': 'returned goods wait to be collected',
  'return-lost': 'returned goods are lost',
  'digital-codes-late': 'keys of digital goods are due',
  'answer-declined': 'the marketplace did not take our answer',
  'effect-dead': 'a lane is blocked by a dead effect',
}

export const FULFILMENT: Record<Fulfilment, string> = {
  'marketplace-delivery': 'delivered by the marketplace',
  pickup: 'picked up by the customer',
  'merchant-delivery': 'delivered by the merchant',
  digital: 'digital goods',
  'by-marketplace': 'out of the marketplace’s own warehouse',
}

/** In the order of a life, and whose it is. */
const statuses: Record<OrderStatus, Subject> = {
  announced: 'order',
  placed: 'order',
  reserved: 'order',
  assembling: 'order',
  assembled: 'order',
  ready: 'order',
  taken: 'order',
  delivering: 'order',
  delivered: 'order',
  'partly-returned': 'order',
  returned: 'order',
  cancelled: 'order',
  open: 'conversation',
  answered: 'conversation',
}

export function statusesOf(subject: Subject): OrderStatus[] {
  return (Object.keys(statuses) as OrderStatus[]).filter((status) => statuses[status] === subject)
}

/** What a query asks for, as far as there is such a status. */
export function readStatus(subject: Subject, text: string | undefined): { status?: OrderStatus } {
  const status = statusesOf(subject).find((name) => name === text)
  return status === undefined ? {} : { status }
}
