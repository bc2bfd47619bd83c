import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@sluice/runtime'
import type { Config } from './config-schema.ts'
import { loadConfig } from './load-config.ts'

/** For tests: loads a configuration from its text as a service would from its file. */
export function loadText(yaml: string, env: Record<string, string> = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'))
  try {
    const file = join(folder, 'sluice.config.yaml')
    writeFileSync(file, yaml)
    return loadConfig({ ...env, SLUICE_CONFIG: file })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The lines of the error, without the count. */
export function faultsOf(yaml: string, env: Record<string, string> = {}): string[] {
  try {
    loadText(yaml, env)
  } catch (err) {
    if (err instanceof ConfigError) return err.faults.map(({ where, problem }) => `${where}: ${problem}`)
    throw err
  }
  return []
}

export const minimal = `
backOffice:
  url: http://127.0.0.1:8092/hs/sluice/
  token: \${BACK_OFFICE_TOKEN}
  inboundTokens: [inbound-secret]
pickupCodeSecret: pickup-code-secret
accounts:
  - id: main
    marketplace: kuper
    numberPrefix: KU-
    inbound: { clientTokens: [client-token-secret] }
    api: { baseUrl: http://127.0.0.1:8091, clientId: id, clientSecret: api-secret }
    stores:
      - id: '017'
`

export const minimalEnv = { BACK_OFFICE_TOKEN: 'back-office-secret' }

/** Another account: a cabinet of Yandex Market. */
export function cabinet({ id, businessId, store }: { id: string; businessId: number; store: string }): string {
  return `
  - id: ${id}
    marketplace: yandex-market
    numberPrefix: ${id}-
    businessId: ${businessId}
    inbound: { pathSegments: [unguessable-segment] }
    api: { apiKey: api-key-secret }
    stores: [{ id: '${store}' }]
`
}
