import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import type { BoardQueues } from '@sluice/queue'
import { redactForLog } from '@sluice/runtime'
import { Hono } from 'hono'

/**
 * The raw queues, to look at. Read-only twice: bull-board refuses changes to such queues, and whatever is not a GET does not
 * reach it at all. Job data is shown without personal data.
 */
export function createBoard({ queues }: Pick<BoardQueues, 'queues'>, basePath: string): Hono {
  const serverAdapter = new HonoAdapter(serveStatic).setBasePath(basePath)
  createBullBoard({
    queues: queues.map((queue) => {
      const adapter = new BullMQAdapter(queue, { readOnlyMode: true })
      for (const field of ['data', 'returnValue', 'progress'] as const) adapter.setFormatter(field, redactForLog)
      return adapter
    }),
    serverAdapter,
    options: {
      uiBasePath: dirname(fileURLToPath(import.meta.resolve('@bull-board/ui/package.json'))),
      uiConfig: {
        boardTitle: 'Sluice queues',
        miscLinks: [{ text: 'Back to the console', url: '/' }],
      },
    },
  })
  const app = new Hono()
  app.use(async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return c.text('The raw queues are only for looking.', 405)
    return next()
  })
  return app.route('/', serverAdapter.registerPlugin())
}
