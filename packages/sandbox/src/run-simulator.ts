import { Hono } from 'hono'
import { addHealth, type Listening, type Log, listen } from './serve.ts'
import { createStateFile } from './state-file.ts'
import { createRealTimers, type Timers, watchTimers } from './timers.ts'

/** What every simulator can be told when it is made. */
export interface RunOptions {
  /** Where `start` listens; 0 picks a free port. */
  port?: number
  hostname?: string
  timers?: Timers
  /** How many orders, calls and messages are remembered. */
  memoryLimit?: number
  /** Where `start` finds the state of the last run, and where it is kept; without it, in memory alone. */
  stateFile?: string
  log?: Log
}

/** What one simulator brings of its own. */
export interface Kept<S> {
  /** The simulator's own objects: to be copied or written before anything else happens. */
  snapshot(): S
  /** Forgets everything and goes on where the snapshot was taken; the time in between does not count. Takes its objects. */
  restore(snapshot: S): void
  /** Forgets everything; what is scheduled no longer happens. */
  clear(): void
  /** It listens now. */
  started?(): void
}

export interface Simulator<S> {
  app: Hono
  /** Throws before `start`. */
  readonly url: string
  start(): Promise<{ url: string }>
  /** Stops listening and everything that is scheduled; saves the state first, where it is kept. */
  stop(): Promise<void>
  snapshot: Kept<S>['snapshot']
  restore: Kept<S>['restore']
}

/** What `build` works with. */
export interface Running {
  /** With health and readiness; every call that is no GET counts as a change. */
  app: Hono
  timers: Timers
  memoryLimit: number
  /** Something worth keeping has happened that neither a call nor a timer tells. */
  changed(): void
  /** Writes the state now. */
  save(): void
}

/**
 * A simulator of its parts: one HTTP server, one clock, one state file. `name` and version of the state's `shape`: a file
 * of another shape is put aside.
 */
export function runSimulator<S>(
  options: RunOptions,
  identity: { name: string; shape: string },
  build: (running: Running) => Kept<S>,
): Simulator<S> {
  const ownTimers = options.timers ?? createRealTimers()
  const { stateFile: path, log = () => {} } = options
  const stateFile =
    path === undefined
      ? undefined
      : createStateFile<S>({
          path,
          shape: identity.shape,
          snapshot: () => kept.snapshot(),
          restore: (state) => kept.restore(state),
          clear: () => kept.clear(),
          timers: ownTimers,
          log,
        })
  const app = new Hono()
  addHealth(app)
  if (stateFile !== undefined) {
    app.use(async (c, next) => {
      await next()
      if (c.req.method !== 'GET') stateFile.changed()
    })
  }
  const kept = build({
    app,
    timers: stateFile === undefined ? ownTimers : watchTimers(ownTimers, stateFile.changed),
    memoryLimit: options.memoryLimit ?? 20_000,
    changed: () => stateFile?.changed(),
    save: () => stateFile?.save(),
  })
  let listening: Listening | undefined

  return {
    app,
    get url() {
      if (listening === undefined) throw new Error(`the ${identity.name} simulator has not been started`)
      return listening.url
    },
    async start() {
      // Before the first call can come: it may be about an order of the last run.
      stateFile?.load()
      listening = await listen(app, {
        port: options.port ?? 0,
        ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
      })
      kept.started?.()
      return { url: listening.url }
    },
    async stop() {
      await listening?.close()
      listening = undefined
      stateFile?.close()
      kept.clear()
    },
    snapshot: () => kept.snapshot(),
    restore: (snapshot) => kept.restore(snapshot),
  }
}
