import type { CallParams, Operation } from './operation.ts'

export type Found =
  | { kind: 'found'; operation: Operation; params: CallParams }
  /** The path is known, the method is not. */
  | { kind: 'wrong-method' }
  /** Known, and on its way out (specification 3.5). */
  | { kind: 'deprecated'; id: string }
  | { kind: 'unknown' }

/** Methods that are being switched off. */
const DEPRECATED: [method: string, pattern: RegExp, id: string][] = [
  ['GET', /^\/v2\/campaigns\/\d+\/orders\/\d+$/, 'getOrder'],
  ['GET', /^\/v2\/campaigns\/\d+\/orders$/, 'getOrders'],
  ['POST', /^\/v2\/campaigns\/\d+\/orders\/\d+\/returns\/\d+\/decision$/, 'setReturnDecision'],
]

/** The method of the Partner API that a request is for. */
export function createOperationFinder(operations: readonly Operation[]) {
  const routes = operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }))
  return (method: string, path: string): Found => {
    const fitting = routes.flatMap(({ operation, pattern }) => {
      const match = pattern.exec(path)
      return match === null ? [] : { operation, groups: match.groups ?? {} }
    })
    const found = fitting.find(({ operation }) => operation.method === method)
    if (found !== undefined) return { kind: 'found', operation: found.operation, params: paramsOf(found.groups) }
    const deprecated = DEPRECATED.find(([of, pattern]) => of === method && pattern.test(path))
    if (deprecated !== undefined) return { kind: 'deprecated', id: deprecated[2] }
    return { kind: fitting.length > 0 ? 'wrong-method' : 'unknown' }
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[1-9]\\d*)')}$`)
}

/** What a path does not name is empty. */
function paramsOf(groups: Record<string, string | undefined>): CallParams {
  return {
    campaignId: Number(groups.campaignId ?? 0),
    businessId: Number(groups.businessId ?? 0),
    orderId: groups.orderId ?? '',
    returnId: groups.returnId ?? '',
  }
}
