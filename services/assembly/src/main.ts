import { runWorker } from '@sluice/worker'

/** Assembly, courier, payment and delivery: records what happened. Its only effect is the alarm clock of an order. */
await runWorker('assembly', () => ({
  // The ledger lets a timer be claimed only when its time has come; that it has is all there is to say.
  'watch-deadline': async () => ({ outcome: { kind: 'done' } }),
}))
