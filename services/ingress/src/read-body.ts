import type { HonoRequest } from 'hono'

export type Body =
  /** Call `release` once the request is answered. */
  | { kind: 'read'; text: string; release(): void }
  | { kind: 'too-large' }
  /** All requests together hold more than this process may; nothing is wrong with this one. */
  | { kind: 'overloaded' }
  /** The sender went away, or was cut for being too slow: nobody is there any more to be answered. */
  | { kind: 'broken' }

export type ReadBody = (req: HonoRequest, maxBodyBytes: number) => Promise<Body>

/** So much is taken on trust; of longer bodies only what has come counts, so that a declaration alone shuts nobody out. */
const TRUSTED_BYTES = 64 * 1024

/**
 * Reads bodies as text, and never more of them than memory allows, whatever their senders declare. `maxBytesInFlight`: of
 * all requests that are being read or answered.
 */
export function createBodyReader({ maxBytesInFlight }: { maxBytesInFlight: number }): ReadBody {
  let bytesInFlight = 0

  return async (req, maxBodyBytes) => {
    let held = 0
    const hold = (bytes: number): 'held' | 'too-large' | 'overloaded' => {
      if (held + bytes > maxBodyBytes) return 'too-large'
      if (bytesInFlight + bytes > maxBytesInFlight) return 'overloaded'
      held += bytes
      bytesInFlight += bytes
      return 'held'
    }
    const release = () => {
      bytesInFlight -= held
      held = 0
    }
    const refuse = <K extends 'too-large' | 'overloaded' | 'broken'>(kind: K) => {
      release()
      return { kind }
    }

    const declared = req.header('content-length')
    try {
      const declaredBytes = Number(declared ?? Number.NaN)
      if (declaredBytes > maxBodyBytes) return refuse('too-large')
      if (declaredBytes <= TRUSTED_BYTES) {
        // Node hands over no more than was declared.
        const outcome = hold(declaredBytes)
        return outcome === 'held' ? { kind: 'read', text: await req.text(), release } : refuse(outcome)
      }
      const decoder = new TextDecoder()
      let text = ''
      const reader = req.raw.body?.getReader()
      for (;;) {
        const chunk = await reader?.read()
        if (!chunk || chunk.done) return { kind: 'read', text: text + decoder.decode(), release }
        const outcome = hold(chunk.value.byteLength)
        if (outcome !== 'held') {
          // Not cancelled: that would cut the connection before the answer. The server drains what still comes, or cuts.
          reader?.releaseLock()
          return refuse(outcome)
        }
        text += decoder.decode(chunk.value, { stream: true })
      }
    } catch {
      return refuse('broken')
    }
  }
}
