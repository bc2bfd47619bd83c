import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installStamp, isInstalled, stampFile } from './install-stamp.mjs'

let clone: string

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'sluice-stamp-'))
  for (const folder of ['node_modules', 'packages/marketplaces/kuper', 'services/ingress']) {
    mkdirSync(join(clone, folder), { recursive: true })
  }
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', 'services/ingress/package.json']) {
    writeFileSync(join(clone, file), file)
  }
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

test('without a stamp, or without node_modules, nothing counts as installed', () => {
  expect(isInstalled(clone)).toBe(false)
  writeFileSync(stampFile(clone), installStamp(clone))
  expect(isInstalled(clone)).toBe(true)
  rmSync(join(clone, 'node_modules'), { recursive: true })
  expect(isInstalled(clone)).toBe(false)
})

test.each([
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'services/ingress/package.json',
  'packages/marketplaces/kuper/package.json',
])('a change of %s asks for an installation', (file) => {
  writeFileSync(stampFile(clone), installStamp(clone))
  writeFileSync(join(clone, file), 'changed')
  expect(isInstalled(clone)).toBe(false)
})
