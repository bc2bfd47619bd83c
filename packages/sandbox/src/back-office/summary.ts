import { countBy } from '../counts.ts'
import type { BackOfficeCall } from './answer-call.ts'
import type { EventSender } from './event-sender.ts'
import type { Findings } from './findings.ts'
import type { OrderDesk } from './order-desk.ts'
import type { Stock } from './stock.ts'

export type BackOfficeSummary = ReturnType<typeof summarize>

export function summarize(parts: {
  desk: OrderDesk
  stock: Stock
  sender: EventSender
  findings: Findings
  calls: readonly BackOfficeCall[]
  callTotal: number
  isIdle: boolean
}) {
  const { desk, stock, sender, findings } = parts
  for (const fault of stock.findFaults()) findings.violation('stock', undefined, fault)
  const orders = desk.listOrders()
  return {
    /** Nobody is about to do anything: no step of the staff is due, no event waits, no call is being answered. */
    isIdle: parts.isIdle,
    orders: {
      total: orders.length,
      byReservation: countBy(orders, ({ reservation }) => reservation),
      byStaff: countBy(orders, ({ staff }) => staff),
    },
    stock: stock.totals(),
    calls: { total: parts.callTotal, remembered: countBy(parts.calls, ({ kind }) => kind) },
    events: sender.counts(),
    violations: { total: findings.violationTotal(), newest: findings.violations().slice(-100) },
    remarks: findings.remarks().slice(-100),
  }
}
