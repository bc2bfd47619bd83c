import type { ReceivedCall } from '../calls.ts'
import { type Answer, errorBody } from './answer-call.ts'
import type { Settings } from './settings.ts'
import type { TokenVerdict } from './tokens.ts'
import type { Findings } from './violations.ts'

/** Bearer token, or the older `Client-Token` with `Api-Version: 3.0` when that is switched on. Undefined: let in. */
export function refuseUnauthorized(
  headers: ReceivedCall['headers'],
  deps: { settings: () => Settings; verify: (token: string) => TokenVerdict; findings: Findings },
  orderId?: string,
): Answer | undefined {
  const { legacyClientToken } = deps.settings()
  if (legacyClientToken !== null && headers['client-token'] === legacyClientToken) {
    if (headers['api-version'] === '3.0') return undefined
    deps.findings.violation('unauthorized', orderId, 'Client-Token without Api-Version: 3.0')
    return UNAUTHORIZED
  }
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (token === undefined) {
    deps.findings.violation('unauthorized', orderId, 'no bearer token')
    return UNAUTHORIZED
  }
  switch (deps.verify(token)) {
    case 'valid':
      return undefined
    case 'revoked':
      return UNAUTHORIZED
    case 'expired':
      deps.findings.remark('expired-token', orderId, 'the token had expired')
      return UNAUTHORIZED
    case 'unknown':
      deps.findings.violation('unauthorized', orderId, 'a token that was never issued')
      return UNAUTHORIZED
  }
}

const UNAUTHORIZED: Answer = { status: 401, body: errorBody(401, 'unauthorized', null, 'unauthorized') }
