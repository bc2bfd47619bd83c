export { type BackOfficeControl, createBackOfficeControl } from './back-office/control-client.ts'
export {
  type BackOfficeSimulator,
  type BackOfficeSimulatorOptions,
  createBackOfficeSimulator,
} from './back-office/simulator.ts'
export type { BackOfficeSummary } from './back-office/summary.ts'
export { createKuperControl, type KuperControl } from './kuper/control-client.ts'
export type { FaultInput } from './kuper/faults.ts'
export type { OrderPlanInput } from './kuper/order-plan.ts'
export type { KuperOrderView } from './kuper/order-view.ts'
export { createKuperSimulator, type KuperSimulator, type KuperSimulatorOptions } from './kuper/simulator.ts'
export type { KuperSummary } from './kuper/summary.ts'
export { kuperScenarios } from './kuper-scenarios.ts'
export {
  type KuperEnd,
  type KuperFamily,
  type KuperScenario,
  playKuperScenario,
  playYandexMarketScenario,
  type Scenario,
  type YandexMarketEnd,
  type YandexMarketFamily,
  type YandexMarketScenario,
} from './scenario.ts'
export type { MarketCall } from './yandex-market/answer-call.ts'
export { createYandexMarketControl, type YandexMarketControl } from './yandex-market/control-client.ts'
export type { FaultInput as YandexMarketFaultInput } from './yandex-market/faults.ts'
export type { OrderPlanInput as YandexMarketOrderPlanInput } from './yandex-market/order-plan.ts'
export type { MarketOrderView } from './yandex-market/order-view.ts'
export {
  createYandexMarketSimulator,
  type YandexMarketSimulator,
  type YandexMarketSimulatorOptions,
} from './yandex-market/simulator.ts'
export type { MarketSummary } from './yandex-market/summary.ts'
export { yandexMarketScenarios } from './yandex-market-scenarios.ts'
