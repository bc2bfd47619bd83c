import { ConfigError, type RawEnvironment } from '@sluice/runtime'

export interface ConsoleSettings {
  /** Where it listens. Not `HOST`, which opens ingress to the network: the console asks for no password. */
  host: string
  /** Others than this machine may reach it. */
  isOpen: boolean
  /** Names under which it may be asked for besides those of this machine. Lower case, without ports. */
  ownHosts: string[]
}

/** From `CONSOLE_HOST`, and the comma-separated `CONSOLE_HOSTS` (for a proxy in front of it). Throws a ConfigError. */
export function readConsoleSettings({ CONSOLE_HOST, CONSOLE_HOSTS = '' }: RawEnvironment): ConsoleSettings {
  const host = CONSOLE_HOST || '127.0.0.1'
  const named = CONSOLE_HOSTS.split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  const faulty = named.filter((name) => !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
  if (faulty.length > 0) {
    const problem = 'must be host names without scheme and port, separated by commas: console.example, sluice.local.'
    throw new ConfigError([{ where: 'CONSOLE_HOSTS', problem }])
  }
  const ownHosts = ['0.0.0.0', '::'].includes(host) ? named : [host.toLowerCase(), ...named]
  return { host, isOpen: !isLoopback(host.toLowerCase()), ownHosts }
}

/** A name or address without brackets. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
}
