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
    if (choice.kind === 'short') return { outcome: { kind: 'short', lines: choice.short }, evidence: stock.evidence }

    const { ref } = effect.order
    const ordered = new Map(wanted.lines.map((line) => [line.sku, line]))
    const reserved = await backOffice.reserve(
      {
        orderNumber: ref.number,
        marketplace: ref.marketplace,
        account: ref.account,
        externalId: ref.externalId,
        storeId: wanted.storeId,
        fulfilment: wanted.fulfilment,
        lines: choice.lines.map((line) => ({ ...ordered.get(line.sku), ...line })),
        minExpiresOn: goodUntil,
        order: wanted.order,
      },
      { idempotencyKey: effect.idempotencyKey, signal },
    )
    return { outcome: shortOfEverything(reserved.outcome, wanted), evidence: reserved.evidence }
  }
}

/**
 * Somebody else took goods between our look and our reservation (409). Where the store goes on with what there is, the next
 * look decides; otherwise the order is short.
 */
function shortOfEverything(outcome: Outcome, { onShort }: ReserveStock): Outcome {
  if (outcome.kind !== 'short' || onShort === 'cancel' || outcome.lines.every((line) => line.available === 0))
    return outcome
  return {
    kind: 'unavailable',
    cause: 'network',
    isUnclear: false,
    detail: 'stock changed while reserving',
    retryAfterMs: 0,
  }
}
