import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tryLock, withLock } from './lock.mjs'
import { identityOf } from './process-identity.mjs'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'))
  file = join(folder, 'a.lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a held lock is refused and names its holder; released, it is free again', () => {
  const lock = tryLock(file)
  expect(tryLock(file)).toEqual({ heldBy: process.pid })
  if ('release' in lock) lock.release()
  expect(tryLock(file)).toHaveProperty('release')
})

test('the lock of a process that was killed is taken over', async () => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  writeFileSync(file, `${child.pid} ${identityOf(child.pid!)}`)
  expect(tryLock(file)).toEqual({ heldBy: child.pid })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(tryLock(file)).toHaveProperty('release')
})

test('an id that another process has got since does not keep the lock', () => {
  writeFileSync(file, `${process.pid} 1`)
  expect(tryLock(file)).toHaveProperty('release')
})

test('work under one lock never overlaps, and nothing but what it made is left', async () => {
  let isWorking = false
  let waits = 0
  const work = async () => {
    expect(isWorking).toBe(false)
    isWorking = true
    await new Promise((resolve) => setImmediate(resolve))
    isWorking = false
  }
  await Promise.all([1, 2, 3].map(() => withLock(file, { onWait: () => waits++ }, work)))
  expect(waits).toBe(2)
  expect(readdirSync(folder)).toEqual([])
})
