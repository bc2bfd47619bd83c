import type { ComposedLine, Plan } from './plan.ts'

export interface LineToCompose {
  sku: string
  quantity: number
  weightGrams?: string | undefined
  /** Every unit needs a code of this kind. */
  markingKind?: string | undefined
  lots: { series?: string | undefined; expiresOn?: string | undefined; quantity: number }[]
}

/** What the staff put into the bag, one line for every reserved line. Pure. */
export function composeGoods(lines: LineToCompose[], plan: Plan): ComposedLine[] {
  const { composition } = plan
  switch (composition.kind) {
    case 'as-ordered':
      return lines.map((line) => composeLine(line, line.quantity, plan))
    case 'partial': {
      const chosen = choose(lines, composition.sku ?? lines.find(({ quantity }) => quantity > 1)?.sku)
      return lines.map((line) =>
        composeLine(line, line === chosen ? Math.max(0, line.quantity - 1) : line.quantity, plan),
      )
    }
    case 'line-missing': {
      const chosen = choose(lines, composition.sku)
      return lines.map((line) => composeLine(line, line === chosen ? 0 : line.quantity, plan))
    }
    case 'all-missing':
      return lines.map((line) => composeLine(line, 0, plan))
    case 'replacement': {
      const chosen = choose(lines, composition.sku)
      return lines.map((line) => {
        if (line !== chosen) return composeLine(line, line.quantity, plan)
        // Another article: series, expiry date and weight of the ordered one say nothing about it.
        const replaced = composeLine(
          { sku: composition.replacedBy, quantity: line.quantity, lots: [] },
          line.quantity,
          plan,
        )
        return { ...replaced, sku: line.sku, replacedBy: composition.replacedBy }
      })
    }
    case 'exact':
      return composition.lines
  }
}

function choose(lines: LineToCompose[], sku: string | undefined): LineToCompose | undefined {
  return lines.find((line) => line.sku === sku) ?? (sku === undefined ? lines[0] : undefined)
}

function composeLine(line: LineToCompose, quantity: number, plan: Plan): ComposedLine {
  const lot = line.lots[0]
  const isThere = quantity > 0
  return {
    sku: line.sku,
    quantity,
    ...(isThere && line.weightGrams !== undefined && { weightGrams: weigh(line, quantity, plan.weightFactor) }),
    ...(isThere && (plan.markingCodes || needsCodes(line)) && { markingCodes: markingCodes(line.sku, quantity) }),
    ...(isThere && plan.withSeries && lot?.series !== undefined && { series: lot.series }),
    ...(isThere && plan.withSeries && lot?.expiresOn !== undefined && { expiresOn: lot.expiresOn }),
  }
}

function needsCodes({ markingKind }: LineToCompose): boolean {
  return markingKind !== undefined && !markingKind.endsWith('OPTIONAL')
}

/** Which goods lie in which box; undefined: all in one. Codes go with their units. Pure. */
export function boxGoods(
  composed: readonly ComposedLine[],
  boxes: Plan['boxes'],
): { lines: { sku: string; quantity: number; markingCodes?: string[] }[] }[] | undefined {
  const present = composed.filter(({ quantity }) => quantity > 0)
  const box = (sku: string, quantity: number, codes: string[] | undefined) => ({
    lines: [{ sku, quantity, ...(codes !== undefined && { markingCodes: codes }) }],
  })
  switch (boxes) {
    case 'one':
      return undefined
    case 'one-per-line':
      return present.map(({ sku, quantity, markingCodes: codes }) => box(sku, quantity, codes))
    case 'one-per-unit':
      return present.flatMap(({ sku, quantity, markingCodes: codes }) =>
        Array.from({ length: Math.ceil(quantity) }, (_, n) =>
          box(sku, Math.min(1, quantity - n), codes?.slice(n, n + 1)),
        ),
      )
  }
}

function weigh(line: LineToCompose, quantity: number, factor: number): string {
  return String(Math.round(((Number(line.weightGrams) * quantity) / line.quantity) * factor * 10) / 10)
}

/** Shaped like real ones, with the group separator (U+001D) inside. */
function markingCodes(sku: string, quantity: number): string[] {
  return Array.from({ length: Math.ceil(quantity) }, (_, n) => `010460000000000021${sku}-${n + 1}\u001D93dGVz`)
}
