import type { Redis } from 'ioredis'

export type RedisFitness = { kind: 'fit'; warnings: string[] } | { kind: 'unfit'; reason: string }

/** Whether this Redis keeps what is put into it. Rejects when Redis cannot be asked at all. */
export async function checkRedis(redis: Redis): Promise<RedisFitness> {
  try {
    return judgeRedis(await redis.info())
  } catch (err) {
    // Some managed servers forbid INFO.
    if (err instanceof Error && /NOPERM|unknown command/i.test(err.message)) return judgeRedis('')
    throw err
  }
}

/** `info`: the answer to INFO. */
export function judgeRedis(info: string): RedisFitness {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)] as const
    }),
  )
  const policy = fields.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction') {
    return {
      kind: 'unfit',
      reason: `maxmemory-policy is ${policy}: Redis would throw accepted events away when its memory is full. Set it to noeviction.`,
    }
  }
  const warnings: string[] = []
  if (policy === undefined) {
    warnings.push('Redis does not tell its maxmemory-policy; it must be noeviction, or accepted events may be lost.')
  }
  const aof = fields.get('aof_enabled')
  if (aof === undefined) warnings.push('Redis does not tell whether its append-only file is on; it should be.')
  if (aof === '0') {
    warnings.push('appendonly is off: events accepted since the last snapshot are lost when Redis crashes.')
  }
  return { kind: 'fit', warnings }
}
