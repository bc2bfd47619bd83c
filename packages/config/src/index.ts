export type { Account, Config } from './config-schema.ts'
export { describeConfig, loadConfig } from './load-config.ts'
export { findAccountByNumber, getAccount, policyFor } from './policy-for.ts'
