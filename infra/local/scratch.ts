import { createLedger } from '@sluice/ledger'
import { scenarios } from '@sluice/sandbox'
import { awaitEnds, observe, placeOrder, quicken } from './live-orders.ts'
import { createRunFolder, removeRunFolder } from './run-folder.ts'
import { startStack } from './stack.ts'

const run = createRunFolder()
console.log(run.path)
const stack = await startStack({
  run,
  processes: { console: 0 },
  show: (n, l) => {
    if (/"level":"(error)"/.test(l)) console.log(n, l.slice(0, 300))
  },
})
const ledger = createLedger({
  databaseUrl: stack.servers.databaseUrl,
  settingsFor: () => {
    throw new Error('x')
  },
})
try {
  const o = observe(stack.urls, ledger)
  await quicken(o)
  const only = process.argv[2]
  const list = only ? scenarios.filter((s) => s.name.includes(only)) : scenarios
  const orders = []
  for (const [i, s] of list.entries()) orders.push(await placeOrder(o, s, `H${String(1000000000 + i)}`))
  await awaitEnds(o, orders, { timeoutMs: 40_000 })
  for (const x of orders)
    if (x.deviations.length)
      console.log(`✗ ${x.scenario.family} ${x.scenario.name} ${x.number}\n   ${x.deviations.join('\n   ')}`)
  console.log(orders.filter((x) => !x.deviations.length).length, 'of', orders.length)
  console.log(
    'slowest',
    orders
      .map((x) => [x.scenario.name, (x.endedAt ?? 0) - x.placedAt] as const)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5),
  )
  const s = await o.kuper.getSummary()
  console.log(JSON.stringify(s.violations), JSON.stringify(s.remarks), s.webhooks)
  console.log(JSON.stringify((await o.backOffice.getSummary()).violations))
  if (process.env.DUMP)
    for (const x of orders) {
      const t = await ledger.orderTimeline(x.number)
      for (const e of t?.entries ?? []) console.log(JSON.stringify(e).slice(0, 330))
      console.log(JSON.stringify(t?.order.effects))
    }
} finally {
  await ledger.close()
  await stack.stop()
  if (!process.env.KEEP) removeRunFolder(run)
}
