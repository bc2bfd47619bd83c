const REDACTED = '[redacted]'

/** Bounds of one log line's value, so that no accident can write megabytes. */
const MAX_DEPTH = 6
const MAX_ITEMS = 50
const MAX_TEXT = 4_000

/**
 * A plain copy fit for a log: secrets, personal data, codes and bodies are hidden by key at any depth, and what looks
 * like one is cut out of free text (an error message, a URL, JSON inside a string). Never throws, never changes its
 * argument. Errors keep type, message, `code`, status and stack; other properties of theirs are dropped, because drivers
 * put row values there.
 */
export function redactForLog(value: unknown): unknown {
  return copy(value, isHiddenInLogs, [])
}

/** Hides only secrets: for showing a configuration. */
export function redactSecrets(value: unknown): unknown {
  return copy(value, isSecretKey, [])
}

/** Whether a value under this key is a credential. `tokenUrl` and the like only talk about one. */
export function isSecretKey(key: string): boolean {
  const plain = plainKey(key)
  return SECRET.test(plain) && !ABOUT_A_SECRET.test(plain)
}

const SECRET =
  /token|secret|pathsegment|passw|authorization|cookie|credential|apikey|privatekey|signature|^(basic|bearer)$/
const ABOUT_A_SECRET = /(url|path|type|count)$/

const PERSONAL =
  /phone|email|address|comment|profilelink|steamlink|^(text|name|patronymic|customer|courier|recipient|buyer|contact|street|building|house|apartment|flat|entrance|floor|elevator|intercom|lat|lon|latitude|longitude|inn|kpp|passport|birthday|bonuscard)$|(first|last|middle|full|user|customer|courier|client|recipient|buyer|contact)name$/
const CODE = /^(codes?|slip|pickupcode|handoutcode|confirmationcode|doorcode|markingcodes?)$/
const BODY = /^(body|rawbody|requestbody|responsebody|payload|data|json|form|request|response|snapshot)$/

/** Keys repeat line after line; asking five expressions about each would cost more than writing the line. */
const verdicts = new Map<string, boolean>()
const MAX_VERDICTS = 2_000

function isHiddenInLogs(key: string): boolean {
  const known = verdicts.get(key)
  if (known !== undefined) return known
  const verdict = isSecretKey(key) || isPersonalKey(key)
  if (verdicts.size < MAX_VERDICTS) verdicts.set(key, verdict)
  return verdict
}

function isPersonalKey(key: string): boolean {
  const plain = plainKey(key)
  return PERSONAL.test(plain) || CODE.test(plain) || BODY.test(plain)
}

/** `door_phone`, `doorPhone` and `Door-Phone` are one key. */
function plainKey(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function copy(value: unknown, isHidden: (key: string) => boolean, parents: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value, isHidden)
    case 'bigint':
      return String(value)
    case 'number':
    case 'boolean':
    case 'undefined':
      return value
    case 'symbol':
    case 'function':
      return undefined
    case 'object':
      break
  }
  if (value === null) return null
  if (parents.includes(value)) return '[circular]'
  if (parents.length >= MAX_DEPTH) return '[deeper]'
  const within = [...parents, value]
  if (value instanceof Error) return copyError(value, isHidden, within)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof URL) return redactText(value.href, isHidden)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (Array.isArray(value) || value instanceof Set) return copyList([...value], isHidden, within)
  if (value instanceof Map || value instanceof Headers || value instanceof URLSearchParams) {
    return copyEntries([...value.entries()], isHidden, within)
  }
  return copyEntries(Object.entries(value), isHidden, within)
}

function copyList(items: readonly unknown[], isHidden: (key: string) => boolean, parents: readonly object[]): unknown {
  const kept = items.slice(0, MAX_ITEMS).map((item) => copy(item, isHidden, parents))
  return items.length > MAX_ITEMS ? [...kept, `[${items.length - MAX_ITEMS} more]`] : kept
}

function copyEntries(
  entries: readonly (readonly [unknown, unknown])[],
  isHidden: (key: string) => boolean,
  parents: readonly object[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [rawKey, value] of entries.slice(0, MAX_ITEMS)) {
    const key = String(rawKey)
    result[key] = isHidden(key) && isWorthHiding(value) ? REDACTED : copy(value, isHidden, parents)
  }
  if (entries.length > MAX_ITEMS) result['…'] = `[${entries.length - MAX_ITEMS} more]`
  return result
}

/** That a field is empty helps whoever reads the log and gives nothing away. */
function isWorthHiding(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && typeof value !== 'boolean'
}

function copyError(error: Error, isHidden: (key: string) => boolean, parents: readonly object[]): unknown {
  const { code, status, statusCode } = error as { code?: unknown; status?: unknown; statusCode?: unknown }
  const errors = error instanceof AggregateError ? copyList(error.errors, isHidden, parents) : undefined
  return {
    type: error.name,
    message: redactText(error.message, isHidden),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof statusCode === 'number' ? { status: statusCode } : {}),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack, isHidden) }),
    ...(error.cause === undefined ? {} : { cause: copy(error.cause, isHidden, parents) }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** Order matters: a URL's user info is cut before what is left of it can look like an e-mail address. */
const SHAPES: readonly [RegExp, string][] = [
  [/:\/\/[^\s/?#]*@/g, `://${REDACTED}@`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  [/\b(Bearer|Basic) +[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/\b((?:client_secret|access_token|token|password|secret|code)=)[^&\s"']+/gi, `$1${REDACTED}`],
  // The last part has letters only: `vitest@5.1.1` in a stack is a folder.
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?!\w)/gi, REDACTED],
  [/\+\d[\d ()-]{8,}\d/g, REDACTED],
  // A Russian mobile number without the plus; an order number with these digits has a letter or dash before them.
  [/(?<![\w-])[78][ (-]*9\d\d[ )-]*\d{3}[ -]?\d\d[ -]?\d\d(?!\w)/g, REDACTED],
]

/** Every shape here has one of these: most texts are ids and words, and are done after this one look. */
const SUSPICIOUS = /[@=+"]|eyJ|bearer|basic|[78][ (-]*9\d\d/i

/** JSON inside a text, whole or cut off, also as a string within JSON: a key, and then its text, number or list. */
const JSON_KEY = /\\*"([\w-]+)\\*"\s*:\s*/g
const JSON_VALUE = /\\*"(?:[^"\\]|\\+[^"\\])*(?:\\*"|$)|-?\d[\d.eE+-]*|\[[^\]]*(?:\]|$)/y

function redactText(text: string, isHidden: (key: string) => boolean): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… [${text.length - MAX_TEXT} more characters]` : text
  if (!SUSPICIOUS.test(cut)) return cut
  const withoutFields = redactJsonFields(cut, isHidden)
  return SHAPES.reduce((rest, [shape, replacement]) => rest.replace(shape, replacement), withoutFields)
}

/** What stands under a key that is not hidden is looked through as well: a list may hold objects with keys of their own. */
function redactJsonFields(text: string, isHidden: (key: string) => boolean): string {
  let result = ''
  let done = 0
  for (const { 0: label, 1: key = '', index } of text.matchAll(JSON_KEY)) {
    if (index < done || !isHidden(key)) continue
    JSON_VALUE.lastIndex = index + label.length
    const value = JSON_VALUE.exec(text)
    if (!value) continue
    result += `${text.slice(done, index)}${label}${REDACTED}`
    done = value.index + value[0].length
  }
  return result + text.slice(done)
}
