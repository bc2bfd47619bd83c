import type { Hono } from 'hono'
import { z } from 'zod'
import type { Memory } from '../calls.ts'
import { type CommonControl, createControlApp, NotThere } from '../control-routes.ts'
import type { BackOfficeCall } from './answer-call.ts'
import type { ConversationDesk } from './conversation-desk.ts'
import { type Fault, type Faults, faultSchema } from './faults.ts'
import type { Findings } from './findings.ts'
import type { OrderDesk } from './order-desk.ts'
import type { Settings } from './settings.ts'
import type { Stock } from './stock.ts'
import type { BackOfficeSummary } from './summary.ts'

export interface ControlDeps extends CommonControl<Fault> {
  desk: OrderDesk
  conversations: ConversationDesk
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
  const { desk, stock } = deps
  const app = createControlApp(deps, faultSchema)

  app.get('/orders', (c) => c.json(desk.listOrders()))
  app.get('/orders/:orderNumber', (c) => {
    const order = desk.findOrder(c.req.param('orderNumber'))
    if (!order) throw new NotThere()
    return c.json(order)
  })
  app.get('/conversations', (c) => c.json(deps.conversations.list()))
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

  return app
}
