// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration, not of the test
import { inspect } from 'node:util'
import { ConfigError } from '@sluice/runtime'
import { describe, expect, test } from 'vitest'
import { loadConfig } from './load-config.ts'
import { cabinet, faultsOf, loadText, minimal, minimalEnv } from './test-config.ts'

describe('loadConfig', () => {
  test('fills in what is left out', () => {
    expect(loadText(minimal, minimalEnv)).toEqual({
      backOffice: {
        url: 'http://127.0.0.1:8092/hs/sluice',
        token: 'back-office-secret',
        inboundTokens: ['inbound-secret'],
        timeoutMs: 10_000,
      },
      pickupCodeSecret: 'pickup-code-secret',
      retry: { delaysSeconds: [10, 30, 60, 120, 240], maxDelaySeconds: 1_800, maxAgeHours: 24 },
      effects: { leaseSeconds: 30 },
      workers: { concurrency: 50 },
      defaults: {},
      accounts: [
        {
          id: 'main',
          marketplace: 'kuper',
          numberPrefix: 'KU-',
          inbound: { clientTokens: ['client-token-secret'], basic: [], bearer: [] },
          api: expect.objectContaining({ scheme: 'oauth', baseUrl: 'http://127.0.0.1:8091', timeoutMs: 10_000 }),
          policy: {},
          stores: [{ id: '017' }],
        },
      ],
    })
  })

  test('the result is frozen at every depth', () => {
    const config = loadText(minimal, minimalEnv)
    expect(() => {
      config.accounts[0]!.stores[0]!.onShort = 'partial'
    }).toThrow(TypeError)
    expect(() => config.backOffice.inboundTokens.push('x')).toThrow(TypeError)
  })

  test('printed in whatever way, it shows no secret', () => {
    const config = loadText(minimal, minimalEnv)
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9 })]) {
      expect(text).not.toMatch(/secret(?!['":])/i)
      expect(text).toContain('KU-')
      expect(text).toContain('[redacted]')
    }
  })

  test('every fault at once, in the order of the file, with line, path and what to do', () => {
    const yaml = `
backOffice:
  url: ftp://1c.example
  tokn: abc
  inboundTokens: []
  timeoutMs: '10000'
pickupCodeSecret: \${PICKUP_CODE_SECRET}
retries: {}
defaults:
  onShort: partly
  sendAssembled: \${SEND_ASSEMBLED:-true}
  cancellationSlugs: { out_of_stok: x }
accounts:
  - id: main
    marketplace: kuper
    numberPrefix: KU-
    inbound: { clientTokens: ['\${KUPER_TOKEN:-changeme}'] }
    api: { baseUrl: kuper.example, clientId: id, clientSecret: '\${KUPER_CLIENT_SECRET}' }
    stores:
      - id: 017
      - id: a
        minShelfLifeDay: 3
      - id: a
  - id: main
    marketplace: kuper
    numberPrefix: KU-2
    inbound: {}
    api: { baseUrl: http://kuper.example, clientId: id, clientSecret: '' }
    stores: []
  - id: Other
    marketplace: kupre
`
    expect(
      faultsOf(yaml, { KUPER_CLIENT_SECRET: '' }).map((fault) => fault.replace('sluice.config.yaml:', '')),
    ).toEqual([
      '3 backOffice.url: must be an http or https address.',
      '3 backOffice.token: is what we show the back office: give it, or basic with user and password, but not both.',
      '4 backOffice.tokn: is an unknown key. Did you mean "token"?',
      '5 backOffice.inboundTokens: expected array to have >=1 items.',
      '6 backOffice.timeoutMs: must be a number, not a text. Quotes and variables always give text.',
      '7 pickupCodeSecret: the environment variable PICKUP_CODE_SECRET is not set. Set it, see .env.example.',
      '8 retries: is an unknown key. Did you mean "retry"?',
      '10 defaults.onShort: is not possible. Known here: cancel, partial.',
      '11 defaults.sendAssembled: must be true or false, not a text. Quotes and variables always give text.',
      '12 defaults.cancellationSlugs.out_of_stok: is an unknown key. Did you mean "out_of_stock"?',
      '17 accounts[0].inbound.clientTokens[0]: a secret takes no default. Write ${KUPER_TOKEN} and set the variable.',
      '18 accounts[0].api.clientSecret: the environment variable KUPER_CLIENT_SECRET is not set. Set it, see .env.example.',
      '18 accounts[0].api.baseUrl: must be an http or https address.',
      '20 accounts[0].stores[0].id: must be a text, not a number. Write it in quotes.',
      '22 accounts[0].stores[1].minShelfLifeDay: is an unknown key. Did you mean "minShelfLifeDays"?',
      '23 accounts[0].stores[2].id: is "a" like stores[1].id. List each store once.',
      '24 accounts[1].id: is "main" like accounts[0].id. Give each account its own.',
      '26 accounts[1].numberPrefix: "KU-2" and "KU-" of accounts[0] cannot be told apart: no prefix may begin with another. A number must name one account.',
      '27 accounts[1].inbound: needs at least one secret in clientTokens, basic or bearer: Kuper could not call us.',
      '28 accounts[1].api.clientSecret: must not be empty.',
      '29 accounts[1].stores: needs at least one store.',
      '31 accounts[2].marketplace: is not possible. Did you mean "kuper"?',
    ])
  })

  test('a fault never shows a secret', () => {
    const faults = faultsOf(minimal, { BACK_OFFICE_TOKEN: 'two words-hunter2' })
    expect(faults).toHaveLength(1)
    expect(faults.join()).not.toContain('hunter2')
  })

  test.each([
    [
      'oauth secrets under scheme',
      '      scheme:\n        clientId: ${SECRET}\n        clientSecret: hunter2\n',
      'api.scheme',
    ],
    ['a secret as scheme', '      scheme: ${SECRET}\n', 'api.scheme'],
    ['a list of secrets as scheme', '      scheme: [hunter2, "${SECRET}"]\n', 'api.scheme'],
    ['half a password after ${', '      clientId: pass${word-hunter2}\n', 'api.clientId'],
  ])('a slip that puts %s shows none of them', (_name, api, path) => {
    const yaml = minimal.replace(/^ {4}api:[^\n]*\n/m, `    api:\n      baseUrl: http://127.0.0.1:8091\n${api}`)
    const faults = faultsOf(yaml, { ...minimalEnv, SECRET: 'hunter2-of-the-environment' })
    expect(faults.join('\n')).toContain(`accounts[0].${path}: `)
    expect(faults.join('\n')).not.toMatch(/hunter2|undefined/)
  })

  test('what stands at the place of one word is named by its kind, never quoted', () => {
    const yaml = `
defaults: { onShort: { token: hunter2 } }
accounts:
  - marketplace:
      id: main
      inbound: { clientTokens: [hunter2] }
`
    const faults = faultsOf(yaml).join('\n')
    expect(faults).toContain('defaults.onShort: must be one of cancel, partial, not a group of keys.')
    expect(faults).toContain('accounts[0].marketplace: must be one of kuper, yandex-market, not a group of keys.')
    expect(faults).not.toContain('hunter2')
  })

  test('a lease shorter than the calls made under it is refused', () => {
    expect(faultsOf(`${minimal}\neffects: { leaseSeconds: 20 }`, minimalEnv)).toEqual([
      expect.stringMatching(/effects\.leaseSeconds: is too short for calls that may take 10000 ms: at least 30,/),
    ])
  })

  test('the slowest marketplace decides how long a lease must be', () => {
    const market = cabinet({ id: 'market', businessId: 1, store: '1' }).replace('apiKey', 'timeoutMs: 20000, apiKey')
    expect(faultsOf(minimal + market, minimalEnv)).toEqual([
      expect.stringMatching(/effects\.leaseSeconds: is too short for calls that may take 20000 ms: at least 60,/),
    ])
  })

  test('accounts of one marketplace whose webhooks could not be told apart are refused', () => {
    const first = cabinet({ id: 'first', businessId: 1, store: '1' })
    expect(faultsOf(minimal + first + cabinet({ id: 'second', businessId: 2, store: '2' }), minimalEnv)).toEqual([])
    expect(faultsOf(minimal + first + cabinet({ id: 'second', businessId: 1, store: '2' }), minimalEnv)).toEqual([
      expect.stringMatching(
        /accounts\[2\]\.businessId: is also that of accounts\[1\]: what comes in could not be told apart\.$/,
      ),
    ])
    expect(faultsOf(minimal + first + cabinet({ id: 'second', businessId: 2, store: '1' }), minimalEnv)).toEqual([
      expect.stringMatching(/accounts\[2\]\.stores\[0\]\.id: is also that of accounts\[1\]:/),
    ])
  })

  test('a store that the marketplace cannot have is refused: nobody would ever ask for its orders', () => {
    const market = cabinet({ id: 'market', businessId: 1, store: 'apteka-017' })
    expect(faultsOf(minimal + market, minimalEnv)).toEqual([
      expect.stringMatching(/accounts\[1\]\.stores\[0\]\.id: must be the id of a campaign, digits only\.$/),
    ])
  })

  test('the secret part of an address is a secret: hidden, and never with a default', () => {
    const market = cabinet({ id: 'market', businessId: 1, store: '1' })
    const segment = 'unguessable-segment'
    expect(JSON.stringify(loadText(minimal + market, minimalEnv))).not.toContain(segment)
    expect(faultsOf(minimal + market.replace(segment, `"\${SEGMENT:-${segment}}"`), minimalEnv)).toEqual([
      expect.stringContaining('pathSegments[0]: a secret takes no default.'),
    ])
  })

  test.each([
    ['no YAML', 'a: [1\nb: 2', 'sluice.config.yaml:2: is not YAML:'],
    ['a key twice', 'a: 1\na: 2', 'sluice.config.yaml:2: this key stands twice in its group. Remove one.'],
    ['nothing', '', 'sluice.config.yaml:1: must be a group of keys, not empty.'],
  ])('a file with %s is explained by line', (_name, yaml, expected) => {
    expect(faultsOf(yaml)[0]).toContain(expected)
  })

  test.each([
    ['that begins with *', 'a: 1\nb: *Tr0ub4dor-and-3', 2],
    ['that stands for its own group', 'a: &all\n  - *all', 2],
    ['that stands for far too much', bombed(), 2],
  ])('a value %s is a fault by line, and never shown', (_name, yaml, line) => {
    const problem = 'a value that begins with * must stand in quotes.'
    expect(new Set(faultsOf(yaml))).toEqual(new Set([`sluice.config.yaml:${line}: ${problem}`]))
  })

  test.each(['|Tr0ub4dor', '"\\uTr0ub4dor"', '!Tr0!ub4dor x', '"a" Tr0ub4dor', '@Tr0ub4dor', '{Tr0ub4dor: 1}: 2'])(
    'a secret without quotes that is no YAML is not shown: %s',
    (secret) => expect(faultsOf(`a: ${secret}`).join()).toMatch(/^(?!.*(Tr0|ub4)).+$/s),
  )

  test('what is marked may be repeated', () => {
    const yaml =
      minimal.replace("- id: '017'", "- &store { id: '017' }") + cabinet({ id: 'b', businessId: 1, store: '1' })
    expect(faultsOf(yaml.replace("[{ id: '1' }]", '[*store]').replace("'017'", "'17'"), minimalEnv)).toEqual([])
  })

  test('a file that is not there: says which and what to do', () => {
    expect(() => loadConfig({ SLUICE_CONFIG: '/nowhere/sluice.config.yaml' })).toThrow(
      /SLUICE_CONFIG: \/nowhere\/sluice\.config\.yaml cannot be read \(ENOENT\)\. Copy sluice\.config\.example\.yaml/,
    )
    expect(() => loadConfig({ SLUICE_CONFIG: '/nowhere' })).toThrow(ConfigError)
  })
})

/** Ten to the fifth. */
function bombed(): string {
  const lists = ['a', 'b', 'c', 'd', 'e'].map((name, at, names) => {
    const inside = at === 0 ? 'x' : `*${names[at - 1]}`
    return `${name}: &${name} [${Array.from({ length: 10 }, () => inside).join(', ')}]`
  })
  return `{\n${lists.join(', ')} }`
}
