import type { Applied, EventEnvelope, LaneHead, Order, OrderRef, OrderSettings, PlannedEffect } from '@sluice/orders'
import { bySeq, type EffectDetail, effectHeads } from './effect-heads.ts'
import { fingerprintOf } from './fingerprint.ts'
import { LedgerError, toLedgerError } from './ledger-error.ts'
import type { Loaded, LoadRequest } from './load-group.ts'
import { effectIdOf, externalUuidKey, orderIdOf, orderIdOfEffect } from './order-id.ts'
import type { Changes } from './save-group.ts'
import { storableText } from './storable.ts'
import { subjectOf } from './subject.ts'
import type { EffectHead, EventRef, WriteRequest, WriteResult } from './write-request.ts'

/** The pure core, and the merchant's rules for an order. */
export interface FoldDeps {
  apply: (
    before: Order | undefined,
    ref: OrderRef,
    envelope: EventEnvelope,
    settingsFor: FoldDeps['settingsFor'],
  ) => Applied
  laneHeads: (order: Order) => LaneHead[]
  settingsFor: (order: Order) => OrderSettings
}

/** Answer to one request; `if-saved` counts only when the order was saved. */
export type Answer =
  | { kind: 'final'; result: WriteResult }
  | { kind: 'failed'; error: Error }
  | { kind: 'if-saved'; orderId: string; result: WriteResult }

/** An order while a group is folded into it. */
interface Draft {
  id: string
  base: number
  order: Order | undefined
  details: Map<number, EffectDetail>
  heads?: EffectHead[]
}

type Mark = Changes['marks'][number]

/** Of several results of one effect in a group: what was done is done, and what was attempted is not dropped. */
const markRank: Record<Mark['as'], number> = { dropped: 0, dead: 1, revived: 2, done: 3 }

/** With `isSecondLook` also whether a new order is known under another number: hardly ever, so nobody pays for it before. */
export function loadRequestOf(requests: WriteRequest[], isSecondLook = false): LoadRequest {
  const orderIds = new Set<string>()
  const dedupKeys = new Set<string>()
  const effectIds = new Set<string>()
  const lookups: LoadRequest['lookups'] = []
  for (const request of requests) {
    if (request.kind === 'settlement') {
      orderIds.add(orderIdOfEffect(request.effect.effectId))
      effectIds.add(request.effect.effectId)
      dedupKeys.add(settlementKey(request))
      continue
    }
    dedupKeys.add(storableText(request.envelope.dedupKey))
    const { marketplace, account, number, externalId, externalUuid } = storableRef(request.ref)
    if (number !== undefined) orderIds.add(orderIdOf(number))
    if (externalId !== undefined && (number === undefined || isSecondLook)) {
      lookups.push({ marketplace, account, externalId, externalUuid: null })
    } else if (externalUuid !== undefined && number === undefined) {
      lookups.push({ marketplace, account, externalId: null, externalUuid: externalUuidKey(externalUuid) })
    }
  }
  return { orderIds: [...orderIds], dedupKeys: [...dedupKeys], lookups, effectIds: [...effectIds] }
}

/**
 * Folds requests, in the order in which they were asked, into the orders that were loaded. Pure. A request that throws fails
 * alone: its order goes on as if it had not been asked.
 */
export function foldGroup(
  requests: WriteRequest[],
  loaded: Loaded,
  deps: FoldDeps,
): { changes: Changes; answers: Answer[] } {
  const changes: Changes = {
    orders: [],
    events: [],
    planned: [],
    marks: [],
    postponed: [],
    attempts: [],
    letters: [],
    resolvedLetters: [],
  }
  const drafts = new Map<string, Draft>()
  /** Order ids by what else may name an order. */
  const idsByName = new Map<string, string>()
  const marks = new Map<string, Mark>()
  const effects = new Map(loaded.effects.map((effect) => [effect.id, effect]))
  const knownEvents = new Map(loaded.events.map((event) => [event.dedupKey, event]))
  /** First answer to each dedup key of this group. */
  const asked = new Map<string, Answer>()

  for (const { id, snapshot, details } of loaded.orders) {
    drafts.set(id, { id, base: snapshot.version, order: snapshot, details: bySeq(details) })
    nameOrder(idsByName, snapshot.ref)
  }

  function answer(request: WriteRequest): Answer {
    const dedupKey = request.kind === 'event' ? storableText(request.envelope.dedupKey) : settlementKey(request)
    if (request.kind === 'settlement' && !hasResult(request)) return note(request)

    const known = knownEvents.get(dedupKey)
    if (known) {
      const { orderId, seq: version, verdict } = known
      if (request.kind === 'settlement') noteAttempt(request)
      return { kind: 'final', result: { kind: 'duplicate', orderId, version, verdict, heads: [] } }
    }
    const twin = asked.get(dedupKey)
    if (twin) return asDuplicate(twin)
    const found = request.kind === 'event' ? recordEvent(request, dedupKey) : settle(request, dedupKey)
    asked.set(dedupKey, found)
    return found
  }

  function recordEvent(request: WriteRequest & { kind: 'event' }, dedupKey: string): Answer {
    const ref = storableRef(request.ref)
    const id = ref.number === undefined ? idOfNamed(idsByName, ref) : orderIdOf(ref.number)
    const draft = id === undefined ? undefined : drafts.get(id)
    const orderRef = draft?.order ? refOfKnown(draft.order, ref) : refOfNew(ref)
    if (!orderRef) return { kind: 'final', result: { kind: 'unknown-order' } }
    if (!draft?.order) refuseSecondNumber(orderRef)
    return applyTo(orderRef, { ...request.envelope, dedupKey }, request.name)
  }

  /** A number is made of the marketplace's id, by a rule of the configuration that must not change while orders live. */
  function refuseSecondNumber({ id, marketplace, account, externalId, number }: OrderRef): void {
    const known = idOfNamed(idsByName, { marketplace, account, externalId })
    if (known === undefined || known === id) return
    const other = drafts.get(known)?.order?.ref.number
    throw new LedgerError(
      'refused',
      `order ${externalId} of ${marketplace} ${account} has the number ${other}, and the event says ${number}: has numberPrefix been changed?`,
    )
  }

  function settle(request: WriteRequest & { kind: 'settlement' }, dedupKey: string): Answer {
    const { effect, step, evidence } = request
    if (step.kind !== 'done' && step.kind !== 'dead') return note(request)
    const { event } = step
    const envelope: EventEnvelope = {
      event,
      source: 'effect',
      dedupKey,
      occurredAt: evidence.at,
      receivedAt: evidence.at,
    }
    const orderId = orderIdOfEffect(effect.effectId)
    const found = applyTo(drafts.get(orderId)?.order?.ref ?? effect.order.ref, envelope, event.type)
    if (found.kind !== 'if-saved') return found

    noteAttempt(request)
    const { attempt, revivals, effectId } = effect
    // Nobody wanted it any more when it died: it blocks nothing and calls for nobody.
    const isUnwanted = drafts.get(orderId)?.order?.effects[effect.key]?.status === 'dropped'
    mark({ effectId, orderId, as: step.kind === 'dead' && isUnwanted ? 'dropped' : step.kind, attempt, revivals })
    if (step.kind === 'dead') {
      changes.letters.push({
        orderId,
        effectId,
        fingerprint: fingerprintOf(effect.kind, step.fault, step.error),
        fault: step.fault,
        error: step.error,
        attempts: attempt,
        firstFailedAt: effect.firstAttemptAt,
      })
    } else {
      // There is one when a later attempt was given up before this one's success became known.
      const why = `attempt ${attempt} turned out to have succeeded`
      changes.resolvedLetters.push({ orderId, effectId, as: 'discarded', by: 'ledger', why })
    }
    return found
  }

  /**
   * Only a newest attempt may declare an effect dead: while another is under way, its result decides. What an older one
   * achieved is a fact all the same.
   */
  function hasResult({ effect, step }: WriteRequest & { kind: 'settlement' }): boolean {
    if (step.kind === 'done') return true
    const now = effects.get(effect.effectId)
    const isNewest = now?.attempts === effect.attempt && now.revivals === effect.revivals
    return step.kind === 'dead' && isNewest && now.status !== 'done'
  }

  /** An attempt without a result: the effect waits on, or a newer attempt is under way. */
  function note(request: WriteRequest & { kind: 'settlement' }): Answer {
    const { effect, step, evidence } = request
    if (step.kind !== 'wait') noteAttempt(request)
    if (step.kind === 'again' || step.kind === 'wait') {
      changes.postponed.push({
        effectId: effect.effectId,
        orderId: orderIdOfEffect(effect.effectId),
        attempt: effect.attempt,
        revivals: effect.revivals,
        delayMs: step.delayMs,
        countsAsTry: step.kind === 'again',
        isUnclear: evidence.isUnclear === true,
      })
    }
    return { kind: 'final', result: { kind: 'noted' } }
  }

  function noteAttempt({ effect, evidence }: WriteRequest & { kind: 'settlement' }): void {
    changes.attempts.push({
      effectId: effect.effectId,
      orderId: orderIdOfEffect(effect.effectId),
      revival: effect.revivals,
      n: effect.attempt,
      at: evidence.at,
      durationMs: Math.max(0, Math.round(evidence.durationMs)),
      outcome: evidence.outcome,
      httpStatus: evidence.httpStatus ?? null,
      request: evidence.request ?? null,
      response: evidence.response ?? null,
    })
  }

  function applyTo(ref: OrderRef, envelope: EventEnvelope, name: string): Answer {
    const draft = drafts.get(ref.id) ?? { id: ref.id, base: 0, order: undefined, details: new Map() }
    const { order, verdict, planned, dropped, revived } = deps.apply(draft.order, ref, envelope, deps.settingsFor)

    // The order may have learnt its UUID.
    draft.order = { ...order, ref }
    drafts.set(draft.id, draft)
    nameOrder(idsByName, ref)
    changes.events.push({
      orderId: ref.id,
      seq: order.version,
      dedupKey: envelope.dedupKey,
      source: envelope.source,
      type: envelope.event.type,
      name,
      occurredAt: toTimestamp(envelope.occurredAt),
      receivedAt: envelope.receivedAt,
      payload: envelope.event,
      verdict,
    })
    for (const effect of planned) {
      changes.planned.push(plannedRow(order, effect))
      if (effect.delayMs !== undefined)
        draft.details.set(effect.seq, { seq: effect.seq, revivals: 0, waitMs: effect.delayMs })
    }
    for (const seq of dropped) {
      const fresh = changes.planned.find((effect) => effect.orderId === ref.id && effect.seq === seq)
      if (fresh) fresh.status = 'dropped'
      else {
        const effectId = effectIdOf(ref.id, seq)
        const died = marks.get(effectId)
        // Died in this very group: it is dropped as of that attempt.
        if (died?.as === 'dead') marks.set(effectId, { ...died, as: 'dropped' })
        else mark({ effectId, orderId: ref.id, as: 'dropped', attempt: 0, revivals: 0 })
        changes.resolvedLetters.push({
          orderId: ref.id,
          effectId,
          as: 'discarded',
          by: 'ledger',
          why: 'not wanted any more',
        })
      }
    }
    for (const seq of revived) {
      const effectId = effectIdOf(ref.id, seq)
      const by = envelope.event.type === 'effect.revived' ? envelope.event.by : envelope.source
      mark({ effectId, orderId: ref.id, as: 'revived', attempt: 0, revivals: 0 })
      changes.resolvedLetters.push({ orderId: ref.id, effectId, as: 'replayed', by, why: 'tried again' })
      draft.details.set(seq, { seq, revivals: (draft.details.get(seq)?.revivals ?? 0) + 1, waitMs: 0 })
    }
    const result: WriteResult = { kind: 'recorded', orderId: ref.id, version: order.version, verdict, heads: [] }
    return { kind: 'if-saved', orderId: ref.id, result }
  }

  function mark(next: Mark): void {
    const before = marks.get(next.effectId)
    if (!before || markRank[next.as] >= markRank[before.as]) marks.set(next.effectId, next)
  }

  function headsOf(draft: Draft | undefined): EffectHead[] {
    if (!draft?.order) return []
    draft.heads ??= effectHeads(draft.order, draft.details, deps.laneHeads)
    return draft.heads
  }

  const answers = requests.map((request): Answer => {
    try {
      return answer(request)
    } catch (err) {
      return { kind: 'failed', error: toLedgerError(describe(request), err) }
    }
  })
  for (const draft of drafts.values()) {
    if (draft.order && draft.order.version > draft.base) changes.orders.push(orderRow(draft.order, draft.base))
  }
  // Postgres updates a row once in a statement: what is settled no longer waits, and what was attempted is not dropped.
  for (const { effectId } of changes.postponed) if (marks.get(effectId)?.as === 'dropped') marks.delete(effectId)
  changes.marks = [...marks.values()]
  changes.postponed = changes.postponed.filter(({ effectId }) => !marks.has(effectId))
  changes.letters = changes.letters.filter(({ effectId }) => marks.get(effectId)?.as === 'dead')
  return { changes, answers: answers.map(withHeads) }

  /** Heads are those of the order after the whole group. */
  function withHeads(item: Answer): Answer {
    if (item.kind === 'failed' || !('heads' in item.result)) return item
    return { ...item, result: { ...item.result, heads: headsOf(drafts.get(item.result.orderId)) } }
  }
}

/** For error messages: what was asked, without personal data. */
export function describe(request: WriteRequest): string {
  if (request.kind === 'settlement') return `settle effect ${request.effect.effectId}`
  return `record event ${request.envelope.event.type} (${request.envelope.dedupKey})`
}

/** One per attempt: settling an attempt twice changes nothing. */
function settlementKey({ effect }: WriteRequest & { kind: 'settlement' }): string {
  return `fx:${effect.effectId}:${effect.revivals}:${effect.attempt}`
}

function asDuplicate(twin: Answer): Answer {
  if (twin.kind === 'failed' || twin.result.kind !== 'recorded') return twin
  return { ...twin, result: { ...twin.result, kind: 'duplicate' } }
}

function storableRef(ref: EventRef): EventRef {
  return {
    marketplace: storableText(ref.marketplace),
    account: storableText(ref.account),
    ...(ref.externalId !== undefined && { externalId: storableText(ref.externalId) }),
    ...(ref.externalUuid !== undefined && { externalUuid: storableText(ref.externalUuid) }),
    ...(ref.number !== undefined && { number: storableText(ref.number) }),
  }
}

function nameOrder(idsByName: Map<string, string>, ref: OrderRef): void {
  const { id, marketplace, account, externalId, externalUuid } = ref
  idsByName.set(JSON.stringify([marketplace, account, 'id', externalId]), id)
  if (externalUuid !== undefined) {
    idsByName.set(JSON.stringify([marketplace, account, 'uuid', externalUuidKey(externalUuid)]), id)
  }
}

function idOfNamed(idsByName: Map<string, string>, ref: EventRef): string | undefined {
  const { marketplace, account, externalId, externalUuid } = ref
  if (externalId !== undefined) return idsByName.get(JSON.stringify([marketplace, account, 'id', externalId]))
  if (externalUuid === undefined) return undefined
  return idsByName.get(JSON.stringify([marketplace, account, 'uuid', externalUuidKey(externalUuid)]))
}

function refOfNew({ marketplace, account, externalId, externalUuid, number }: EventRef): OrderRef | undefined {
  if (externalId === undefined || number === undefined) return undefined
  const uuid = externalUuid === undefined ? {} : { externalUuid }
  return { id: orderIdOf(number), marketplace, account, externalId, number, ...uuid }
}

function refOfKnown(order: Order, ref: EventRef): OrderRef {
  const known = order.ref
  const isOther =
    known.marketplace !== ref.marketplace ||
    known.account !== ref.account ||
    (ref.externalId !== undefined && known.externalId !== ref.externalId)
  if (isOther) {
    throw new LedgerError(
      'refused',
      `order number ${known.number} belongs to ${known.marketplace} ${known.account}, order ${known.externalId}`,
    )
  }
  if (known.externalUuid !== undefined || ref.externalUuid === undefined) return known
  return { ...known, externalUuid: ref.externalUuid }
}

function orderRow(order: Order, base: number): Changes['orders'][number] {
  const { id, marketplace, account, externalId, externalUuid, number } = order.ref
  return {
    id,
    marketplace,
    account,
    externalId,
    externalUuid: externalUuid === undefined ? null : externalUuidKey(externalUuid),
    number,
    subject: subjectOf(order),
    status: order.status,
    payment: order.payment,
    base,
    version: order.version,
    attention: Object.keys(order.attention),
    snapshot: order,
  }
}

function plannedRow(order: Order, effect: PlannedEffect): Changes['planned'][number] {
  const { key, seq, lane, kind, payload, isBlocking, delayMs = 0 } = effect
  const { id: orderId, number } = order.ref
  return {
    id: effectIdOf(orderId, seq),
    orderId,
    seq,
    lane,
    kind,
    key,
    payload,
    idempotencyKey: `${number}/${key}`,
    status: 'waiting',
    isBlocking,
    delayMs,
  }
}

/** What a sender calls a time may not be one; the column then stays empty. */
function toTimestamp(text: string | undefined): string | null {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
