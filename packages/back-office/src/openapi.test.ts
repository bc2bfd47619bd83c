import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { inboundEventTypes } from './inbound-schema.ts'
import { newsTypes, orderEventSchema } from './news-schema.ts'
import { readBackOfficeEvents } from './read-back-office-events.ts'
import {
  alreadyUsedAnswerSchema,
  reservationRequestSchema,
  reservedAnswerSchema,
  returnRequestSchema,
  shortAnswerSchema,
  stockAnswerSchema,
  stockQuerySchema,
} from './wire-schema.ts'

type Node = { [key: string]: Node } & Node[]
const METHODS = ['get', 'post', 'put', 'delete']
const document = parse(readFileSync(new URL('../openapi.yaml', import.meta.url), 'utf8')) as Node

/** Every body of the document: what it is called, its schema with references resolved, its examples. */
const bodies = Object.entries(document.paths!).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const operation = item[method]
    if (!operation) return []
    const request: [string, Node] = [`${method} ${path}`, operation.requestBody as Node]
    const answers = Object.entries(operation.responses!).map(([status, answer]): [string, Node] => [
      `${method} ${path} ${status}`,
      resolve(answer) as Node,
    ])
    return [request, ...answers].flatMap(([name, holder]) => {
      const media = holder?.content?.['application/json']
      if (!media) return []
      const examples = media.examples
        ? Object.entries(media.examples).map(([key, { value }]) => [key, value])
        : [['example', media.example]]
      return [{ name, schema: resolve(media.schema), examples: examples as [string, unknown][] }]
    })
  }),
)

/** A reference's own neighbours (`description`) win, as OpenAPI 3.1 allows. Throws where nothing is referred to. */
function resolve(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(resolve)
  if (typeof node !== 'object' || node === null) return node
  const { $ref, ...rest } = node as { $ref?: string }
  return {
    ...($ref === undefined ? {} : (resolve(lookUp($ref)) as object)),
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, resolve(value)])),
  }
}

function lookUp(ref: string): Node {
  const found = ref
    .split('/')
    .slice(1)
    .reduce<Node | undefined>((node, key) => node?.[key], document)
  if (!ref.startsWith('#/') || !found) throw new Error(`${ref} refers to nothing`)
  return found
}

const ours: Record<string, z.ZodType> = {
  'post /stock/query': stockQuerySchema,
  'post /stock/query 200': stockAnswerSchema,
  'put /reservations/{orderNumber}': reservationRequestSchema,
  'put /reservations/{orderNumber} 200': reservedAnswerSchema,
  'put /reservations/{orderNumber} 201': reservedAnswerSchema,
  'put /reservations/{orderNumber} 409': z.union([shortAnswerSchema, alreadyUsedAnswerSchema]),
  'delete /reservations/{orderNumber} 409': alreadyUsedAnswerSchema,
  'post /returns': returnRequestSchema,
  'post /order-events': orderEventSchema,
}

describe('openapi.yaml', () => {
  it('is an OpenAPI 3.1 document whose operations are complete', () => {
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.entries(document.paths!).flatMap(([path, item]) =>
      METHODS.flatMap((method) => (item[method] ? [{ path, item, operation: item[method] }] : [])),
    )
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(operations.length)
    for (const { path, item, operation } of operations) {
      expect(item.servers, path).toHaveLength(1)
      const parameters = [...((item.parameters ?? []) as Node[]), ...((operation.parameters ?? []) as Node[])].map(
        (parameter) => resolve(parameter) as { in: string; name: string },
      )
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
      expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      for (const [status, answer] of Object.entries(operation.responses!)) {
        expect(status).toMatch(/^[1-5]\d\d$/)
        expect((resolve(answer) as Node).description, `${path} ${status}`).toBeTypeOf('string')
      }
    }
  })

  it.each(bodies)('the examples of $name pass their own schema', ({ schema, examples }) => {
    const asZod = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
    for (const [key, example] of examples) expect(asZod.safeParse(example).error?.issues, key).toBeUndefined()
  })

  it.each(bodies.filter(({ name }) => ours[name]))('the examples of $name pass ours', ({ name, examples }) => {
    for (const [key, example] of examples) expect(ours[name]?.safeParse(example).error?.issues, key).toBeUndefined()
  })

  it('every body of the back office is checked against ours', () => {
    const unchecked = bodies
      .map(({ name }) => name)
      .filter((name) => !ours[name] && !/ (422|40[01])$|events/.test(name))
    expect(unchecked).toEqual([])
  })

  it('every event that the back office may send is there, and is read', () => {
    const body = bodies.find(({ name }) => name === 'post /back-office/events')
    const examples = new Map(body?.examples)
    expect([...examples.keys()].filter((key) => key !== 'list')).toEqual(inboundEventTypes)
    for (const [key, example] of examples) {
      const messages = readBackOfficeEvents(JSON.stringify(example))
      expect(messages.kind === 'list' && messages.results.filter(({ kind }) => kind === 'rejected'), key).toEqual([])
      if (key !== 'list') expect(example).toMatchObject({ type: key })
    }
    expect(document.components!.schemas!.Event!.properties!.type!.enum).toEqual(inboundEventTypes)
  })

  it('every piece of news that we tell is there', () => {
    const body = bodies.find(({ name }) => name === 'post /order-events')
    expect(body?.examples.map(([key]) => key)).toEqual(newsTypes)
    expect(document.components!.schemas!.News!.properties!.type!.enum).toEqual(newsTypes)
  })
})
