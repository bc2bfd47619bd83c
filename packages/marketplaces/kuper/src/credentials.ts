import { createHttpClient, createSharedToken, type Redis } from '@sluice/outbound'
import type { TokenFailure } from './classify.ts'
import { fetchToken } from './fetch-token.ts'
import type { KuperApiSettings } from './settings-schema.ts'

/** What we show Kuper, by either scheme (specification 4.2, 4.3). */
export interface Credentials {
  get(): Promise<{ kind: 'token'; token: string } | TokenFailure>
  toHeaders(token: string): Record<string, string>
  /** After 401 or 403: whether `get` may now give another token. */
  renew(refused: string): Promise<boolean>
  close(): Promise<void>
}

export function createCredentials({ id, api }: { id: string; api: KuperApiSettings }, redis: Redis): Credentials {
  if (api.scheme === 'client-token') {
    return {
      get: async () => ({ kind: 'token', token: api.clientToken }),
      toHeaders: (token) => ({ 'client-token': token }),
      renew: async () => false,
      close: async () => {},
    }
  }
  const http = createHttpClient({
    name: `Kuper ${id} token`,
    baseUrl: api.tokenUrl ?? new URL('/auth/token', api.baseUrl).href,
    timeoutMs: api.timeoutMs,
  })
  const token = createSharedToken<TokenFailure>({
    redis,
    key: `kuper:${id}`,
    fetchToken: () => fetchToken(http, api),
    lockMs: api.timeoutMs + 5_000,
  })
  return {
    get: () => token.get(),
    toHeaders: (accessToken) => ({ authorization: `Bearer ${accessToken}` }),
    async renew(refused) {
      await token.invalidate(refused)
      return true
    },
    close: () => http.close(),
  }
}
