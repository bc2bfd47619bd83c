export type { StateRead } from './classify.ts'
export {
  type Attempted,
  createKuperClient,
  type KuperClient,
  type KuperClientDeps,
  type ReportAttempt,
} from './create-kuper-client.ts'
export type { Evidence } from './exchange.ts'
export { type Notification, type ReportedOrder, type ReportPolicy, toNotification } from './notification.ts'
export type { OrderRef } from './order-body.ts'
export { orderNumber } from './order-number.ts'
export {
  type CreatedAnswer,
  type ErrorsObject,
  readWebhook,
  type Webhook,
  type WebhookAccount,
} from './read-webhook.ts'
export { type KuperAccountSettings, type KuperApiSettings, kuperAccountSchema } from './settings-schema.ts'
export type { Shipment, ShipmentFilters } from './shipment.ts'
export { type InboundSecrets, verifyWebhook, type WebhookVerdict } from './verify-webhook.ts'
