export { createTestDatabase, runStatement, type TestDatabase } from './database.ts'
export { eventually } from './eventually.ts'
export { createOwnRedis, type OwnRedis } from './redis.ts'
export { createTcpProxy, type TcpProxy } from './tcp-proxy.ts'
