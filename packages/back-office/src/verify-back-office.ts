import { areSameSecret, digestSecret } from '@sluice/wire'

/** `missing` is answered 401, `wrong` 403. */
export type BackOfficeVerdict = 'verified' | 'missing' | 'wrong'

/**
 * Checks `Authorization: Bearer <token>` against every token that is valid now (two while one is being changed). Takes
 * the same time whichever token matches and however much of it is right.
 */
export function verifyBackOffice(authorization: string | undefined, tokens: readonly string[]): BackOfficeVerdict {
  const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (given === undefined) return 'missing'
  const digest = digestSecret(given)
  let isKnown = false
  for (const token of tokens) isKnown = areSameSecret(digest, digestSecret(token)) || isKnown
  return isKnown ? 'verified' : 'wrong'
}
