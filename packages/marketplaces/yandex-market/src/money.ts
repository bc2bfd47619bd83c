/** Sum of decimal texts, exactly; undefined when none is there. At least two digits after the point where any has a fraction. */
export function sumOf(amounts: readonly (string | undefined)[]): string | undefined {
  const known = amounts.filter((amount) => amount !== undefined)
  if (known.length === 0) return undefined
  const scale = Math.max(...known.map(fractionLength))
  return toText(
    known.reduce((sum, amount) => sum + toUnits(amount, scale), 0n),
    scale,
  )
}

/** One of `count` equal shares; undefined when it does not come out even in kopecks, since a rounded price is a wrong one. */
export function shareOf(amount: string | undefined, count: number): string | undefined {
  if (amount === undefined || count <= 0) return undefined
  const scale = Math.max(fractionLength(amount), count > 1 ? 2 : 0)
  const units = toUnits(amount, scale)
  return units % BigInt(count) === 0n ? toText(units / BigInt(count), scale) : undefined
}

function fractionLength(amount: string): number {
  return amount.split('.')[1]?.length ?? 0
}

function toUnits(amount: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction.padEnd(scale, '0'))
}

function toText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const sign = units < 0n ? '-' : ''
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return sign + whole + (fraction && `.${fraction.padEnd(2, '0')}`)
}
