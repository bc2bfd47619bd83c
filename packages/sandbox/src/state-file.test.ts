import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serialize } from 'node:v8'
import { afterEach, describe, expect, it } from 'vitest'
import { createStateFile, SAVE_AFTER_MS, withoutOldest } from './state-file.ts'
import { createManualTimers } from './timers.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-state-'))
  folders.push(folder)
  return join(folder, 'not-there-yet', 'state')
}

/** A counter that is kept in a file. */
function keep(path: string, shape = 'counter 1') {
  const timers = createManualTimers(new Date('2026-05-01T08:00:00Z'))
  const logged: string[] = []
  let count = 0
  const file = createStateFile<{ count: number }>({
    path,
    shape,
    snapshot: () => ({ count }),
    restore(state) {
      if (typeof state.count !== 'number') {
        count = -1
        throw new TypeError('no count')
      }
      count = state.count
    },
    clear() {
      count = 0
    },
    timers,
    log: (level, event) => void logged.push(`${level} ${event}`),
  })
  return {
    file,
    timers,
    logged,
    count: () => count,
    increase() {
      count += 1
      file.changed()
    },
  }
}

describe('state file', () => {
  it('is written 2 s after the first change that it does not hold, and not without one', async () => {
    const path = newPath()
    const { file, timers, increase } = keep(path)
    file.load()
    await timers.advance(10 * SAVE_AFTER_MS)
    expect(existsSync(path)).toBe(false)

    increase()
    await timers.advance(SAVE_AFTER_MS - 1)
    increase()
    expect(existsSync(path)).toBe(false)
    await timers.advance(1)
    const written = readFileSync(path)
    const next = keep(path)
    next.file.load()
    expect(next.count()).toBe(2)

    rmSync(path)
    await timers.advance(10 * SAVE_AFTER_MS)
    expect(existsSync(path)).toBe(false)
    increase()
    await timers.advance(SAVE_AFTER_MS)
    expect(readFileSync(path).equals(written)).toBe(false)
  })

  it('is written at the end, and never again', async () => {
    const path = newPath()
    const { file, timers, increase } = keep(path)
    file.load()
    increase()
    file.close()
    rmSync(path)
    increase()
    file.save()
    await timers.advance(10 * SAVE_AFTER_MS)
    expect(existsSync(path)).toBe(false)
  })

  it('is not emptied by a simulator that is stopped before it was loaded', () => {
    const path = newPath()
    const first = keep(path)
    first.file.load()
    first.increase()
    first.file.close()
    const before = readFileSync(path)
    keep(path).file.close()
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['something else', Buffer.from('{"count":1}')],
    ['half a state', serialize({ shape: 'counter 1', state: { count: 1, text: 'x'.repeat(100) } }).subarray(0, 60)],
    ['an older shape', serialize({ shape: 'counter 0', state: { count: 1 } })],
    ['a state that cannot be restored', serialize({ shape: 'counter 1', state: {} })],
    ['a state that is missing', serialize('counter 1')],
  ])('that holds %s is put aside with a warning', (_what, content) => {
    const path = newPath()
    const before = keep(path)
    before.file.load()
    before.file.close()
    writeFileSync(path, content)

    const { file, count, logged } = keep(path)
    file.load()
    expect(count()).toBe(0)
    expect(logged).toEqual(['warn sandbox.state-put-aside'])
    expect(existsSync(path)).toBe(false)
    expect(readFileSync(`${path}.broken`).equals(content)).toBe(true)
    file.close()
    expect(existsSync(path)).toBe(true)
  })

  it('that cannot be written is an error in the log, and is tried again after the next change', async () => {
    const path = newPath()
    const { file, timers, increase, logged } = keep(join(path, 'below-a-file'))
    file.load()
    const inTheWay = join(path, '..')
    writeFileSync(inTheWay, '')
    increase()
    await timers.advance(SAVE_AFTER_MS)
    expect(logged).toEqual(['error sandbox.state-not-saved'])
    rmSync(inTheWay)
    increase()
    await timers.advance(SAVE_AFTER_MS)
    expect(existsSync(join(path, 'below-a-file'))).toBe(true)
  })
})

describe('withoutOldest', () => {
  it('drops the oldest of what is finished, never what goes on', () => {
    const isFinished = (item: string) => item.startsWith('done')
    const items = ['done 1', 'live 1', 'done 2', 'done 3', 'live 2']
    expect(withoutOldest(items, isFinished, 3)).toEqual(items)
    expect(withoutOldest(items, isFinished, 2)).toEqual(['live 1', 'done 2', 'done 3', 'live 2'])
    expect(withoutOldest(items, isFinished, 0)).toEqual(['live 1', 'live 2'])
  })
})
