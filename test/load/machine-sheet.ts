import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** What the figures were taken on. */
export interface MachineSheet {
  date: string
  cpu: string
  cores: number
  memoryGib: number
  system: string
  node: string
  redis: string
  postgres: string
  /** One-minute load average before the first and after the last measurement. */
  loadBefore: number
  loadAfter: number
}

export function readMachineSheet(servers: { redis: string; postgres: string }, loadBefore: number): MachineSheet {
  const [core] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: core?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    ...servers,
    loadBefore,
    loadAfter: currentLoad(),
  }
}

export function currentLoad(): number {
  return loadavg()[0] ?? Number.NaN
}
