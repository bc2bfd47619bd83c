import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

const processKey = randomBytes(32).toString('hex')

/** A secret as it may be compared: hashed under a key of this process, so that all are of one length and none can be guessed at. */
export function digestSecret(secret: string): Buffer {
  return hash('sha256', processKey + secret, 'buffer')
}

/** In a time that tells nothing about either. Whoever has several compares with all of them, whichever one matches. */
export function areSameSecret(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other)
}
