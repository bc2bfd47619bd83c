import type { z } from 'zod'

export type Parsed<T> = { ok: true; value: T } | { ok: false; error: string }

/** One line with every fault and its place. Values are left out: they may be personal data. */
export function parseWith<T>(schema: z.ZodType<T>, data: unknown, what: string): Parsed<T> {
  const result = schema.safeParse(data)
  if (result.success) return { ok: true, value: result.data }
  const faults = result.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`)
  return { ok: false, error: `malformed ${what}: ${faults.join('; ')}` }
}
