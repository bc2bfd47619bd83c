import { checkBoxes, findAdditions, findExclusions } from './check-boxes.ts'
import { int64 } from './json-int64.ts'
import { addDays, daysBetween, formatDate } from './market-time.ts'
import { type Answer, failed, ok, operation } from './operation.ts'
import type { MarketLine, MarketOrder, MarkingCode } from './order.ts'
import { givesCodes } from './order-life.ts'
import {
  addCommand,
  answered,
  badContent,
  findOrder,
  notAllowedNow,
  type OperationDeps,
  orderMissing,
} from './order-operations.ts'
import { boxOnWire, briefItem } from './order-wire.ts'
import * as schema from './request-schemas.ts'
import type { Model } from './statuses.ts'
import { nextId } from './store.ts'

/** What is in an order, and how it gets to the buyer. */
export function contentOperations(deps: OperationDeps) {
  const { findings, life } = deps

  /** Finds the order, checks model and status, and remembers what took effect. */
  function change(
    params: Parameters<typeof orderMissing>[1],
    rule: { name: string; models: readonly Model[]; isNow: (order: MarketOrder) => boolean },
    handle: (order: MarketOrder) => Answer | { result?: unknown },
  ): Answer {
    const order = findOrder(deps, params)
    if (order === undefined) return orderMissing(deps, params)
    if (!rule.models.includes(order.model) || !rule.isNow(order)) {
      const former = order.commands.findLast(({ name }) => name === rule.name)
      if (former?.wasAnswered) findings.violation('repeated', order.orderId, rule.name)
      if (former !== undefined) return failed(400, notAllowedText(order))
      return notAllowedNow(deps, order, notAllowedText(order))
    }
    const outcome = handle(order)
    if ('status' in outcome) return outcome
    life.touch(order)
    return ok(outcome.result, answered(addCommand(order, rule.name, deps.now())))
  }

  /** Goods that cannot be taken out: which ones the seller cannot always know. */
  function mustStay(order: MarketOrder, message: string): Answer {
    findings.remark('must-stay', order.orderId, message)
    return failed(400, message)
  }

  function takeCodes(lines: MarketLine[], given: ReadonlyMap<string, schema.Instance[]>): string | undefined {
    for (const line of lines) {
      const codes = (given.get(line.id) ?? []).map(readCode)
      if (codes.some((code) => code === undefined)) return `Invalid incoming cis for item with id = ${line.id}`
    }
    for (const line of lines) {
      const codes = given.get(line.id)
      if (codes !== undefined) line.codes = codes.flatMap((code) => readCode(code) ?? [])
    }
    return undefined
  }

  return [
    operation({
      id: 'setOrderBoxLayout',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/boxes',
      hourly: 10_000,
      body: schema.boxesBody,
      handle({ params, body }): Answer {
        const order = findOrder(deps, params)
        const isLate = order?.status === 'PROCESSING' && order.substatus !== 'STARTED'
        if (order !== undefined && isLate) {
          return notAllowedNow(deps, order, 'Attempt to change order items or instances after READY_TO_SHIP')
        }
        const models = ['FBS', 'EXPRESS', 'DBS', 'DBS_PICKUP'] as const
        return change(params, { name: 'boxes', models, isNow: isStarted }, (found) => {
          const { counts, instances, violations, exclusions } = checkBoxes(found.lines, body.boxes, body.allowRemove)
          const message = `Invalid order boxes layout request. Violations: ${[...violations, ...exclusions].join('; ')}`
          if (violations.length > 0) return badContent(findings, found, message)
          if (exclusions.length > 0) return mustStay(found, message)
          const fault = takeCodes(found.lines, instances)
          if (fault !== undefined) return badContent(findings, found, fault)
          for (const line of found.lines) line.count = counts.get(line.id) ?? 0
          found.boxes = body.boxes.map(({ items }) => ({ boxId: nextId(deps.store()), items: items.map(withoutEmpty) }))
          if (instances.size > 0) life.expectCodeCheck(found)
          life.reach(found, 'boxes')
          return { result: { boxes: found.boxes.map(boxOnWire) } }
        })
      },
    }),

    operation({
      id: 'updateOrderItems',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/items',
      hourly: 10_000,
      body: schema.itemsBody,
      handle({ params, body }): Answer {
        const models = ['DBS', 'DBS_PICKUP', 'DIGITAL'] as const
        const answer = change(params, { name: 'items', models, isNow: isStarted }, (order) => {
          const unknown = body.items.find(({ id }) => !order.lines.some((line) => line.id === id))
          if (unknown !== undefined) return badContent(findings, order, `Item ${unknown.id} is not in the order`)
          const left = new Map(order.lines.map(({ id }) => [id, body.items.find((item) => item.id === id)?.count ?? 0]))
          const additions = findAdditions(order.lines, left)
          if (additions.length > 0) return badContent(findings, order, additions.join('; '))
          const exclusions = findExclusions(order.lines, left)
          if (exclusions.length > 0) return mustStay(order, exclusions.join('; '))
          const codes = new Map(body.items.flatMap(({ id, instances }) => (instances ? [[id, instances]] : [])))
          const fault = takeCodes(order.lines, codes)
          if (fault !== undefined) return badContent(findings, order, fault)
          for (const line of order.lines) line.count = left.get(line.id) ?? 0
          return {}
        })
        // The official document names no body.
        return answer.status === 200 ? { ...answer, body: undefined } : answer
      },
    }),

    operation({
      id: 'provideOrderItemIdentifiers',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/identifiers',
      hourly: 10_000,
      body: schema.identifiersBody,
      handle({ params, body }): Answer {
        return change(params, { name: 'identifiers', models: ['DBS', 'DBS_PICKUP'], isNow: isLive }, (order) => {
          const given = new Map(body.items.map(({ id, instances }) => [id, instances]))
          for (const [id, codes] of given) {
            const line = order.lines.find((one) => one.id === id)
            if (line === undefined) return badContent(findings, order, `Item ${id} is not in the order`)
            if (codes.length > line.count) return badContent(findings, order, `Too many instances for item ${id}`)
          }
          const fault = takeCodes(order.lines, given)
          if (fault !== undefined) return badContent(findings, order, fault)
          life.expectCodeCheck(order)
          return { result: { items: order.lines.filter(({ id }) => given.has(id)).map(briefItem) } }
        })
      },
    }),

    operation({
      id: 'getOrderIdentifiersStatus',
      method: 'POST',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/identifiers/status',
      hourly: 1_000,
      handle({ params }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        const of = (line: MarketLine, kind: MarkingCode['kind']) =>
          line.codes.filter((code) => code.kind === kind).map(({ value, state }) => ({ value, status: state }))
        const items = order.lines
          .filter(({ codes }) => codes.length > 0)
          .map((line) => {
            const [cis, uin] = [of(line, 'cis'), of(line, 'uin')]
            return { id: int64(line.id), ...(cis.length > 0 && { cis }), ...(uin.length > 0 && { uin }) }
          })
        return ok({ items })
      },
    }),

    operation({
      id: 'updateExternalOrderId',
      method: 'POST',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/external-id',
      isWrite: true,
      hourly: 1_000,
      body: schema.externalIdBody,
      handle({ params, body: { externalOrderId } }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        const { orderId, status, substatus, campaignId } = order
        const about = `(partnerId = ${campaignId}, orderId = ${orderId}, externalId = ${externalOrderId})`
        if (order.externalOrderId !== undefined) {
          const former = order.commands.findLast(({ name }) => name === 'external-id')
          const kind = former?.wasAnswered || order.externalOrderId !== externalOrderId ? 'repeated' : undefined
          if (kind !== undefined) findings.violation(kind, orderId, `external id ${externalOrderId}`)
          return failed(400, `Cannot do operation, external ID already set for order ${about}`)
        }
        const isEarly = ['PLACING', 'PENDING', 'UNPAID'].includes(status) || isStarted(order)
        if (!isEarly || order.model === 'FBY' || order.model === 'LAAS') {
          const message = `Cannot do operation for order with status '${status}', and substatus '${substatus}' ${about}`
          return notAllowedNow(deps, order, message)
        }
        order.externalOrderId = externalOrderId
        life.touch(order)
        const command = addCommand(order, 'external-id', deps.now())
        life.reach(order, 'external-id')
        return ok(undefined, answered(command))
      },
    }),

    operation({
      id: 'acceptOrderCancellation',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/cancellation/accept',
      hourly: 500,
      body: schema.cancellationBody,
      handle({ params, body }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        const request = order.cancellationRequest
        const name = body.accepted ? 'cancellation-accepted' : 'cancellation-declined'
        if (request === undefined || request.answer !== undefined || order.status === 'CANCELLED') {
          const former = order.commands.findLast((command) => command.name === name)
          const message = `Cancellation request for order ${order.orderId} is not found`
          if (former === undefined) return notAllowedNow(deps, order, message)
          if (former.wasAnswered) findings.violation('repeated', order.orderId, name)
          return failed(400, message)
        }
        request.answer = body.accepted ? 'accepted' : 'declined'
        life.touch(order)
        const command = addCommand(order, name, deps.now())
        if (body.accepted) life.cancel(order, 'seller', 'USER_CHANGED_MIND')
        return ok(undefined, answered(command))
      },
    }),

    operation({
      id: 'provideOrderDigitalCodes',
      method: 'POST',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/deliverDigitalGoods',
      isWrite: true,
      hourly: 10_000,
      body: schema.digitalCodesBody,
      handle({ params, body }): Answer {
        const isNow = (order: MarketOrder) => isStarted(order) && givesCodes(order) && order.digitalCodes === undefined
        return change(params, { name: 'digital-codes', models: ['DIGITAL'], isNow }, (order) => {
          const wrong = order.lines
            .filter(({ count }) => count > 0)
            .find(({ id, count }) => body.items.find((item) => item.id === id)?.codes.length !== count)
          if (wrong !== undefined) return badContent(findings, order, `Item ${wrong.id} needs ${wrong.count} codes`)
          order.digitalCodes = body.items.map(({ id, codes }) => ({ lineId: id, codes }))
          life.reach(order, 'digital-codes')
          return {}
        })
      },
    }),

    operation({
      id: 'setOrderDeliveryDate',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/delivery/date',
      hourly: 10_000,
      body: schema.deliveryDateBody,
      handle({ params, body }): Answer {
        const isNow = ({ status }: MarketOrder) => status === 'PROCESSING' || status === 'DELIVERY'
        const rule = { name: 'delivery-date', models: ['DBS', 'DBS_PICKUP'] as const, isNow }
        return change(params, rule, (order) => {
          const { toDate } = body.dates
          const fault = dateFault(order, toDate)
          if (fault !== undefined) return badContent(findings, order, fault)
          order.deliveryDate = toDate
          order.dateEdits += 1
          life.touch(order)
          life.announceDate(order)
          return {}
        })
      },
    }),

    operation({
      id: 'setOrderDeliveryTrackCode',
      method: 'POST',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/delivery/track',
      isWrite: true,
      hourly: 10_000,
      body: schema.trackBody,
      handle: ({ params, body }): Answer =>
        change(params, { name: 'track', models: ['DBS', 'DBS_PICKUP'], isNow: isLive }, (order) => {
          order.tracks = [...order.tracks.filter(({ trackCode }) => trackCode !== body.trackCode), body]
          return {}
        }),
    }),

    operation({
      id: 'updateOrderStorageLimit',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/delivery/storage-limit',
      hourly: 10_000,
      body: schema.storageLimitBody,
      handle({ params, body: { newDate } }): Answer {
        const isNow = (order: MarketOrder) => order.status === 'PICKUP' && !order.wasStorageExtended
        return change(params, { name: 'storage-limit', models: ['DBS_PICKUP'], isNow }, (order) => {
          const days = daysBetween(order.storageLimitDate, newDate)
          if (days < 1 || days > 30)
            return badContent(findings, order, `Storage limit cannot be changed by ${days} days`)
          order.storageLimitDate = newDate
          order.wasStorageExtended = true
          return {}
        })
      },
    }),

    operation({
      id: 'getOrderBuyerInfo',
      method: 'GET',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/buyer',
      hourly: 3_000,
      handle({ params }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        if (!isLive(order)) {
          const message = `Order is not in shop-processing status (actual: '${order.status}').`
          // Reading harms nobody, and the order may have ended in this moment.
          findings.remark('race', order.orderId, message)
          return failed(400, message)
        }
        return ok({
          id: `buyer-${order.orderId}`,
          firstName: 'Тестовый',
          lastName: 'Покупатель',
          type: order.plan.buyerType,
          phone: '+79000000001',
          trusted: true,
        })
      },
    }),

    operation({
      id: 'verifyOrderEac',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/verifyEac',
      hourly: 10_000,
      body: schema.eacBody,
      handle({ params, body }): Answer {
        const isNow = ({ substatus, plan }: MarketOrder) =>
          CODE_SUBSTATUSES.includes(substatus) && plan.script.courier.code === 'asked'
        return change(params, { name: 'eac', models: ['EXPRESS'], isNow }, (order) => {
          const { courier } = order
          const { attempts, isCodeOutdated } = order.plan.script.courier
          // A right code that is checked again stays right.
          if (courier.isVerified && body.code === courier.code) return { result: { verificationResult: 'ACCEPTED' } }
          if (isCodeOutdated && courier.code === (order.plan.script.courier.eacCode ?? order.orderId.slice(-4))) {
            courier.code = nextCode(courier.code)
            return { result: { verificationResult: 'NEED_UPDATE' } }
          }
          if (body.code === courier.code) {
            courier.isVerified = true
            life.reach(order, 'code-accepted')
            return { result: { verificationResult: 'ACCEPTED' } }
          }
          courier.attemptsLeft -= 1
          if (courier.attemptsLeft > 0) {
            return { result: { verificationResult: 'REJECTED', attemptsLeft: courier.attemptsLeft } }
          }
          // The courier is given another one.
          courier.code = nextCode(courier.code)
          courier.attemptsLeft = attempts
          return { result: { verificationResult: 'NEED_UPDATE' } }
        })
      },
    }),
  ]

  function dateFault(order: MarketOrder, toDate: string): string | undefined {
    const { maxDateEdits, maxDateDays } = life.dateLimits()
    if (order.dateEdits >= maxDateEdits) return `Exceeded the number of edits of delivery dates! (${maxDateEdits})`
    if (toDate === order.deliveryDate) return 'New delivery dates are the same as the current!'
    if (toDate > addDays(formatDate(order.createdAt), maxDateDays)) {
      return `Exceeded the number of days to edit delivery dates! (${maxDateDays})`
    }
    return undefined
  }
}

const CODE_SUBSTATUSES = ['COURIER_FOUND', 'COURIER_ARRIVED_TO_SENDER', 'DELIVERY_SERVICE_UNDELIVERED']

export function nextCode(code: string): string {
  return String((Number(code) + 1) % 10_000).padStart(4, '0')
}

function isStarted({ status, substatus }: MarketOrder): boolean {
  return status === 'PROCESSING' && substatus === 'STARTED'
}

function isLive({ status }: MarketOrder): boolean {
  return status === 'PROCESSING' || status === 'DELIVERY' || status === 'PICKUP'
}

function notAllowedText({ orderId, status, substatus }: MarketOrder): string {
  return `Action is not allowed for order '${orderId}' with status '${status}' and substatus '${substatus}'`
}

function readCode(given: schema.Instance): MarkingCode | undefined {
  const kind = (['cis', 'uin', 'rnpt', 'gtd'] as const).find((name) => given[name] !== undefined)
  const value = kind && given[kind]
  // Printable ASCII, and the group separator of Data Matrix.
  const printable = value?.replaceAll('\u001D', '')
  if (kind === undefined || value === undefined || !/^[\x21-\x7e]{4,}$/.test(printable ?? '')) return undefined
  return { kind, value, state: 'IN_PROGRESS' }
}

function withoutEmpty<T extends object>(item: T): T {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as T
}
