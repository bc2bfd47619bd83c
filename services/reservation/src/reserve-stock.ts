import type { BackOfficeClient } from '@sluice/back-office'
import { outcomeOfReservation, planReservation, type ReserveStock } from '@sluice/orders'
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
    const { ref, reservation } = effect.order
    const skus = [...new Set(wanted.lines.map((line) => line.sku))]
    const stock = await backOffice.queryStock(wanted.storeId, skus, { orderNumber: ref.number, signal })
    if (stock.outcome.kind !== 'lots') return { outcome: stock.outcome, evidence: stock.evidence }

    const history = { wasUnclear: effect.wasUnclear, wasHeld: reservation.wasHeld }
    const plan = planReservation(wanted, stock.outcome.lots, today(), history)
    if (plan.kind === 'short') return { outcome: plan, evidence: stock.evidence }
    const reserved = await backOffice.reserve(
      {
        orderNumber: ref.number,
        marketplace: ref.marketplace,
        account: ref.account,
        externalId: ref.externalId,
        storeId: wanted.storeId,
        fulfilment: wanted.fulfilment,
        lines: plan.lines,
        minExpiresOn: plan.minExpiresOn,
        order: wanted.order,
      },
      { idempotencyKey: effect.idempotencyKey, signal },
    )
    return { outcome: outcomeOfReservation(reserved.outcome, wanted, history), evidence: reserved.evidence }
  }
}
