import { Hono } from 'hono'
import { z } from 'zod'

/** What the control API of every simulator can be asked for. */
export interface CommonControl<F> {
  faults: { add(fault: F): number; remove(id: number): void; clear(): void; list(): unknown[] }
  settings: () => unknown
  changeSettings: (patch: unknown) => unknown
  reset: () => void
}

/** Thrown by routes: answered 404. */
export class NotThere extends Error {
  constructor(what = 'order') {
    super(`no such ${what}`)
  }
}

/** One of a kind, or a list of them; always read as a list. */
export const oneOrMany = <T extends z.ZodType>(schema: T) =>
  z.union([schema.transform((one) => [one]), z.array(schema)]) as z.ZodType<z.output<T>[]>

/** The simulator's own side: faults, settings, reset. Wrong input is 400 with zod's issues, an unknown thing 404. */
export function createControlApp<F>(deps: CommonControl<F>, faultSchema: z.ZodType<F>): Hono {
  const app = new Hono()

  app.onError((err, c) => {
    if (err instanceof z.ZodError) return c.json({ error: 'invalid', issues: err.issues }, 400)
    if (err instanceof SyntaxError) return c.json({ error: 'not JSON' }, 400)
    if (err instanceof NotThere) return c.json({ error: err.message }, 404)
    throw err
  })

  app.get('/faults', (c) => c.json(deps.faults.list()))
  app.post('/faults', async (c) => {
    const faults = oneOrMany(faultSchema).parse(await c.req.json())
    return c.json(
      faults.map((fault) => ({ id: deps.faults.add(fault) })),
      201,
    )
  })
  app.delete('/faults', (c) => {
    deps.faults.clear()
    return c.body(null, 204)
  })
  app.delete('/faults/:id', (c) => {
    deps.faults.remove(Number(c.req.param('id')))
    return c.body(null, 204)
  })

  app.get('/settings', (c) => c.json(deps.settings() as object))
  app.post('/settings', async (c) => c.json(deps.changeSettings(await c.req.json()) as object))
  app.post('/reset', (c) => {
    deps.reset()
    return c.body(null, 204)
  })
  return app
}
