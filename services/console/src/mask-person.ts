import { redactForLog } from '@sluice/runtime'

/** What somebody wrote, without the phone numbers, addresses and secrets that can be told from words. */
export function withoutPersons(text: string): string {
  return String(redactForLog(text))
}

/** `Anna Petrova` → `A••• P•••`: enough to compare with what a caller says, not enough to know who it is. */
export function maskName(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  return words.map((word) => `${[...word][0]}•••`).join(' ')
}

/** `+7 999 111-22-33` → `••• 33`. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return digits.length < 6 ? '•••' : `••• ${digits.slice(-2)}`
}
