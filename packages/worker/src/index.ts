export { CRASH_POINTS, type CrashPoint } from './crash-point.ts'
export type { Perform, Performed, Performers } from './handle-effect.ts'
export { orderSettings } from './order-settings.ts'
export { runWorker, type WorkerContext } from './run-worker.ts'
