import { createHmac } from 'node:crypto'

/**
 * The code a customer shows at the counter: the same for every retry and in every process, not to be guessed from the
 * order's number without the secret. Decimal, leading zeros kept, all codes equally likely.
 */
export function pickupCodeOf(number: string, secret: string, digits: 4 | 5 | 6 = 4): string {
  const codes = 10 ** digits
  // Words from here on would make the first codes likelier than the last ones.
  const limit = Math.floor(2 ** 32 / codes) * codes
  for (let round = 0; ; round += 1) {
    const words = createHmac('sha256', secret).update(`pickup-code:${round}:${number}`).digest()
    for (let at = 0; at < words.length; at += 4) {
      const word = words.readUInt32BE(at)
      if (word < limit) return String(word % codes).padStart(digits, '0')
    }
  }
}
