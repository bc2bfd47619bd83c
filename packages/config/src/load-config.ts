import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { inspect } from 'node:util'
import { ConfigError, type ConfigFault, isSecretKey, type RawEnvironment, redactSecrets } from '@sluice/runtime'
import { type Alias, type Document, LineCounter, parseDocument, visit } from 'yaml'
import { type Config, configSchema } from './config-schema.ts'
import { explainIssue } from './explain-issue.ts'
import { findClashes } from './find-clashes.ts'
import { type Path, type PathFault, substituteVariables } from './substitute-variables.ts'

const DEFAULT_FILE = 'sluice.config.yaml'

/**
 * The configuration from the YAML file named by `SLUICE_CONFIG`, with variables of the environment in it, checked as a
 * whole and frozen. Throws one ConfigError with every fault, each with its line and path and without any secret. Printed
 * by accident (`console.log`, `JSON.stringify`) it shows no secrets either.
 */
export function loadConfig(env: RawEnvironment): Config {
  const file = env.SLUICE_CONFIG || DEFAULT_FILE
  const lines = new LineCounter()
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  if (document.errors.length > 0) throw new ConfigError(explainSyntax(document, basename(file), lines))
  const { tree, faults } = substituteVariables(toTree(document, basename(file), lines), env, isSecretPath)
  const parsed = configSchema.safeParse(tree)
  if (!parsed.success) {
    const isKnown = (path: Path) => faults.some((fault) => fault.path.join('\0') === path.join('\0'))
    faults.push(
      ...parsed.error.issues.flatMap((issue) => explainIssue(issue, tree)).filter(({ path }) => !isKnown(path)),
    )
  }
  faults.push(...findClashes(tree))
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(
      faults
        .map((fault) => ({ ...fault, line: lineOf(document, lines, fault.path) }))
        .sort((a, b) => a.line - b.line)
        .map(({ path, line, problem }) => ({ where: `${basename(file)}:${line} ${showPath(path)}`.trim(), problem })),
    )
  }
  return freeze(hideSecrets(parsed.data))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (err) {
    throw new ConfigError([
      {
        where: 'SLUICE_CONFIG',
        problem:
          `${file} cannot be read (${(err as NodeJS.ErrnoException).code}). ` +
          'Copy sluice.config.example.yaml and set SLUICE_CONFIG to the path of the copy.',
      },
    ])
  }
}

/** After the first syntax error the parser only stumbles on; keys that stand twice are independent of each other. */
function explainSyntax(document: Document, file: string, lines: LineCounter): ConfigFault[] {
  return document.errors
    .filter((error, index) => index === 0 || error.code === 'DUPLICATE_KEY')
    .map((error) => ({
      where: `${file}:${lines.linePos(error.pos[0]).line}`,
      problem:
        error.code === 'DUPLICATE_KEY'
          ? 'this key stands twice in its group. Remove one.'
          : `is not YAML: ${withoutSource(error.message)}. A \${NAME} inside { } or [ ] must stand in quotes.`,
    }))
}

/** The parser quotes what it stumbled over, behind a colon or as an escape, and that may be half a password. */
function withoutSource(message: string): string {
  return message.replace(/(?::| \\).*$/s, '').replace(/\.$/, '')
}

/** What `*` stands for is looked up only here. The parser names in its message what it did not find: a secret without quotes. */
function toTree(document: Document, file: string, lines: LineCounter): unknown {
  const aliases: Alias[] = []
  visit(document, { Alias: (_, alias) => void aliases.push(alias) })
  const faulty = aliases.filter((alias) => isDangling(alias, document))
  try {
    if (faulty.length === 0) return document.toJS()
  } catch {
    // So many of them that they would not fit into memory.
    faulty.push(...aliases)
  }
  throw new ConfigError(
    faulty.map(({ range }) => ({
      where: `${file}:${lines.linePos(range?.[0] ?? 0).line}`,
      problem: 'a value that begins with * must stand in quotes.',
    })),
  )
}

/** It stands for nothing, or for what it is itself a part of. */
function isDangling(alias: Alias, document: Document): boolean {
  const [from = 0, , to = 0] = alias.resolve(document)?.range ?? []
  const at = alias.range?.[0] ?? 0
  return to === 0 || (from <= at && at < to)
}

function isSecretPath(path: Path): boolean {
  return path.some((key) => typeof key === 'string' && isSecretKey(key))
}

/** Of the value, or of what should contain it. */
function lineOf(document: Document, lines: LineCounter, path: PathFault['path']): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[]) : undefined
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line
  }
  return 1
}

function showPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}

function hideSecrets(config: Config): Config {
  const shown = { value: () => redactSecrets({ ...config }), enumerable: false }
  return Object.defineProperties(config, { toJSON: shown, [inspect.custom]: shown })
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const item of Object.values(value)) freeze(item)
  }
  return value
}
