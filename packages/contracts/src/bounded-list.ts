import { z } from 'zod'

/** More faults than this tell nobody anything new. */
export const MAX_FAULTS = 20

/**
 * A list from outside. `z.array` looks at every item of a list that is too long, and names every fault of it, which takes
 * seconds for a body of 1 MiB; this one stops.
 */
export function boundedList<S extends z.ZodType>(item: S, wanted: string, maxItems: number) {
  return z
    .array(z.unknown(), wanted)
    .max(maxItems, `must not have more than ${maxItems} entries`)
    .transform((items, ctx): z.output<S>[] => {
      const read: z.output<S>[] = []
      for (const [index, value] of items.entries()) {
        const parsed = item.safeParse(value)
        if (parsed.success) read.push(parsed.data)
        else {
          for (const issue of parsed.error.issues) {
            ctx.issues.push({ ...issue, code: 'custom', path: [index, ...issue.path], input: value })
          }
        }
        if (ctx.issues.length >= MAX_FAULTS) break
      }
      return read
    })
}
