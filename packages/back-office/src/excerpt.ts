import { excerptOf as excerptWithout } from '@sluice/wire'

/** Landlines too: such a text is an error page, whose dates and numbers nobody misses. */
const PHONE_LIKE = /\+?\d[\d ()-]{8,}\d/g

/** A body for the attempts table: people, all codes and what customers write masked, at most 2 KiB of UTF-8. */
export function excerptOf(body: unknown): string {
  return excerptWithout(typeof body === 'string' ? body.replace(PHONE_LIKE, '***') : body, PERSONAL)
}

const PERSONAL = {
  names: [
    'customer',
    'courier',
    'address',
    'phone',
    'comment',
    'code',
    'codes',
    'markingCodes',
    'slip',
    'profileLink',
    // Of a conversation: what was written, what was attached, whom it is about.
    'text',
    'files',
    'about',
  ],
  // In answers `code` is a word, not a pickup code.
  isHarmless: (field: string, value: unknown) => field === 'code' && (value === 'short' || value === 'already_used'),
}
