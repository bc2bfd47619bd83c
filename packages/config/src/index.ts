export type { Account } from './account-schema.ts'
export type { Config } from './config-schema.ts'
export { loadConfig } from './load-config.ts'
export { getAccount, policyFor } from './policy-for.ts'
