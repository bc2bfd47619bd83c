import type { EventJob, JobEnvelope, JobEvent } from '@sluice/contracts'
import type { EventEnvelope, OrderEvent, ResultEvent } from '@sluice/orders'
import { expectTypeOf, test } from 'vitest'

/** Checked by the compiler: this file does not compile when packages/contracts and packages/orders part. */
test('every event that is not the result of an effect can travel as a job, unchanged', () => {
  expectTypeOf<JobEvent>().toEqualTypeOf<Exclude<OrderEvent, ResultEvent>>()
  expectTypeOf<JobEnvelope>().toEqualTypeOf<EventEnvelope<Exclude<OrderEvent, ResultEvent>>>()
  expectTypeOf<EventJob['envelope']>().toExtend<EventEnvelope>()
})
