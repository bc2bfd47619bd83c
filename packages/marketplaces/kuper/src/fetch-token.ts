import type { HttpClient } from '@sluice/outbound'
import { describe, type TokenFailure, toFailure } from './classify.ts'

/** OAuth 2.0 client credentials (specification 4.2). `http` has the token address as its base. */
export async function fetchToken(
  http: HttpClient,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<{ kind: 'token'; token: string; expiresInMs: number } | TokenFailure> {
  const result = await http.call({
    method: 'POST',
    path: '',
    form: { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials' },
  })
  if (result.kind !== 'answered') {
    const failure = toFailure(result)
    // Whatever became of the token, the order was not touched.
    return failure.kind === 'unavailable'
      ? { ...failure, isUnclear: false, detail: `token: ${failure.detail}` }
      : failure
  }
  const { status, body } = result
  const { access_token: token, expires_in: expiresIn } = (body ?? {}) as Record<string, unknown>
  const expiresInMs = Number(expiresIn) * 1000
  if (status === 200 && typeof token === 'string' && token !== '' && expiresInMs > 0) {
    return { kind: 'token', token, expiresInMs }
  }
  // Never the body of a 200: it may hold a token.
  const detail = status === 200 ? 'token: 200 without a usable access_token' : `token: ${describe(status, body)}`
  return { kind: 'unavailable', cause: 'credentials', isUnclear: false, status, detail }
}
