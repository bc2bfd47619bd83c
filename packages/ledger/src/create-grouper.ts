import { LedgerError, toLedgerError } from './ledger-error.ts'
import { withDeadline } from './with-deadline.ts'

export interface Grouper<Request, Result> {
  ask(request: Request): Promise<Result>
  /** Takes nothing more; resolves when all that was asked has been answered. */
  close(): Promise<void>
}

export interface GrouperOptions<Request, Result> {
  /** What a group does, for error messages. */
  name: string
  /** One result per request, in their order. A thrown error fails the whole group. */
  run: (requests: Request[]) => Promise<PromiseSettledResult<Result>[]>
  /** Requests of one key are never in two groups in flight; within a group they keep the order in which they were asked. */
  keyOf?: (request: Request) => string
  maxGroup: number
  groupsInFlight: number
  /** A group that takes longer is given up (its requests fail as `unavailable`), so that a dead connection holds nobody. */
  timeoutMs: number
}

/**
 * Runs what is asked in the same tick as one group. While all groups are in flight requests pile up, so groups grow with the
 * load and a lone request never waits.
 */
export function createGrouper<Request, Result>(options: GrouperOptions<Request, Result>): Grouper<Request, Result> {
  const { name, run, keyOf, maxGroup, groupsInFlight, timeoutMs } = options
  type Waiting = { request: Request; key: string | undefined } & Omit<PromiseWithResolvers<Result>, 'promise'>
  let waiting: Waiting[] = []
  const busyKeys = new Set<string>()
  let inFlight = 0
  let isScheduled = false
  let closing: PromiseWithResolvers<void> | undefined

  function takeGroup(): Waiting[] {
    const group: Waiting[] = []
    const rest: Waiting[] = []
    for (const item of waiting) {
      const isFree = item.key === undefined || !busyKeys.has(item.key)
      ;(isFree && group.length < maxGroup ? group : rest).push(item)
    }
    waiting = rest
    return group
  }

  async function runGroup(group: Waiting[], keys: string[]): Promise<void> {
    try {
      const results = await withDeadline(run(group.map((item) => item.request)), timeoutMs)
      group.forEach((item, at) => {
        const result = results[at]!
        if (result.status === 'fulfilled') item.resolve(result.value)
        else item.reject(result.reason)
      })
    } catch (err) {
      for (const item of group) item.reject(toLedgerError(name, err))
    } finally {
      for (const key of keys) busyKeys.delete(key)
      inFlight -= 1
      startGroups()
    }
  }

  function startGroups(): void {
    isScheduled = false
    while (inFlight < groupsInFlight && waiting.length > 0) {
      const group = takeGroup()
      if (group.length === 0) break
      const keys = group.flatMap((item) => item.key ?? [])
      for (const key of keys) busyKeys.add(key)
      inFlight += 1
      void runGroup(group, keys)
    }
    if (inFlight === 0 && waiting.length === 0) closing?.resolve()
  }

  return {
    ask(request) {
      if (closing) return Promise.reject(new LedgerError('closed', `${name}: the ledger is closed`))
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      waiting.push({ request, key: keyOf?.(request), resolve, reject })
      if (!isScheduled) {
        isScheduled = true
        setImmediate(startGroups)
      }
      return promise
    },
    close() {
      closing ??= Promise.withResolvers<void>()
      if (inFlight === 0 && waiting.length === 0) closing.resolve()
      return closing.promise
    },
  }
}
