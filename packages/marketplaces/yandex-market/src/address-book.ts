import { areSameSecret, digestSecret } from '@sluice/wire'

export interface AddressedAccount {
  id: string
  inbound: { pathSegments: readonly string[] }
}

/**
 * Which accounts an address may mean: `/yandex-market[/<account id>][/<path segment>][/notification]`. The Market appends
 * `/notification` to whatever was entered in its cabinet, be it a whole address or one with a query (specification 2.1).
 * An account with path segments is found by one of them only. Every segment of every account is compared, whichever
 * one matches: the time tells nothing about a segment.
 */
export function createAddressBook<A extends AddressedAccount>(accounts: readonly A[]): (url: string) => A[] {
  const entries = accounts.map((account) => ({ account, segments: account.inbound.pathSegments.map(digestSecret) }))

  return (url) => {
    const parts = partsOf(url)
    const presented = digestSecret(parts.at(-1) ?? '')
    const withSegment = new Set<A>()
    for (const { account, segments } of entries) {
      for (const segment of segments) {
        if (areSameSecret(segment, presented)) withSegment.add(account)
      }
    }
    const hasSegments = ({ inbound }: A) => inbound.pathSegments.length > 0
    switch (parts.length) {
      case 0:
        return accounts.filter((account) => !hasSegments(account))
      case 1:
        return accounts.filter((account) => (hasSegments(account) ? withSegment.has(account) : account.id === parts[0]))
      case 2:
        return accounts.filter((account) => withSegment.has(account) && account.id === parts[0])
      default:
        return []
    }
  }
}

/** What stands between `/yandex-market` and the `/notification`s at the end, decoded. A query says nothing. */
function partsOf(url: string): string[] {
  const [path = ''] = url.split('?', 1)
  const [, ...parts] = path.split('/').filter(Boolean).map(decoded)
  while (parts.at(-1) === 'notification') parts.pop()
  return parts
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
