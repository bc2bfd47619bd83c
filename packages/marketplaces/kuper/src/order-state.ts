import type { KuperStep } from './notification.ts'

/** Kuper's states in their order (specification 8.1). `canceled` and states nobody knows yet stand outside. */
const STATES = [
  'pending',
  'ready',
  'accepted',
  'collecting',
  'assembled',
  'ready_to_ship',
  'shipping',
  'shipped',
] as const

/** The state that shows a step to have been done, where one does: pickup codes and estimates never show. */
const targetStates: Partial<Record<KuperStep, (typeof STATES)[number]>> = {
  accepted: 'accepted',
  in_work: 'collecting',
  assembled: 'assembled',
  ready: 'ready_to_ship',
  delivering: 'shipping',
  delivered: 'shipped',
}

/** Whether the order's state at Kuper shows that the step was done or overtaken. */
export function isDoneIn(step: KuperStep, state: string): boolean {
  if (step === 'canceled') return state === 'canceled'
  const target = targetStates[step]
  return target !== undefined && isAtOrPast(state, target)
}

/**
 * Whether the state of every order tells if the step was done. An acceptance leaves some orders in `ready`, an assembly in
 * `collecting` (specification 11.8): those are simply repeated after an unclear outcome.
 */
export function isVisible(step: KuperStep): boolean {
  switch (step) {
    case 'in_work':
    case 'ready':
    case 'delivering':
    case 'delivered':
    case 'canceled':
      return true
    case 'accepted':
    case 'assembled':
    case 'pickup_code':
    case 'estimated_delivery':
      return false
  }
}

/** False for `canceled` and unknown states: they cannot be compared. */
export function isAtOrPast(state: string, target: (typeof STATES)[number]): boolean {
  return (STATES as readonly string[]).indexOf(state) >= STATES.indexOf(target)
}
