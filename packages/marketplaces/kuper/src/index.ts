export { kuper } from './marketplace.ts'
export type { KuperAccountSettings } from './settings-schema.ts'
