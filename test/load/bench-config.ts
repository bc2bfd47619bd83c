import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const sandboxConfig = join(import.meta.dirname, '../../infra/local/sandbox.config.yaml')

/** Writes a copy of the sandbox's configuration without its brake on calls to Kuper. Returns the path. */
export function writeBenchConfig(path: string, { concurrency }: { concurrency?: number } = {}): string {
  const config = parse(readFileSync(sandboxConfig, 'utf8')) as { accounts: { api: object }[]; workers?: object }
  for (const { api } of config.accounts) {
    if ('requestsPerSecond' in api) api.requestsPerSecond = 1_000
  }
  if (concurrency !== undefined) config.workers = { concurrency }
  writeFileSync(path, stringify(config))
  return path
}
