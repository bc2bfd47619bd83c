import type { z } from 'zod'
import type { ApiKey } from './settings.ts'

/** What the Market answers. */
export interface Answer {
  status: number
  /** Undefined: an empty body. */
  body?: unknown
  /** The seller has the answer in hand, as far as can be known here. */
  onAnswered?: (() => void) | undefined
}

export interface CallParams {
  campaignId: number
  businessId: number
  orderId: string
  returnId: string
}

export interface CallOf<Q, B> {
  /** Who calls. */
  key: ApiKey
  params: CallParams
  query: Q
  body: B
}

/** What a key must be allowed to; `any`: nothing of its own. */
export type Scope = 'orders' | 'communication' | 'settings' | 'any'

/** One method of the Partner API. */
export interface Operation {
  id: string
  method: 'GET' | 'POST' | 'PUT'
  /** As the documentation writes it. */
  path: string
  scope: Scope
  /** Changes something. */
  isWrite: boolean
  /** Calls in the hour (specification 3.5). */
  hourly: number
  query: z.ZodType | undefined
  body: z.ZodType | undefined
  /** Orders a call is about that its path does not name. */
  ordersIn: (body: unknown, query: unknown) => string[]
  /** How much of the budget a call costs; 1 unless the limit counts data. */
  costOf: (body: unknown) => number
  handle: (call: CallOf<unknown, unknown>) => Answer
}

/** Declares a method with types from its schemas. */
export function operation<Q extends z.ZodType = z.ZodUndefined, B extends z.ZodType = z.ZodUndefined>(declared: {
  id: string
  method: Operation['method']
  path: string
  scope?: Scope
  isWrite?: boolean
  hourly: number
  query?: Q
  body?: B
  ordersIn?: (body: z.output<B>, query: z.output<Q>) => string[]
  costOf?: (body: z.output<B>) => number
  handle: (call: CallOf<z.output<Q>, z.output<B>>) => Answer
}): Operation {
  return {
    scope: 'orders',
    isWrite: declared.method === 'PUT',
    query: undefined,
    body: undefined,
    ordersIn: () => [],
    costOf: () => 1,
    ...declared,
  } as Operation
}

export function ok(result?: unknown, onAnswered?: () => void): Answer {
  return { status: 200, body: { status: 'OK', ...(result === undefined ? {} : { result }) }, onAnswered }
}

export function failed(status: number, message: string): Answer {
  return { status, body: errorBody(status, message) }
}

export function errorBody(status: number, message: string) {
  return { status: 'ERROR', errors: [{ code: CODES[status] ?? 'INTERNAL_ERROR', message }] }
}

const CODES: Partial<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  420: 'LIMIT_EXCEEDED',
  423: 'LOCKED',
  503: 'SERVICE_UNAVAILABLE',
}
