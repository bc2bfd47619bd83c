import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })]

describe.each(pages)('%s', (page) => {
  const text = withoutFences(read(page))

  test('every link leads to a file and a heading that exist', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
    const dead = targets.filter((target) => !/^https?:/.test(target) && !leadsSomewhere(page, target))
    expect(dead).toEqual([])
  })

  test('every file it names exists', () => {
    const paths = codeIn(text).filter((code) => /^(packages|services|infra|docs|test)\/[\w./*-]+$/.test(code))
    expect(paths.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([])
  })

  test('every script it runs exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const run = read(page).matchAll(/\bp?npm run ([\w:]+)|\bnpm (start|test)\b|`(check:[\w-]+)`/g)
    const names = [...run].map((found) => found.slice(1).find((name) => name !== undefined)!)
    expect(names.filter((name) => !(name in scripts))).toEqual([])
  })
})

test('the README names every key of sluice.config.example.yaml with its default, and no other', () => {
  const example = read('sluice.config.example.yaml')
  const shown = new Map(settingsOf(parse(example)))
  const rows = rowsOf('README.md', 'key')
  const isRule = (key: string) => /^accounts\[\]\.(policy|stores\[\])\.(?!id$)/.test(key)
  const ruleOf = (key: string) => key.replace(/^accounts\[\]\.(policy|stores\[\])/, 'defaults')
  expect([...shown.keys()].filter((key) => !rows.has(isRule(key) ? ruleOf(key) : key))).toEqual([])
  expect([...rows.keys()].filter((key) => !shown.has(key) && key !== 'accounts[].policy')).toEqual([])
  for (const [key, [given = '']] of rows) {
    const value = shown.get(key)
    if (value === undefined || /\$\{/.test(value) || /^(required|none)$/.test(given)) continue
    expect([key, given]).toEqual([key, value])
  }
})

test('the README explains every variable of the environment', () => {
  const named = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name!)
  const explained = new Set([...rowsOf('README.md', 'variable').keys()].flatMap((names) => names.split(', ')))
  const inExample = read('sluice.config.example.yaml')
  expect(named.filter((name) => !explained.has(name) && !inExample.includes(`\${${name}`))).toEqual([])
})

test('operations.md names every metric and attention code there is, and no other', () => {
  const operations = read('docs/operations.md')
  const metrics = namesIn(sources().map(read).join('\n'), /name: '(sluice_[a-z_]+)'/g)
  expect(namesIn(operations, /\b(sluice_[a-z_]+)/g)).toEqual(metrics)
  const codes = /type AttentionCode =((?:\s*\| '[\w-]+')+)/.exec(read('packages/orders/src/order.ts'))?.[1] ?? ''
  expect([...rowsOf('docs/operations.md', 'code').keys()].toSorted()).toEqual(namesIn(codes, /'([\w-]+)'/g))
})

test('every event of a log line that operations.md explains is written somewhere', () => {
  const code = sources().map(read).join('\n')
  const events = [...rowsOf('docs/operations.md', '`event`').keys()].flatMap((names) => names.split(', '))
  expect(events.filter((event) => !code.includes(`event: '${event}'`))).toEqual([])
})

test('every choice is linked from architecture.md', () => {
  const architecture = read('docs/architecture.md')
  expect(readdirSync(join(root, 'docs/adr')).filter((name) => !architecture.includes(`(adr/${name})`))).toEqual([])
})

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || headingsOf(file).includes(anchor)
}

/** As the platform that shows them makes anchors of them. */
function headingsOf(page: string): string[] {
  const headings = withoutFences(read(page)).matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^```.*?^```/gms, '')
}

function codeIn(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
}

/** Rows of the table whose head begins with `head`: first cell without backticks, then the other cells. */
function rowsOf(page: string, head: string): Map<string, string[]> {
  const lines = read(page).split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  if (start < 0) throw new Error(`${page} has no table that begins with ${head}`)
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'))
  const cells = lines.slice(start + 2, end).map((line) => line.split('|').map((cell) => cell.trim()))
  return new Map(cells.map(([, first = '', ...rest]) => [first.replaceAll('`', ''), rest]))
}

/** Every setting by its path, with its value as text; lists of groups are one group. */
function settingsOf(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
    return value.flatMap((item) => settingsOf(item, `${path}[]`))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    return [[path, Array.isArray(value) ? value.join(', ') : String(value)]]
  }
  return Object.entries(value).flatMap(([key, item]) => settingsOf(item, path === '' ? key : `${path}.${key}`))
}

function sources(): string[] {
  return globSync(['packages/**/src/**/*.ts', 'services/*/src/**/*.ts'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  })
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].toSorted()
}
