export type { Account } from './account-schema.ts'
export type { Config } from './config-schema.ts'
export { describeConfig, loadConfig } from './load-config.ts'
export { findAccountByNumber, getAccount, policyFor } from './policy-for.ts'
