import { z } from 'zod'
import { configSchema } from './config-schema.ts'
import type { Path, PathFault } from './substitute-variables.ts'
import { suggest } from './suggest.ts'

/**
 * One or more faults in words for whoever writes the YAML. `tree` is what was parsed, with the variables in it: what stands
 * there is never quoted, since after a slip of indentation it may be a secret. Whoever has the file sees it at that line.
 */
export function explainIssue(issue: z.core.$ZodIssue, tree: unknown): PathFault[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      problem: `is an unknown key.${suggest(key, knownKeys(path))}`,
    }))
  }
  const value = valueAt(tree, path)
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    if (value === undefined) return [{ path, problem: `is missing: one of ${options(issue).join(', ')}.` }]
    return [{ path, problem: notAmong(options(issue), value) }]
  }
  // Of what is left out only its default can be wrong, and then the issue says how.
  if (value === undefined && issue.code !== 'custom') return [{ path, problem: `is missing${wanted(issue)}.` }]
  if (issue.code === 'invalid_type')
    return [{ path, problem: `${mustBe(issue.expected)}, not ${named(value)}.${hint(issue.expected, value)}` }]
  if (issue.code === 'invalid_value') return [{ path, problem: notAmong(issue.values.map(String), value) }]
  return [{ path, problem: `${issue.message.replace(/^Too (?:small|big): |\.$/g, '')}.` }]
}

function notAmong(words: string[], value: unknown): string {
  if (typeof value === 'string') return `is not possible.${suggest(value, words)}`
  return `must be one of ${words.join(', ')}, not ${named(value)}.`
}

/** Where one of them has a default, `undefined` is among them. */
function options(issue: z.core.$ZodIssueInvalidUnion): string[] {
  return 'options' in issue ? (issue.options ?? []).filter((option) => option !== undefined).map(String) : []
}

function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `: ${article(issue.expected)}`
  if (issue.code === 'invalid_value') return `: ${issue.values.join(' or ')}`
  return ''
}

function mustBe(expected: string): string {
  return `must be ${article(expected)}`
}

const ARTICLES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
}

function article(expected: string): string {
  return ARTICLES[expected] ?? expected
}

function named(value: unknown): string {
  if (value === null) return 'empty'
  return article(Array.isArray(value) ? 'array' : typeof value)
}

function hint(expected: string, value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return ' Write it in quotes.'
  if (typeof value === 'string' && ARTICLES[expected] !== undefined) return ' Quotes and variables always give text.'
  return ''
}

export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    tree,
  )
}

type Node = z.core.JSONSchema.JSONSchema

/** Read off the schema as JSON Schema, whose shape is documented, unlike the inside of zod. */
function knownKeys(path: Path): string[] {
  let nodes = alternatives(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }))
  for (const key of path) nodes = nodes.flatMap((node) => childrenOf(node, key).flatMap(alternatives))
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))]
}

function alternatives(node: Node): Node[] {
  const parts = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]
  return [node, ...parts.flatMap((part) => alternatives(part as Node))]
}

function childrenOf(node: Node, key: string | number): Node[] {
  const child = typeof key === 'number' ? node.items : node.properties?.[key]
  return typeof child === 'object' && !Array.isArray(child) ? [child as Node] : []
}
