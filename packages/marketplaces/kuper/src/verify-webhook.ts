import { areSameSecret, digestSecret } from '@sluice/wire'

/** What Kuper may present; several of each while secrets are being changed (specification 4.4). */
export interface InboundSecrets {
  clientTokens: readonly string[]
  basic: readonly { user: string; password: string }[]
  bearer: readonly string[]
}

/** `missing` is answered 401, `wrong` 403. */
export type WebhookVerdict<A> = { kind: 'ok'; account: A } | { kind: 'missing' } | { kind: 'wrong' }

/**
 * Finds the account whose secret a webhook carries. Every secret of every account is compared, whichever one matches: the time
 * tells nothing about a secret or its position.
 */
export function verifyWebhook<A extends { inbound: InboundSecrets }>(
  headers: Pick<Headers, 'get'>,
  accounts: readonly A[],
): WebhookVerdict<A> {
  const presented = presentedCredentials(headers)
  if (presented.length === 0) return { kind: 'missing' }
  const digests = presented.map(digestSecret)
  let found: A | undefined
  for (const account of accounts) {
    for (const secret of digestsOf(account.inbound)) {
      for (const candidate of digests) {
        const isEqual = areSameSecret(secret, candidate)
        if (isEqual && found === undefined) found = account
      }
    }
  }
  return found === undefined ? { kind: 'wrong' } : { kind: 'ok', account: found }
}

/** Configured secrets are hashed once per settings object. */
const knownDigests = new WeakMap<InboundSecrets, Buffer[]>()

function digestsOf(inbound: InboundSecrets): Buffer[] {
  let digests = knownDigests.get(inbound)
  if (!digests) {
    digests = [
      ...inbound.clientTokens.map((token) => `client-token: ${token}`),
      ...inbound.basic.map(({ user, password }) => `authorization: basic ${user}:${password}`),
      ...inbound.bearer.map((token) => `authorization: bearer ${token}`),
    ].map(digestSecret)
    knownDigests.set(inbound, digests)
  }
  return digests
}

/** Each kind under its own name, so that a bearer token never passes as a client token. */
function presentedCredentials(headers: Pick<Headers, 'get'>): string[] {
  const clientToken = headers.get('client-token')?.trim()
  const authorization = headers.get('authorization')?.trim()
  return [
    ...(clientToken ? [`client-token: ${clientToken}`] : []),
    ...(authorization ? [toCredential(authorization)] : []),
  ]
}

function toCredential(authorization: string): string {
  const [, scheme = '', value = ''] = /^(\S+)\s*(.*)$/.exec(authorization) ?? []
  const name = scheme.toLowerCase()
  return `authorization: ${name} ${name === 'basic' ? Buffer.from(value, 'base64').toString('utf8') : value}`
}
