import type { RawEnvironment } from '@sluice/runtime'

export type Path = readonly (string | number)[]
export interface PathFault {
  path: Path
  problem: string
}

const REFERENCE = /\$(\$?)\{([^}]*)\}/g
const VARIABLE = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/** Everybody knows these: with them webhooks could be forged and pickup codes computed. */
const PLACEHOLDER = 'change-me'

/**
 * A copy of a parsed YAML tree with `${VAR}` and `${VAR:-default}` in its texts replaced from the environment; `$${`
 * stands for `${`. Only values are looked at, after parsing: a variable can never add structure, and what it gives is
 * always text. An empty variable counts as unset.
 */
export function substituteVariables(
  tree: unknown,
  env: RawEnvironment,
  isSecret: (path: Path) => boolean,
): { tree: unknown; faults: PathFault[] } {
  const faults: PathFault[] = []

  function walk(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return resolve(value, path)
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]))
  }

  function resolve(text: string, path: Path): string {
    if (text.startsWith(PLACEHOLDER)) {
      faults.push({ path, problem: 'still is a placeholder. Give it a value of its own.' })
    }
    return text.replace(REFERENCE, (reference, escaped: string, inner: string) => {
      if (escaped) return reference.slice(1)
      const [, name, fallback] = VARIABLE.exec(inner) ?? []
      if (name === undefined) {
        // Not quoted: it may be half a password.
        faults.push({
          path,
          problem: `holds a \${ without the name of a variable. Write \${NAME}, or $\${ for a literal \${.`,
        })
        return ''
      }
      if (fallback !== undefined && isSecret(path)) {
        faults.push({ path, problem: `a secret takes no default. Write \${${name}} and set the variable.` })
        return ''
      }
      const value = env[name] || fallback
      if (value?.startsWith(PLACEHOLDER)) {
        faults.push({ path, problem: `${name} still is the placeholder of .env.example. Give it a value of its own.` })
      }
      if (value === undefined) {
        faults.push({ path, problem: `the environment variable ${name} is not set. Set it, see .env.example.` })
      }
      return value ?? ''
    })
  }

  return { tree: walk(tree, []), faults }
}
