import type { ComposedLine, News, Outcome } from '@sluice/orders'
import { createHttpClient, type HttpCall, type HttpClient, type HttpLimits, type HttpResult } from '@sluice/outbound'
import {
  classifyNews,
  classifyRelease,
  classifyReservation,
  classifyReturn,
  classifyStock,
  type StockOutcome,
} from './classify-answer.ts'
import { excerptOf } from './excerpt.ts'
import { createOrderEvent } from './news-schema.ts'
import { parseWireJson } from './parse-wire-json.ts'
import type { BackOfficeSettings } from './settings-schema.ts'
import { type ReservationRequest, reservationRequestSchema } from './wire-schema.ts'

/** The calls we make to the merchant's system. Expected failures are values; nothing is retried here. */
export interface BackOfficeClient {
  /**
   * What can still be reserved of these articles at the store, in lots, whatever their expiry date. With `orderNumber`
   * what that order holds already counts as free: after a lost answer the same goods are found again.
   */
  queryStock(
    storeId: string,
    skus: string[],
    options?: { orderNumber?: string; signal?: AbortSignal },
  ): Promise<Attempted<StockOutcome>>
  /** Reserves the lines as a whole or answers `short`. Repeating is harmless; other lines replace the reservation. */
  reserve(request: ReservationRequest, write: Write): Promise<Attempted<Outcome>>
  /** `already-used` when the sales document is made: the goods must be taken back instead. Repeating is harmless. */
  release(orderNumber: string, write: Write): Promise<Attempted<Outcome>>
  /**
   * Goods come back into stock, once per idempotency key. Missing lines are left out. `returnId`: of the customer's return;
   * absent when the order was cancelled.
   */
  takeBack(
    goods: { orderNumber: string; reason: string; returnId?: string; lines: ComposedLine[] },
    write: Write,
  ): Promise<Attempted<Outcome>>
  /** Tells one piece of news; the idempotency key is its id. `at`: RFC 3339 UTC. A conversation names itself. */
  tell(message: { orderNumber: string; at: string; news: News }, write: Write): Promise<Attempted<Outcome>>
  close(): Promise<void>
}

export interface Write {
  idempotencyKey: string
  signal?: AbortSignal
}

/** What one call came to, with what the attempts table keeps of it. */
export interface Attempted<O> {
  outcome: O
  evidence: Evidence
}

export interface Evidence {
  httpStatus?: number
  /** Masked, at most 2 KiB each. */
  request: string
  response?: string
}

export interface BackOfficeClientDeps {
  limits?: HttpLimits
  /** Made from the settings when absent. */
  http?: HttpClient
}

export function createBackOfficeClient(
  settings: Omit<BackOfficeSettings, 'inboundTokens'>,
  deps: BackOfficeClientDeps = {},
): BackOfficeClient {
  const http =
    deps.http ??
    createHttpClient(
      {
        name: 'back office',
        baseUrl: settings.url,
        timeoutMs: settings.timeoutMs,
        headers: { authorization: authorizationOf(settings) },
      },
      deps.limits,
    )

  async function attempt<O>(call: HttpCall, classify: (result: HttpResult) => O): Promise<Attempted<O>> {
    const result = await http.call({ ...call, parse: parseWireJson })
    return { outcome: classify(result), evidence: evidenceOf(call, result) }
  }

  return {
    queryStock: (storeId, skus, { orderNumber, signal } = {}) =>
      attempt(
        {
          method: 'POST',
          path: '/stock/query',
          json: { storeId, skus, ...(orderNumber !== undefined && { orderNumber }) },
          ...(signal && { signal }),
        },
        classifyStock,
      ),
    reserve: (request, write) =>
      attempt(
        // The schema drops what the contract does not name.
        {
          method: 'PUT',
          path: reservationPath(request.orderNumber),
          json: reservationRequestSchema.parse(request),
          ...write,
        },
        classifyReservation,
      ),
    release: (orderNumber, write) =>
      attempt({ method: 'DELETE', path: reservationPath(orderNumber), ...write }, classifyRelease),
    takeBack: ({ orderNumber, reason, returnId, lines }, write) =>
      attempt(
        {
          method: 'POST',
          path: '/returns',
          json: {
            orderNumber,
            reason,
            ...(returnId !== undefined && { returnId }),
            lines: lines.flatMap(toReturnedLine),
          },
          ...write,
        },
        classifyReturn,
      ),
    tell: ({ orderNumber, at, news }, write) =>
      attempt(
        {
          method: 'POST',
          path: '/order-events',
          json: createOrderEvent(write.idempotencyKey, orderNumber, at, news),
          ...write,
        },
        classifyNews,
      ),
    close: () => http.close(),
  }
}

function authorizationOf({ token, basic }: Pick<BackOfficeSettings, 'token' | 'basic'>): string {
  if (!basic) return `Bearer ${token}`
  return `Basic ${Buffer.from(`${basic.user}:${basic.password}`, 'utf8').toString('base64')}`
}

function reservationPath(orderNumber: string): string {
  return `/reservations/${encodeURIComponent(orderNumber)}`
}

/** What was handed over comes back: the replacement, not the article that was ordered. */
function toReturnedLine({ sku, replacedBy, quantity, weightGrams, series, markingCodes }: ComposedLine) {
  if (quantity === 0 && weightGrams === undefined) return []
  return [
    {
      sku: replacedBy ?? sku,
      quantity,
      ...(weightGrams !== undefined && { weightGrams }),
      ...(series !== undefined && { series }),
      ...(markingCodes && { markingCodes }),
    },
  ]
}

function evidenceOf(call: HttpCall, result: HttpResult): Evidence {
  const request = excerptOf(call.json) || `${call.method} ${call.path}`
  switch (result.kind) {
    case 'answered':
    case 'unavailable':
      return {
        ...(result.status !== undefined && { httpStatus: result.status }),
        request,
        ...(result.body !== undefined && { response: excerptOf(result.body) }),
      }
    case 'not-tried':
      return { request }
  }
}
