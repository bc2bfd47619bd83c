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
export { type Family, playScenario, type Scenario, scenarios } from './scenarios.ts'
