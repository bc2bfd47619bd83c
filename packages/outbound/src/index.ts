export type { Redis } from 'ioredis'
export { isBaseUrl, NO_BASE_URL } from './base-url.ts'
export {
  type CallAsk,
  type CallBudget,
  type CallBudgetOptions,
  type CallGrant,
  type CallPriority,
  type CallSeen,
  createCallBudget,
} from './call-budget.ts'
export { connectRedis } from './connect-redis.ts'
export {
  createHttpClient,
  type Destination,
  type HttpCall,
  type HttpClient,
  type HttpLimits,
  type HttpResult,
} from './create-http-client.ts'
export { createRateBudget, type RateBudget, type RateBudgetOptions } from './rate-budget.ts'
export { createSharedToken, type SharedToken, type SharedTokenOptions } from './shared-token.ts'
