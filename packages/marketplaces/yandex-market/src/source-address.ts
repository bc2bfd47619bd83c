import { BlockList, isIP } from 'node:net'

export interface SourceRules {
  /** Addresses and ranges: `5.45.207.0/25`. */
  sources: readonly string[]
  trustedProxies: readonly string[]
  /** Read only when the peer is one of the proxies. */
  forwardedHeader: string
}

/**
 * Whether a request came from where the Market calls from. A proxy of ours appends the address it was called from to the
 * header; what stands further left anybody may have written. So the right-most address that is no proxy of ours counts, and
 * whatever is not an address is refused.
 */
export function createSourceCheck(rules: SourceRules) {
  const sources = toRanges(rules.sources)
  const proxies = toRanges(rules.trustedProxies)

  return (peerAddress: string | undefined, headers: Pick<Headers, 'get'>): boolean => {
    const sender = senderOf(toAddress(peerAddress ?? ''), headers.get(rules.forwardedHeader), proxies)
    return sender !== undefined && contains(sources, sender)
  }
}

function senderOf(peer: string | undefined, forwarded: string | null, proxies: BlockList): string | undefined {
  if (peer === undefined || forwarded === null || !contains(proxies, peer)) return peer
  let sender: string | undefined = peer
  for (const entry of forwarded.split(',').reverse()) {
    sender = toAddress(withoutPort(entry.trim()))
    if (sender === undefined || !contains(proxies, sender)) break
  }
  return sender
}

/** Without the zone of a link-local address; undefined for what is no address. */
function toAddress(text: string): string | undefined {
  const address = text.replace(/%[\w.-]+$/, '')
  return isIP(address) === 0 ? undefined : address
}

/** Some proxies write `203.0.113.9:51022` and `[2001:db8::1]:443`. */
function withoutPort(entry: string): string {
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry)?.[1] ?? /^(\d+(?:\.\d+){3}):\d{1,5}$/.exec(entry)?.[1] ?? entry
}

function toRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return list
}

/** Node compares `::ffff:5.45.207.1` with IPv4 ranges as the IPv4 address it is. */
function contains(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
