import type { PathFault } from './substitute-variables.ts'

/**
 * What no single account can be blamed for: ids and number prefixes that meet. Works on the raw tree, so that it says its
 * part in the same error as the schema.
 */
export function findClashes(tree: unknown): PathFault[] {
  const accounts = listOf(tree, 'accounts')
  return [
    ...accounts.flatMap((account, index) => [
      ...repeated(accounts.slice(0, index), account, 'id').map((other) => ({
        path: ['accounts', index, 'id'],
        problem: `is "${String(account.id)}" like accounts[${other}].id. Give each account its own.`,
      })),
      ...prefixClashes(accounts.slice(0, index), account).map((other) => ({
        path: ['accounts', index, 'numberPrefix'],
        problem:
          `"${String(account.numberPrefix)}" and "${String(accounts[other]!.numberPrefix)}" of accounts[${other}] cannot be told apart: ` +
          'no prefix may begin with another. A number must name one account.',
      })),
    ]),
    ...accounts.flatMap((account, index) => {
      const stores = listOf(account, 'stores')
      return stores.flatMap((store, at) =>
        repeated(stores.slice(0, at), store, 'id').map((other) => ({
          path: ['accounts', index, 'stores', at, 'id'],
          problem: `is "${String(store.id)}" like stores[${other}].id. List each store once.`,
        })),
      )
    }),
  ]
}

type Item = Record<string, unknown>

/** Non-objects keep their place as empty ones: the schema complains about them. */
function listOf(value: unknown, key: string): Item[] {
  const list = typeof value === 'object' && value !== null ? (value as Item)[key] : undefined
  return Array.isArray(list)
    ? list.map((item) => (typeof item === 'object' && item !== null ? (item as Item) : {}))
    : []
}

/** At most one: the first that has the same. */
function repeated(earlier: readonly Item[], item: Item, key: string): number[] {
  const at = typeof item[key] === 'string' ? earlier.findIndex((other) => other[key] === item[key]) : -1
  return at < 0 ? [] : [at]
}

function prefixClashes(earlier: readonly Item[], { numberPrefix }: Item): number[] {
  if (typeof numberPrefix !== 'string' || numberPrefix === '') return []
  return earlier.flatMap(({ numberPrefix: other }, index) => {
    if (typeof other !== 'string' || other === '') return []
    return other.startsWith(numberPrefix) || numberPrefix.startsWith(other) ? [index] : []
  })
}
