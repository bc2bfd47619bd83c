import { maskBody as maskFields } from '@sluice/wire'

/** A body for the attempts table: personal data, pickup and marking codes masked. Not bounded. */
export function maskBody(body: unknown): string {
  return maskFields(body, PERSONAL)
}

const PERSONAL = {
  names: [
    'customer',
    'courier',
    'address',
    'bonusCard',
    'name',
    'phone',
    'email',
    'comment',
    'description',
    'code',
    'handoutCode',
    'markingCode',
  ],
  // A number is an error's code, not a customer's.
  isHarmless: (field: string, value: unknown) => field === 'code' && typeof value === 'number',
}
