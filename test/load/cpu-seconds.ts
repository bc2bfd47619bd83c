import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts in hundredths of a second, whatever the machine (USER_HZ). */
const TICKS_PER_SECOND = 100

/** CPU seconds, user and system, of a process and its living children. Undefined where there is no /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(name) ?? []) : []))
    const tree = all.filter((one) => one.pid === pid || one.parent === pid)
    return tree.length === 0 ? undefined : tree.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}

function readStat(pid: string): { pid: number; parent: number; ticks: number } | undefined {
  try {
    // The name in parentheses may hold anything, also spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid: Number(pid), parent: Number(parent), ticks: Number(rest[9]) + Number(rest[10]) }
  } catch {
    // Ended between the listing and the look.
    return undefined
  }
}
