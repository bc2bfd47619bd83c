export type { YandexMarketClient } from './client/create-yandex-market-client.ts'
export { yandexMarket } from './marketplace.ts'
export type { YandexMarketAccountSettings } from './settings-schema.ts'
