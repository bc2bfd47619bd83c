import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'

export interface TokenSettings {
  clientId: string
  clientSecret: string
  tokenTtlSeconds: number
}

export type TokenVerdict = 'valid' | 'expired' | 'revoked' | 'unknown'

export type TokenAnswer =
  | { status: 200; body: { access_token: string; expires_in: number; token_type: 'Bearer' } & Record<string, unknown> }
  | { status: 400; body: { error: 'unsupported_grant_type' | 'invalid_client' } }
  | { status: 401; body: { error: 'unauthorized_client' } }

/**
 * OAuth client credentials (specification 4.2). Tokens are signed with the client's secret instead of being remembered,
 * so they outlive a restart of the simulator.
 */
export function createTokens(settings: () => TokenSettings, now: () => Date) {
  let generation = 0
  const sign = (text: string) => createHmac('sha256', settings().clientSecret).update(text).digest('base64url')

  return {
    answer(form: URLSearchParams): TokenAnswer {
      const { clientId, clientSecret, tokenTtlSeconds } = settings()
      if (form.get('grant_type') !== 'client_credentials') {
        return { status: 400, body: { error: 'unsupported_grant_type' } }
      }
      if (form.get('client_id') !== clientId) return { status: 400, body: { error: 'invalid_client' } }
      if (form.get('client_secret') !== clientSecret) return { status: 401, body: { error: 'unauthorized_client' } }
      const claims = { jti: randomUUID(), generation, expiresAtMs: now().getTime() + tokenTtlSeconds * 1000 }
      const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
      return {
        status: 200,
        body: {
          access_token: `${content}.${sign(content)}`,
          expires_in: tokenTtlSeconds,
          refresh_expires_in: 0,
          token_type: 'Bearer',
          'not-before-policy': 0,
          scopes: '',
        },
      }
    },

    verify(token: string): TokenVerdict {
      const [header, claimsText, signature] = token.split('.')
      if (header === undefined || claimsText === undefined || signature === undefined) return 'unknown'
      const expected = Buffer.from(sign(`${header}.${claimsText}`))
      const given = Buffer.from(signature)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'unknown'
      const claims = JSON.parse(Buffer.from(claimsText, 'base64url').toString()) as {
        generation: number
        expiresAtMs: number
      }
      if (claims.generation < generation) return 'revoked'
      return claims.expiresAtMs <= now().getTime() ? 'expired' : 'valid'
    },

    /** Every token issued so far answers 401 from now on. */
    revokeAll() {
      generation += 1
    },

    /** All there is to keep: the tokens themselves are signed. */
    generation: () => generation,
    restore(saved: number) {
      generation = saved
    },
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
