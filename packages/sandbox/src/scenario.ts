import type { LotInput } from './back-office/control.ts'
import type { FaultInput as BackOfficeFault } from './back-office/faults.ts'
import type { PlanPatch } from './back-office/plan.ts'
import type { OrderPlanInput as KuperPlan } from './kuper/order-plan.ts'
import type { OrderPlanInput as MarketPlan } from './yandex-market/order-plan.ts'
import type { OrderStatus, RefundStatus, ShipmentStatus } from './yandex-market/statuses.ts'

/** What of an order's life does not depend on where it was bought. */
interface Life {
  name: string
  staff?: PlanPatch
  /** What lies in the store, for each article of the order; plenty by default. */
  stock?: Omit<LotInput, 'storeId' | 'sku'>[]
  /** Faults of the back office for this order alone; those of the marketplace stand in `order.faults`. */
  backOfficeFaults?: BackOfficeFault[]
}

interface End {
  /** Sluice's status of the order. */
  status: 'delivered' | 'cancelled' | 'returned' | 'partly-returned'
  payment?: 'unpaid' | 'paid' | 'refunding' | 'refunded'
  /** What became of the goods in the store's books; `free` also where the store never had them. */
  goods: 'used' | 'free'
  attention?: string[]
}

/** The families of the design: Kuper's courier, pickup, own courier, restaurant, out of stock, cancelled. */
export type KuperFamily = 'D' | 'P' | 'M' | 'R' | 'X' | 'C'

export interface KuperEnd extends End {
  /** Kuper's state of the order. */
  kuper: 'shipped' | 'canceled'
  /** Notifications that took effect at Kuper, in their order; left out where it depends on who was faster. */
  reports?: string[]
}

/** One life of an order of Kuper's, as both ends play it, and how it must end everywhere. */
export interface KuperScenario extends Life {
  marketplace: 'kuper'
  family: KuperFamily
  order: Omit<KuperPlan, 'lines' | 'storeId'> & Partial<Pick<KuperPlan, 'lines' | 'storeId'>>
  end: KuperEnd
}

/** How the goods go; `talk`: what customers write. */
export type YandexMarketFamily = 'FBS' | 'Express' | 'DBS' | 'digital' | 'at the Market' | 'talk'

export interface YandexMarketEnd extends End {
  /** The Market's status of the order; with a substatus where it tells more. */
  market: OrderStatus | `${OrderStatus}/${string}`
  /** What took effect at the Market, in its order (`MarketOrderView.commands`); left out where it depends on who was faster. */
  commands?: string[]
  /** Money and goods of its returns (`MarketOrderView.returns`); left out: it has none. */
  returns?: { refund: RefundStatus | null; shipment: ShipmentStatus | null }[]
}

/** One life of an order of Yandex Market's. Nothing that a customer wrote about it may be left without an answer. */
export interface YandexMarketScenario extends Life {
  marketplace: 'yandex-market'
  family: YandexMarketFamily
  order: Omit<MarketPlan, 'lines'> & Partial<Pick<MarketPlan, 'lines'>>
  end: YandexMarketEnd
}

export type Scenario = KuperScenario | YandexMarketScenario

const twoLines = [
  { id: '100245', name: 'Парацетамол таблетки 500 мг №20', quantity: 2, price: '58.00' },
  { id: '100312', name: 'Ибупрофен таблетки 400 мг №20', quantity: 1, price: '149.00' },
]
const twoOffers = [
  { offerId: 'KETTLE-17-BLACK', name: 'Чайник электрический 1,7 л', count: 1, price: '2490.00' },
  { offerId: 'MUG-350-WHITE', name: 'Кружка 350 мл', count: 2, price: '390.00' },
]

/** Stores of the Market's simulator, by the model of their orders. */
const marketStores = { FBS: 1001, EXPRESS: 1001, DBS: 1002, DBS_PICKUP: 1002, DIGITAL: 1003, FBY: 1004, LAAS: 1005 }

/** What both simulators must be told so that the order lives as the scenario says. Articles get names of their own. */
export function playKuperScenario(scenario: KuperScenario, externalId: string, orderNumber: string) {
  const storeId = scenario.order.storeId ?? 'apteka-017'
  const lines = (scenario.order.lines ?? twoLines).map((line) => ({
    ...line,
    id: scenario.stock ? `${line.id}-${externalId}` : line.id,
  }))
  return {
    order: { ...scenario.order, storeId, lines, originalOrderId: externalId },
    ...playStore(
      scenario,
      storeId,
      lines.map(({ id }) => id),
      orderNumber,
    ),
  }
}

/** The same for Yandex Market; `externalId` is made of digits. */
export function playYandexMarketScenario(scenario: YandexMarketScenario, externalId: string, orderNumber: string) {
  const campaignId = scenario.order.campaignId ?? marketStores[scenario.order.model ?? 'FBS']
  const lines = (scenario.order.lines ?? twoOffers).map((line) => ({
    ...line,
    offerId: scenario.stock ? `${line.offerId}-${externalId}` : line.offerId,
  }))
  return {
    order: { ...scenario.order, campaignId, lines, orderId: externalId },
    ...playStore(
      scenario,
      String(campaignId),
      lines.map(({ offerId }) => offerId),
      orderNumber,
    ),
  }
}

function playStore(
  { staff = {}, stock, backOfficeFaults = [] }: Life,
  storeId: string,
  skus: string[],
  number: string,
) {
  const lots = stock?.length === 0 ? [{ quantity: 0 }] : (stock ?? [])
  return {
    staff,
    lots: lots.flatMap((lot) => skus.map((sku): LotInput => ({ ...lot, storeId, sku }))),
    backOfficeFaults: backOfficeFaults.map((fault) => ({ ...fault, orderNumber: number })),
  }
}
