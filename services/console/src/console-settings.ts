import { ConfigError, type RawEnvironment } from '@sluice/runtime'

/**
 * Names under which the console may be asked for besides those of this machine: `HOST` unless it is a wildcard, and the
 * comma-separated `CONSOLE_HOSTS` (for a proxy in front of it). Lower case, without ports.
 */
export function readOwnHosts({ HOST, CONSOLE_HOSTS }: RawEnvironment): string[] {
  const named = (CONSOLE_HOSTS ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  const faulty = named.filter((name) => !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
  if (faulty.length > 0) {
    const problem = 'must be host names without scheme and port, separated by commas: console.example, sluice.local.'
    throw new ConfigError([{ where: 'CONSOLE_HOSTS', problem }])
  }
  return HOST === undefined || ['', '0.0.0.0', '::'].includes(HOST) ? named : [HOST.toLowerCase(), ...named]
}
