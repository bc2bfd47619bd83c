import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * When the process with this id started; undefined when there is none (a dead one that its parent has not yet asked for
 * counts as none). Ids are used again: the same id with another start is another process.
 *
 * @param {number} pid
 * @returns {string | undefined}
 */
export function identityOf(pid) {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
    const [, state, started] = /^(\S+)\s+(.+)$/.exec((stdout ?? '').trim()) ?? []
    return state?.startsWith('Z') ? undefined : started
  }
  try {
    // proc(5): the name in brackets may hold anything; after it come the state and, as the 20th, the start in ticks.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}
