import type { BackOfficeClient } from '@sluice/back-office'
import { chooseLots, minExpiresOn, type Outcome, type ReserveStock } from '@sluice/orders'
import type { Perform } from '@sluice/worker'

/**
 * Looks at the store's stock with its expiry dates, chooses lots that live long enough and reserves them; or says that the
 * stock is short. Repeating is harmless: a reservation of the same number replaces itself as a whole.
 *
 * Dies between the look and the reservation: nothing happened, the next attempt looks again. Dies after the reservation:
 * the next attempt reserves the same goods under the same number and idempotency key.
 */
export function createReserveStock(backOffice: BackOfficeClient, today: () => string): Perform {
  return async (effect, signal) => {
    const wanted = effect.payload as ReserveStock
    const skus = [...new Set(wanted.lines.map((line) => line.sku))]
    const stock = await backOffice.queryStock(wanted.storeId, skus, { orderNumber: effect.order.ref.number, signal })
    if (stock.outcome.kind !== 'lots') return { outcome: stock.outcome, evidence: stock.evidence }

    const goodUntil = minExpiresOn(today(), wanted.minShelfLifeDays)
    const choice = chooseLots(wanted.lines, stock.outcome.lots, goodUntil, wanted.onShort)
    const { ref, reservation } = effect.order
    // Goods of ours that are sold already look as if they were not there: then only the reservation itself can tell.
    const mayBeOurs = effect.wasUnclear || reservation.wasHeld
    if (choice.kind === 'short' && !mayBeOurs) {
      return { outcome: { kind: 'short', lines: choice.short }, evidence: stock.evidence }
    }
    const chosen = choice.kind === 'short' ? wanted.lines : choice.lines
    const ordered = new Map(wanted.lines.map((line) => [line.sku, line]))
    const reserved = await backOffice.reserve(
      {
        orderNumber: ref.number,
        marketplace: ref.marketplace,
        account: ref.account,
        externalId: ref.externalId,
        storeId: wanted.storeId,
        fulfilment: wanted.fulfilment,
        lines: chosen.map((line) => ({ ...ordered.get(line.sku), ...line })),
        minExpiresOn: goodUntil,
        order: wanted.order,
      },
      { idempotencyKey: effect.idempotencyKey, signal },
    )
    if (reserved.outcome.kind === 'already-done' && !effect.wasUnclear) {
      // The sales document was made before this call, out of what was reserved before.
      return { outcome: { kind: 'already-used' }, evidence: reserved.evidence }
    }
    return { outcome: shortOfEverything(reserved.outcome, wanted), evidence: reserved.evidence }
  }
}

/**
 * Somebody else took goods between our look and our reservation (409). Where the store goes on with what there is, the next
 * look decides, unless there is nothing at all; otherwise the order is short.
 */
function shortOfEverything(outcome: Outcome, { onShort, lines }: ReserveStock): Outcome {
  if (outcome.kind !== 'short' || onShort === 'cancel') return outcome
  const gone = new Set(outcome.lines.filter(({ available }) => available === 0).map(({ sku }) => sku))
  if (lines.every(({ sku }) => gone.has(sku))) return outcome
  const detail = 'stock changed while reserving'
  return { kind: 'unavailable', cause: 'network', isUnclear: false, detail, retryAfterMs: 0 }
}
