import type { Settings } from './settings.ts'

/** What a call is counted under. */
export interface CountedCall {
  operation: string
  /** `campaignId 1001`, `businessId 2001`: as the Market's texts name it. */
  entity: string
  /** The path as the documentation writes it. */
  resource: string
  /** Calls in the hour, unless the settings say otherwise. */
  hourly: number
}

export interface Budget {
  limit: number
  remaining: number
  until: Date
}

interface Window {
  endsAtMs: number
  used: number
}

export type RateLimits = ReturnType<typeof createRateLimits>

/** Calls at the same time by entity, and calls in the hour by operation and entity (specification 3.2). */
export function createRateLimits(settings: () => Settings, nowMs: () => number) {
  const running = new Map<string, number>()
  const windows = new Map<string, Window>()

  function windowOf({ operation, entity }: CountedCall): Window {
    const key = `${operation} ${entity}`
    const known = windows.get(key)
    if (known !== undefined && known.endsAtMs > nowMs()) return known
    const { waits, clockFactor } = settings()
    const opened = { endsAtMs: nowMs() + waits.budgetMs / clockFactor, used: 0 }
    windows.set(key, opened)
    return opened
  }

  function limitOf({ operation, hourly }: CountedCall): number {
    return settings().budgets[operation] ?? hourly
  }

  return {
    /** Undefined: too many at the same time. Otherwise what to call when the call is over. */
    enter({ entity }: CountedCall): (() => void) | undefined {
      const others = running.get(entity) ?? 0
      if (others >= settings().parallelLimit) return undefined
      running.set(entity, others + 1)
      return () => running.set(entity, (running.get(entity) ?? 1) - 1)
    },
    /** Takes that much of the budget; false when less is left. What is refused costs nothing. */
    spend(call: CountedCall, cost: number): boolean {
      const window = windowOf(call)
      if (window.used + cost > limitOf(call)) return false
      window.used += cost
      return true
    },
    /** Until: in whole seconds, never too early. */
    budgetOf(call: CountedCall): Budget {
      const { endsAtMs, used } = windowOf(call)
      const limit = limitOf(call)
      return { limit, remaining: Math.max(0, limit - used), until: new Date(Math.ceil(endsAtMs / 1_000) * 1_000) }
    },
    clear(): void {
      running.clear()
      windows.clear()
    },
  }
}

/** As RFC 822 has it. */
export function budgetHeaders({ limit, remaining, until }: Budget): Record<string, string> {
  return {
    'X-RateLimit-Resource-Limit': String(limit),
    'X-RateLimit-Resource-Remaining': String(remaining),
    'X-RateLimit-Resource-Until': until.toUTCString(),
  }
}

export function parallelText(limit: number, { entity }: CountedCall): string {
  return `Hit rate limit of ${limit} parallel requests for ${entity}`
}

export function resourceText(limit: number, { entity, resource }: CountedCall): string {
  return `Hit rate limit of ${limit} requests per 1 hour for resource ${resource} for ${entity}`
}
