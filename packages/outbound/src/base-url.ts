/** Calls keep of their base its origin and path: a login, query or fragment would be lost without a word. */
export function isBaseUrl(url: string): boolean {
  // What is no address at all is said elsewhere.
  if (!URL.canParse(url)) return true
  const { username, password, search, hash } = new URL(url)
  return username + password + search + hash === '' && !/[?#]$/.test(url)
}

export const NO_BASE_URL = 'must have no login, query or fragment: they would not be sent'
