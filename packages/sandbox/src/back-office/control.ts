import { Hono } from 'hono'
import { z } from 'zod'
import type { Memory } from '../calls.ts'
import type { BackOfficeCall } from './answer-call.ts'
import { type Faults, faultSchema } from './faults.ts'
import type { Findings } from './findings.ts'
import type { OrderDesk } from './order-desk.ts'
import type { Settings } from './settings.ts'
import type { Stock } from './stock.ts'
import type { BackOfficeSummary } from './summary.ts'

export interface ControlDeps {
  desk: OrderDesk
  stock: Stock
  faults: Faults
  findings: Findings
  calls: Memory<BackOfficeCall>
  settings: () => Settings
  changeSettings: (patch: unknown) => Settings
  summarize: () => BackOfficeSummary
  reset: () => void
}

const lotsSchema = z.array(
  z.strictObject({
    storeId: z.string(),
    sku: z.string(),
    series: z.string().optional(),
    expiresOn: z.iso.date().optional(),
    quantity: z.number().min(0),
  }),
)
export type LotInput = z.input<typeof lotsSchema>[number]

/** The simulator's own side: `/_control/...`. Wrong input is 400 with zod's issues, an unknown order 404. */
export function createControl(deps: ControlDeps): Hono {
  const { desk, stock, faults } = deps
  const app = new Hono()

  app.onError((err, c) => {
    if (err instanceof z.ZodError) return c.json({ error: 'invalid', issues: err.issues }, 400)
    if (err instanceof SyntaxError) return c.json({ error: 'not JSON' }, 400)
    throw err
  })

  app.get('/orders', (c) => c.json(desk.listOrders()))
  app.get('/orders/:orderNumber', (c) => {
    const order = desk.findOrder(c.req.param('orderNumber'))
    return order ? c.json(order) : c.json({ error: 'no such order' }, 404)
  })
  app.get('/calls', (c) => {
    const orderNumber = c.req.query('orderNumber')
    const kind = c.req.query('kind')
    const chosen = deps.calls
      .list()
      .filter((call) => orderNumber === undefined || call.orderNumber === orderNumber)
      .filter((call) => kind === undefined || call.kind === kind)
    return c.json(chosen)
  })
  app.get('/summary', (c) => c.json(deps.summarize()))
  app.get('/violations', (c) => c.json({ violations: deps.findings.violations(), remarks: deps.findings.remarks() }))

  /** By order number or by the marketplace's id of the order; before or while it lives. */
  app.put('/plans/:key', async (c) => {
    desk.setPlan(c.req.param('key'), await c.req.json())
    return c.body(null, 204)
  })

  app.get('/stock', (c) => c.json({ totals: stock.totals(), lots: stock.list() }))
  /** Sets what is there of the articles it names; others stay as they are. */
  app.post('/stock', async (c) => {
    stock.set(lotsSchema.parse(await c.req.json()))
    return c.json({ totals: stock.totals() })
  })

  app.get('/faults', (c) => c.json(faults.list()))
  app.post('/faults', async (c) => {
    const given: unknown = await c.req.json()
    const added = z.array(faultSchema).parse(Array.isArray(given) ? given : [given])
    return c.json(
      added.map((fault) => ({ id: faults.add(fault) })),
      201,
    )
  })
  app.delete('/faults', (c) => {
    faults.clear()
    return c.body(null, 204)
  })
  app.delete('/faults/:id', (c) => {
    faults.remove(Number(c.req.param('id')))
    return c.body(null, 204)
  })

  app.get('/settings', (c) => c.json(deps.settings()))
  app.post('/settings', async (c) => c.json(deps.changeSettings(await c.req.json())))
  app.post('/reset', (c) => {
    deps.reset()
    return c.body(null, 204)
  })
  return app
}
