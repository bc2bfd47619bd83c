import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface ComposeService {
  image: string
  command?: string[]
  environment: Record<string, string | number>
  env_file?: string
  ports?: string[]
  healthcheck: { test?: string[]; disable?: boolean }
  depends_on?: Record<string, { condition: string }>
  restart: string
  stop_grace_period: string
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const { services } = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, ComposeService> }
const dockerfile = read('Dockerfile')

const ours = readdirSync(new URL('../services/', import.meta.url))
const servers = ['redis', 'postgres']
const workers = ours.filter((name) => name !== 'ingress' && name !== 'console')
/** packages/runtime/src/run-service.ts */
const STOP_DEADLINE_SECONDS = 15

describe('compose.yaml', () => {
  test('runs every service there is, the migrations and the two servers, and nothing else', () => {
    expect(Object.keys(services).toSorted()).toEqual([...ours, ...servers, 'migrate'].toSorted())
  })

  test.each(ours)('%s runs its own main.ts, stops in peace and comes back', (name) => {
    const service = services[name]!
    expect(service.command).toEqual([`services/${name}/src/main.ts`])
    expect(existsSync(new URL(`../${service.command![0]}`, import.meta.url))).toBe(true)
    expect(service.restart).toBe('unless-stopped')
    expect(Number(/^(\d+)s$/.exec(service.stop_grace_period)?.[1])).toBeGreaterThan(STOP_DEADLINE_SECONDS)
    expect(service.env_file).toBe('../.env')
  })

  test.each(ours)('%s is watched and starts only on a migrated database and a working Redis', (name) => {
    const { healthcheck, environment, depends_on } = services[name]!
    expect(healthcheck.test!.join(' ')).toContain(`127.0.0.1:${environment.HEALTH_PORT}/readyz`)
    expect(depends_on).toEqual({
      redis: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    })
  })

  test.each(servers)('%s is watched', (name) => {
    expect(services[name]!.healthcheck.test).toBeDefined()
  })

  test('migrations wait for Postgres and run once', () => {
    expect(services.migrate).toMatchObject({
      command: ['infra/migrate.ts'],
      depends_on: { postgres: { condition: 'service_healthy' } },
      healthcheck: { disable: true },
      restart: 'on-failure',
    })
  })

  test('only ingress is open to others; the console only to this machine', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined)
    expect(Object.fromEntries(published.map(([name, { ports }]) => [name, ports]))).toEqual({
      ingress: ['8080:8080'],
      console: ['127.0.0.1:8090:8090'],
    })
    expect(services.ingress!.environment.PORT).toBe(8080)
    expect(services.console!.environment.PORT).toBe(8090)
    expect(services.ingress!.environment.HOST).toBe('0.0.0.0')
    expect(services.console!.environment.CONSOLE_HOST).toBe('0.0.0.0')
  })

  test.each(workers)('%s can be scaled: nothing in it is there only once', (name) => {
    expect(services[name]).not.toHaveProperty('container_name')
    expect(services[name]).not.toHaveProperty('ports')
    expect(services[name]).not.toHaveProperty('hostname')
  })

  test('no secret stands in the file', () => {
    for (const { environment } of Object.values(services)) {
      for (const [key, value] of Object.entries(environment ?? {})) {
        if (/PASSWORD|SECRET|TOKEN/.test(key)) expect(value).toMatch(/^\$\{/)
      }
    }
  })
})

test('redis.conf: nothing is evicted, and what was acknowledged survives a restart', () => {
  const settings = read('redis.conf')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(settings).toEqual(expect.arrayContaining(['maxmemory-policy noeviction', 'appendonly yes']))
})

describe('Dockerfile', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1)

  test('runs as a user that is not root, with Node 24 as process 1', () => {
    const last = stages.at(-1)!
    expect(last).toMatch(/^node:24-slim\n/)
    expect(Number(/^USER (\d+):\d+$/m.exec(last)?.[1])).toBeGreaterThan(0)
    expect(last).toMatch(/^ENTRYPOINT \["node"\]$/m)
    expect(last).toMatch(/^HEALTHCHECK /m)
    const [, main] = /^CMD \["([^"]+)"\]$/m.exec(last) ?? []
    expect(existsSync(new URL(`../${main}`, import.meta.url))).toBe(true)
  })

  test('installs with the repository’s pnpm, exactly what the lockfile says, without development tools', () => {
    const { packageManager } = JSON.parse(read('../package.json')) as { packageManager: string }
    expect(stages[0]).toContain(`npm install --global ${packageManager}\n`)
    expect(stages[0]).toContain('pnpm install --prod --frozen-lockfile')
  })

  test('secrets and local files never get into the image', () => {
    const ignored = read('../.dockerignore').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.env.*', 'sluice.config.yaml', '.git', '.data']))
  })
})
