import { createHash } from 'node:crypto'

/** The order's id: a UUID (version 8) that is a function of its number, so that nobody has to look it up. */
export function orderIdOf(number: string): string {
  const bytes = createHash('sha256').update(`sluice order ${number}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** `<order id>.<seq>` */
export function effectIdOf(orderId: string, seq: number): string {
  return `${orderId}.${seq}`
}

export function orderIdOfEffect(effectId: string): string {
  return effectId.slice(0, effectId.lastIndexOf('.'))
}

/** Marketplaces write a bare UUID or `<retailer>:<UUID>`; the part after the last colon identifies the order. */
export function externalUuidKey(externalUuid: string): string {
  return externalUuid.slice(externalUuid.lastIndexOf(':') + 1)
}
