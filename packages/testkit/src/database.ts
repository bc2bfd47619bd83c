import { randomBytes } from 'node:crypto'
import postgres from 'postgres'

export interface TestDatabase {
  url: string
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>
}

const template = 'sluice_test_template'

/** Who makes or copies the template holds this lock: a template must not have connections while it is copied. */
const templateLock = 5_710_240_912

/**
 * A database of its own for one test file, copied from a migrated template. The template is made by the first who asks and
 * brought up to date by everybody else; when it does not match the migrations any more, it is made anew.
 * The server is SLUICE_TEST_DATABASE_URL; without `migrate` the database is empty.
 */
export async function createTestDatabase(migrate?: (databaseUrl: string) => Promise<unknown>): Promise<TestDatabase> {
  const serverUrl = process.env.SLUICE_TEST_DATABASE_URL
  if (!serverUrl) throw new Error('SLUICE_TEST_DATABASE_URL is not set: node infra/local/with-servers.ts -- <command>')
  const name = `sluice_test_${randomBytes(6).toString('hex')}`
  const server = postgres(serverUrl, { max: 1, onnotice: () => {} })
  try {
    if (!migrate) await server`create database ${server(name)}`
    else {
      await server`select pg_advisory_lock(${templateLock}::bigint)`
      await prepareTemplate(server, urlOf(serverUrl, template), migrate)
      await server`create database ${server(name)} template ${server(template)}`
    }
  } finally {
    await server.end()
  }
  return {
    url: urlOf(serverUrl, name),
    async drop() {
      const again = postgres(serverUrl, { max: 1, onnotice: () => {} })
      await again`drop database if exists ${again(name)} with (force)`
      await again.end()
    },
  }
}

/** One statement from outside of Sluice: settings, cut connections. */
export async function runStatement(databaseUrl: string, statement: string): Promise<void> {
  const server = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await server.unsafe(statement)
  } finally {
    await server.end()
  }
}

async function prepareTemplate(
  server: postgres.Sql,
  url: string,
  migrate: (databaseUrl: string) => Promise<unknown>,
): Promise<void> {
  const [existing] = await server`select from pg_database where datname = ${template}`
  if (existing) {
    try {
      await migrate(url)
      return
    } catch {
      // Made by another state of the migrations.
      await server`drop database ${server(template)} with (force)`
    }
  }
  await server`create database ${server(template)}`
  await migrate(url)
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
