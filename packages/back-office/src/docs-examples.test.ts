import { readFileSync } from 'node:fs'
import { createBackOfficeControl, createBackOfficeSimulator } from '@sluice/sandbox'
import { expect, it } from 'vitest'
import { inboundEventTypes } from './inbound-schema.ts'
import { newsTypes } from './news-schema.ts'
import { readBackOfficeEvents } from './read-back-office-events.ts'

const page = readFileSync(new URL('../../../docs/back-office.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```bash\n(curl [\s\S]*?)\n# (\d{3})/g)].map(([, command = '', status]) => ({
  ...readCurl(command),
  status: Number(status),
}))

/** Just the options the page uses. */
function readCurl(command: string) {
  const header = [...command.matchAll(/-H ["']([\w-]+): ([^"']*)["']/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ])
  return {
    method: /-X (\w+)/.exec(command)?.[1] ?? 'GET',
    address: /"(\$\w+)([^"]*)"/.exec(command)?.slice(1, 3) as [string, string],
    headers: Object.fromEntries(header) as Record<string, string>,
    body: /-d '([\s\S]*?)'/.exec(command)?.[1],
  }
}

it('the back office of the sandbox answers every call of docs/back-office.md as the page says', async () => {
  const simulator = createBackOfficeSimulator({ settings: { stepMs: 1, plan: { pickLines: false } } })
  const { url } = await simulator.start()
  const control = createBackOfficeControl(url)
  const ours = examples.filter(({ address }) => address[0] === '$BACK_OFFICE')
  const isAbout = (path: string) => (one: (typeof ours)[number]) => one.address[1].startsWith(path)
  const send = async ({ method, address, headers, body, status }: (typeof ours)[number]) => {
    const authorization = headers.Authorization?.replace('$TOKEN', 'sandbox-back-office') ?? ''
    const response = await fetch(url + address[1], {
      method,
      headers: { ...headers, Authorization: authorization },
      ...(body && { body }),
    })
    expect(response.status, `${method} ${address[1]}`).toBe(status)
  }
  try {
    // Cancelled before the document ...
    await control.changeSettings({ stepMs: 3_600_000 })
    for (const one of ours.filter((one) => !isAbout('/returns')(one) && !isAbout('/order-events')(one))) await send(one)
    // ... and another time after it.
    await control.reset()
    const reserve = ours.find(({ method }) => method === 'PUT')
    if (reserve) await send(reserve)
    await expect.poll(async () => (await control.findOrder('KU-H1234567890'))?.reservation).toBe('used')
    for (const one of ours.filter((one) => isAbout('/returns')(one) || isAbout('/order-events')(one))) await send(one)
    expect((await control.listFindings()).violations).toEqual([])
    expect(ours.map(({ method, address }) => `${method} ${address[1].split('/')[1]}`).toSorted()).toEqual([
      'DELETE reservations',
      'POST order-events',
      'POST order-events',
      'POST returns',
      'POST stock',
      'PUT reservations',
    ])
  } finally {
    await simulator.stop()
  }
})

it('Sluice accepts every event of docs/back-office.md', () => {
  const toSluice = examples.filter(({ address }) => address.join('') === '$SLUICE/back-office/events')
  const results = toSluice.flatMap(({ body = '', headers, status }) => {
    expect(headers.Authorization).toBe('Bearer $SLUICE_TOKEN')
    expect(status).toBe(202)
    const messages = readBackOfficeEvents(body)
    return messages.kind === 'list' ? messages.results : []
  })
  expect(results.filter(({ kind }) => kind === 'rejected')).toEqual([])
  const sent = toSluice.flatMap(({ body = '' }) => JSON.parse(body) as { type: string } | { type: string }[])
  expect([...new Set(sent.map(({ type }) => type))].toSorted()).toEqual(inboundEventTypes.toSorted())
  expect(results).toHaveLength(sent.length)
})

it('the page names every event and every piece of news', () => {
  for (const type of [...inboundEventTypes, ...newsTypes]) expect(page).toContain(`\`${type}\``)
})
