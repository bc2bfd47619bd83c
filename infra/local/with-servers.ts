import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { cloneFolder } from './clone.ts'
import { tellFault } from './progress.ts'
import { createRunFolder, removeRunFolder, sweepDeadRuns } from './run-folder.ts'
import { startServers } from './servers.ts'

/**
 * `node infra/local/with-servers.ts -- <command...>` runs a command beside throw-away Postgres and Redis, named to it
 * by DATABASE_URL, REDIS_URL, SLUICE_TEST_DATABASE_URL and SLUICE_TEST_REDIS_URL. Exits as the command does.
 */
const command = process.argv.slice(process.argv[2] === '--' ? 3 : 2)

async function main(): Promise<number> {
  const [program, ...args] = command
  if (program === undefined) throw new Error('usage: node infra/local/with-servers.ts -- <command...>')
  await sweepDeadRuns()
  const run = createRunFolder()
  try {
    const servers = await startServers({ run, step: (_name, work) => work(() => undefined) })
    try {
      return await runCommand(program, args, {
        DATABASE_URL: servers.databaseUrl,
        REDIS_URL: servers.redisUrl,
        SLUICE_TEST_DATABASE_URL: servers.databaseUrl,
        SLUICE_TEST_REDIS_URL: servers.redisUrl,
      })
    } finally {
      await servers.stop()
    }
  } finally {
    removeRunFolder(run)
  }
}

function runCommand(program: string, args: string[], env: Record<string, string>): Promise<number> {
  const PATH = [join(cloneFolder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env, PATH } })
    // Ctrl-C reaches the command itself; a signal sent to us alone is passed on.
    process.on('SIGINT', () => undefined)
    process.on('SIGTERM', () => child.kill('SIGTERM'))
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 1))
  })
}

process.exitCode = await main().catch(tellFault)
