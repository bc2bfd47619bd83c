import { courierStageOf } from '../courier-substatus.ts'
import type { WireOrder } from '../wire-schema.ts'

/** How far an order is, by what the Market shows. Cancelled orders and words nobody knows yet stand outside. */
export type Progress = (typeof PROGRESS)[number] | 'cancelled' | 'unknown'

const PROGRESS = ['before', 'started', 'ready', 'taken', 'delivering', 'at-pickup', 'delivered'] as const

export function progressOf({ status, substatus = '' }: Pick<WireOrder, 'status' | 'substatus'>): Progress {
  switch (status) {
    case 'PLACING':
    case 'RESERVED':
    case 'UNPAID':
    case 'PENDING':
      return 'before'
    case 'PROCESSING':
      return inProcessing(substatus)
    case 'DELIVERY':
      return isCourierWithoutGoods(substatus) ? 'ready' : 'delivering'
    case 'PICKUP':
      return 'at-pickup'
    case 'DELIVERED':
    case 'PARTIALLY_RETURNED':
    case 'RETURNED':
      return 'delivered'
    case 'CANCELLED':
      return 'cancelled'
    default:
      return 'unknown'
  }
}

/** Express: he is looked for or on his way to us; that begins once the order is ready. */
function isCourierWithoutGoods(substatus: string): boolean {
  const courier = courierStageOf(substatus)
  return courier !== undefined && courier !== 'has-goods'
}

function inProcessing(substatus: string): Progress {
  if (substatus === 'SHIPPED' || courierStageOf(substatus) === 'has-goods') return 'taken'
  return substatus === 'READY_TO_SHIP' || isCourierWithoutGoods(substatus) ? 'ready' : 'started'
}

/** False for what cannot be compared. */
export function isAtOrPast(progress: Progress, target: (typeof PROGRESS)[number]): boolean {
  return (PROGRESS as readonly string[]).indexOf(progress) >= PROGRESS.indexOf(target)
}

/** As the Market writes it, for people. */
export function stateText({ status, substatus }: Pick<WireOrder, 'status' | 'substatus'>): string {
  return substatus === undefined ? status : `${status}/${substatus}`
}
