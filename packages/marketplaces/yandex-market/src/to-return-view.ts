import type { ReturnedReturnLine, ReturnKind, ReturnView } from '@sluice/orders'
import { defined } from '@sluice/wire'
import { refundStage, shipmentStage } from './return-stages.ts'
import { toUtc, toWholeSeconds } from './times.ts'
import type { WireReturn } from './wire-schema.ts'

/** A return of `getReturn` or `getReturns` in our words. Money of unredeemed goods is nobody's business here. */
export function toReturnView(wire: WireReturn): ReturnView {
  const { returnType, refundStatus, shipmentStatus } = wire
  const kind: ReturnKind = returnType === 'UNREDEEMED' ? 'unredeemed' : 'return'
  return defined({
    kind,
    createdAt: toUtc(wire.creationDate),
    updatedAt: toWholeSeconds(wire.updateDate ?? wire.creationDate),
    refund: refundStatus === undefined || kind === 'unredeemed' ? undefined : refundStage(refundStatus),
    shipment: shipmentStatus === undefined ? undefined : shipmentStage(shipmentStatus),
    collectBy: wire.pickupTillDate,
    amount: wire.amount,
    lines: wire.items.flatMap(toLines),
  })
}

/** A decision names each of an article's `returnItemId`s; without any the article is one line. */
function toLines({ shopSku, count, decisions = [] }: WireReturn['items'][number]): ReturnedReturnLine[] {
  const asked = decisions.filter(({ returnItemId }) => returnItemId !== undefined)
  const listed = asked.reduce((sum, decision) => sum + (decision.count ?? 0), 0)
  const isSplit = asked.length > 0 && listed === count && asked.every((decision) => (decision.count ?? 0) > 0)
  if (!isSplit) {
    const [first] = asked
    return [defined({ sku: shopSku, quantity: count, itemId: first?.returnItemId, reason: first && toReason(first) })]
  }
  return asked.map((decision) =>
    defined({
      sku: shopSku,
      quantity: decision.count ?? 0,
      itemId: decision.returnItemId,
      reason: toReason(decision),
    }),
  )
}

function toReason(decision: {
  reasonType?: string | undefined
  subreasonType?: string | undefined
  comment?: string | undefined
}): string | undefined {
  const words = [decision.reasonType, decision.subreasonType].filter(Boolean).join('/')
  return [words, decision.comment].filter(Boolean).join(': ') || undefined
}
