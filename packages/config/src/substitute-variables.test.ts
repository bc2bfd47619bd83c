// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration, not of the test
import { describe, expect, test } from 'vitest'
import { substituteVariables } from './substitute-variables.ts'

const substitute = (tree: unknown, env: Record<string, string> = {}) =>
  substituteVariables(tree, env, (path) => path.includes('token'))

describe('substituteVariables', () => {
  test.each([
    ['${A}', 'one'],
    ['x-${A}-${B}', 'x-one-two'],
    ['${NONE:-fallback}', 'fallback'],
    ['${NONE:-}', ''],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${A:-fallback}', 'one'],
    ['$${A}', '${A}'],
    ['$A costs 5$', '$A costs 5$'],
    ['${INJECTED}', 'a: {b: ${A}}'],
  ])('%s becomes %s', (text, expected) => {
    const env = { A: 'one', B: 'two', EMPTY: '', INJECTED: 'a: {b: ${A}}' }
    expect(substitute({ list: [text] }, env)).toEqual({ tree: { list: [expected] }, faults: [] })
  })

  test('keys, numbers and booleans stay as they are', () => {
    const tree = { '${A}': [1, true, null] }
    expect(substitute(tree, { A: 'x' }).tree).toEqual(tree)
  })

  test.each([
    [{ a: '${NONE}' }, ['a'], 'the environment variable NONE is not set. Set it, see .env.example.'],
    [{ a: ['${EMPTY}'] }, ['a', 0], 'the environment variable EMPTY is not set. Set it, see .env.example.'],
    [{ a: 'half${1x}' }, ['a'], 'holds a ${ without the name of a variable. Write ${NAME}, or $${ for a literal ${.'],
    [
      { a: '${PLACEHOLDER}' },
      ['a'],
      'PLACEHOLDER still is the placeholder of .env.example. Give it a value of its own.',
    ],
    [{ a: 'change-me-and-keep-me' }, ['a'], 'still is a placeholder. Give it a value of its own.'],
    [{ token: '${A:-x}' }, ['token'], 'a secret takes no default. Write ${A} and set the variable.'],
  ])('%j is a fault', (tree, path, problem) => {
    expect(substitute(tree, { EMPTY: '', A: 'set', PLACEHOLDER: 'change-me' }).faults).toEqual([{ path, problem }])
  })
})
