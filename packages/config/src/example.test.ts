import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { defaultPolicy } from '@sluice/orders'
import { loadEnvironment } from '@sluice/runtime'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { configSchema } from './config-schema.ts'
import { loadConfig } from './load-config.ts'
import { policyFor } from './policy-for.ts'

const root = new URL('../../../', import.meta.url)
const configFile = fileURLToPath(new URL('sluice.config.example.yaml', root))
const configText = readFileSync(configFile, 'utf8')
const envText = readFileSync(new URL('.env.example', root), 'utf8')
const composeText = readFileSync(new URL('infra/compose.yaml', root), 'utf8')
const env = { ...parseEnv(envText.replaceAll('change-me', 'a-value-of-its-own')), SLUICE_CONFIG: configFile }

test('sluice.config.example.yaml loads with the variables of .env.example', () => {
  const config = loadConfig(env)
  expect(config.accounts.map((account) => [account.id, ...account.stores.map((store) => store.id)])).toEqual([
    ['main', 'apteka-017', 'apteka-021', 'pizza-003', 'grocer-005'],
    ['market', '21000001', '21000002', '21000003'],
  ])
  expect(loadEnvironment(env).redisUrl).toBe('redis://127.0.0.1:6379')
})

test('the placeholders of .env.example are refused, each by its name', () => {
  const placeholders = { ...parseEnv(envText), SLUICE_CONFIG: configFile }
  expect(() => loadConfig(placeholders)).toThrow(/PICKUP_CODE_SECRET still is the placeholder/)
  expect(() => loadConfig(placeholders)).toThrow(/KUPER_INBOUND_TOKEN still is the placeholder/)
  expect(() => loadConfig(placeholders)).toThrow(/YANDEX_MARKET_API_KEY still is the placeholder/)
  expect(() => loadConfig(placeholders)).toThrow(/YANDEX_MARKET_PATH_SEGMENT still is the placeholder/)
})

test('its stores show every way an order can go', () => {
  const config = loadConfig(env)
  const rules = (storeId: string, account = 'main') => policyFor(config, { account, storeId })
  expect(rules('apteka-017')).toMatchObject({ kind: 'marketplace-delivery', isRestaurant: false, minShelfLifeDays: 30 })
  expect(rules('apteka-021')).toMatchObject({ kind: 'merchant-delivery', allowReplacement: false })
  expect(rules('pizza-003')).toMatchObject({ kind: 'marketplace-delivery', isRestaurant: true })
  expect(rules('grocer-005')).toMatchObject({ onShort: 'partial', allowReplacement: true })
  expect(rules('21000001', 'market')).toMatchObject({ kind: 'marketplace-delivery', onShort: 'partial' })
  expect(rules('21000002', 'market')).toMatchObject({ kind: 'merchant-delivery', cancellationRequests: 'accept' })
})

test('its defaults are those of the code', () => {
  expect(loadConfig(env).defaults).toEqual(defaultPolicy)
})

test('it shows every setting there is', () => {
  const keys = new Set(configText.match(/[\w]+(?=:)/g))
  const other = ['tokenUrl', 'clientToken']
  const missing = settingsIn(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })).filter(
    (key) => !keys.has(key) && !other.includes(key),
  )
  expect(missing).toEqual([])
  for (const key of other) expect(configText).toContain(key)
})

test('every part of the configuration refuses unknown keys', () => {
  expect(openObjects(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }))).toEqual([])
})

test('.env.example names exactly the variables that are used', () => {
  const named = [...envText.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name!)
  const process = ['REDIS_URL', 'DATABASE_URL', 'SLUICE_CONFIG', 'LOG_LEVEL', 'LOG_FORMAT']
  const listening = ['HOST', 'CONSOLE_HOST', 'PORT', 'HEALTH_HOST', 'HEALTH_PORT']
  const used = [configText, composeText].flatMap((text) =>
    [...text.matchAll(/\$\{([A-Z][A-Z_]+)/g)].map(([, name]) => name!),
  )
  const notExamples = used.filter((name) => name !== 'NAME')
  expect(named.toSorted()).toEqual([...new Set([...process, ...listening, ...notExamples])].toSorted())
})

type Node = z.core.JSONSchema.JSONSchema

function partsOf(node: Node): Node[] {
  const inside = [...Object.values(node.properties ?? {}), node.items, ...(node.anyOf ?? []), ...(node.oneOf ?? [])]
  return inside.filter((part) => typeof part === 'object' && !Array.isArray(part)) as Node[]
}

function settingsIn(node: Node): string[] {
  return [...Object.keys(node.properties ?? {}), ...partsOf(node).flatMap(settingsIn)]
}

function openObjects(node: Node): string[] {
  const own =
    node.type === 'object' && node.additionalProperties !== false && node.propertyNames === undefined
      ? [Object.keys(node.properties ?? {}).join()]
      : []
  return [...own, ...partsOf(node).flatMap(openObjects)]
}
