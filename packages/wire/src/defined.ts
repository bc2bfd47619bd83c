/** The object without the keys that hold undefined; undefined when nothing is left. */
export function definedOrNothing<T extends object>(value: T): Defined<T> | undefined {
  const result = defined(value)
  return Object.keys(result).length > 0 ? result : undefined
}

/** The object without the keys that hold undefined, as `exactOptionalPropertyTypes` wants it. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
