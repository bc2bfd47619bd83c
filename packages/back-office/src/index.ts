export type { StockOutcome } from './classify-answer.ts'
export {
  type Attempted,
  type BackOfficeClient,
  type BackOfficeClientDeps,
  createBackOfficeClient,
  type Evidence,
  type Write,
} from './create-back-office-client.ts'
export { type BackOfficeMessage, type BackOfficeMessages, readBackOfficeEvents } from './read-back-office-events.ts'
export { type BackOfficeSettings, backOfficeSettingsSchema } from './settings-schema.ts'
export { type BackOfficeVerdict, verifyBackOffice } from './verify-back-office.ts'
export type { ReservationRequest, StockLot } from './wire-schema.ts'
