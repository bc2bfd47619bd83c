import { join } from 'node:path'
import { cloneFolder } from './clone.ts'

/** Every service, in the order in which they are started and shown. */
export const serviceNames = [
  'ingress',
  'reservation',
  'assembly',
  'cancellation',
  'notification',
  'steward',
  'console',
] as const
export type ServiceName = (typeof serviceNames)[number]

export const simulatorNames = ['kuper', 'yandex-market', 'back-office'] as const
export type SimulatorName = (typeof simulatorNames)[number]

export function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name)
}

export function mainOfService(name: ServiceName): string {
  return join(cloneFolder, 'services', name, 'src/main.ts')
}

export function mainOfSimulator(name: SimulatorName): string {
  return join(cloneFolder, 'packages/sandbox/src', `${name}-main.ts`)
}
