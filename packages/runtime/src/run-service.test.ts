import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const RUN_SERVICE = new URL('run-service.ts', import.meta.url).href
const CONFIG_ERROR = new URL('config-error.ts', import.meta.url).href

/** Runs a service of which only `start` is given, in a real process; `onLine` sees every log line as it comes. */
function run(
  start: string,
  {
    loadConfig = '() => ({ answer: 42 })',
    env = {},
    onLine = () => {},
  }: {
    loadConfig?: string
    env?: Record<string, string>
    onLine?: (line: Record<string, unknown>, child: ReturnType<typeof spawn>) => void
  } = {},
): Promise<{ code: number | null; events: string[]; lines: Record<string, unknown>[]; stderr: string }> {
  const source = `
    import { runService } from '${RUN_SERVICE}'
    import { ConfigError } from '${CONFIG_ERROR}'
    await runService('fixture', ${loadConfig}, ${start}, { stopDeadlineMs: 300 })
  `
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { PATH: process.env.PATH, REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/x', ...env },
  })
  const lines: Record<string, unknown>[] = []
  let rest = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\n')
    rest = texts.pop() ?? ''
    for (const text of texts) {
      const line = JSON.parse(text) as Record<string, unknown>
      lines.push(line)
      onLine(line, child)
    }
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, events: lines.map((line) => String(line.event)), lines, stderr }))
  })
}

const whenStarted = (signal: NodeJS.Signals) => (line: Record<string, unknown>, child: ReturnType<typeof spawn>) => {
  if (line.event === 'service.started') child.kill(signal)
}

describe.concurrent('runService', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)(
    '%s closes newest first, with readiness off, and exits 0',
    async (signal) => {
      const { code, events } = await run(
        `async ({ config, log, onStop }) => {
        onStop('database', () => log.info({ event: 'closed database ' + config.answer }))
        onStop('queue', async () => { await 0; log.info({ event: 'closed queue' }) })
      }`,
        { onLine: whenStarted(signal) },
      )
      expect(events).toEqual([
        'service.started',
        'service.stopping',
        'closed queue',
        'closed database 42',
        'service.stopped',
      ])
      expect(code).toBe(0)
    },
  )

  test('ready while it runs, and says so with its checks', async () => {
    let readiness: Promise<unknown> | undefined
    const { code } = await run(`async ({ ready }) => ready('redis', () => 'PONG')`, {
      onLine: (line, child) => {
        if (line.event !== 'service.started') return
        readiness = fetch(`${String(line.health)}/readyz`).then(async (res) => {
          const body: unknown = await res.json()
          child.kill('SIGTERM')
          return body
        })
      },
    })
    expect(await readiness).toEqual({ status: 'ready', checks: { redis: 'ok' } })
    expect(code).toBe(0)
  })

  test('a close that fails does not keep the others open, and the exit code tells', async () => {
    const { code, events } = await run(
      `async ({ log, onStop }) => {
        onStop('database', () => log.info({ event: 'closed database' }))
        onStop('queue', () => { throw new Error('no') })
      }`,
      { onLine: whenStarted('SIGTERM') },
    )
    expect(events.slice(2)).toEqual(['service.close-failed', 'closed database', 'service.stopped'])
    expect(code).toBe(1)
  })

  test('a close that hangs ends at the deadline, and its name is logged', async () => {
    const { code, lines } = await run(`async ({ onStop }) => onStop('queue', () => new Promise(() => {}))`, {
      onLine: whenStarted('SIGTERM'),
    })
    expect(lines.at(-1)).toMatchObject({ event: 'service.stop-late', closing: 'queue' })
    expect(code).toBe(1)
  })

  test('a second signal exits at once', async () => {
    const { code, events } = await run(
      `async ({ log, onStop }) => onStop('queue', () => { log.info({ event: 'draining' }); return new Promise(() => {}) })`,
      {
        onLine: (line, child) => {
          if (line.event === 'service.started' || line.event === 'draining') child.kill('SIGTERM')
        },
      },
    )
    expect(events).toEqual(['service.started', 'service.stopping', 'draining'])
    expect(code).toBe(143)
  })

  test('a signal during start closes what was opened so far and exits 0', async () => {
    const { code, events } = await run(
      `async ({ log, onStop }) => {
        onStop('database', () => log.info({ event: 'closed database' }))
        log.info({ event: 'half way' })
        await new Promise((_, reject) => onStop('queue', () => reject(new Error('closed under its feet'))))
      }`,
      {
        onLine: (line, child) => {
          if (line.event === 'half way') child.kill('SIGTERM')
        },
      },
    )
    expect(events).toEqual(['half way', 'service.stopping', 'closed database', 'service.stopped'])
    expect(code).toBe(0)
  })

  test('a start that fails closes what was opened and exits 1', async () => {
    const { code, events } = await run(
      `async ({ log, onStop }) => {
        onStop('database', () => log.info({ event: 'closed database' }))
        throw new Error('no queue')
      }`,
    )
    expect(events).toEqual(['service.start-failed', 'service.stopping', 'closed database', 'service.stopped'])
    expect(code).toBe(1)
  })

  test.for([
    ['service.uncaught-exception', `async () => { setTimeout(() => { throw new Error('bug') }, 1) }`],
    ['service.unhandled-rejection', `async () => { setTimeout(() => { Promise.reject(new Error('bug')) }, 1) }`],
  ])('%s is logged and ends the process with 1', async ([event, start]) => {
    const { code, lines } = await run(start!)
    expect(lines.at(-1)).toMatchObject({ level: 'error', event, err: { message: 'bug' } })
    expect(code).toBe(1)
  })

  test('faults of environment and configuration are printed together, plainly, with exit code 78', async () => {
    const { code, lines, stderr } = await run(`async () => {}`, {
      loadConfig: `() => { throw new ConfigError([{ where: 'accounts[0].id', problem: 'is missing.' }]) }`,
      env: { LOG_LEVEL: 'loud' },
    })
    expect(stderr).toBe(
      [
        'fixture: The configuration cannot be used: 2 faults.',
        '  LOG_LEVEL: must be one of debug, info, warn, error, silent.',
        '  accounts[0].id: is missing.',
        '',
      ].join('\n'),
    )
    expect(lines).toEqual([])
    expect(code).toBe(78)
  })

  test('a ConfigError of start is printed the same way', async () => {
    const { code, stderr } = await run(
      `async () => { throw new ConfigError([{ where: 'REDIS_URL', problem: 'evicts keys.' }]) }`,
    )
    expect(stderr).toBe('fixture: The configuration cannot be used: one fault.\n  REDIS_URL: evicts keys.\n')
    expect(code).toBe(78)
  })
})
