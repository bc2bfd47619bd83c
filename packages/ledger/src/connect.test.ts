import { expect, test } from 'vitest'
import { answerTimeoutMs, connect } from './connect.ts'

test('a statement that has to wait for a connection behind a slow one is not taken for a lost server', async () => {
  // Does not connect before it is asked.
  const sql = connect('postgres://nobody@127.0.0.1:1/none', 1)
  const { connect_timeout: connectSeconds, connection } = sql.options
  const slowestMs = Number(connectSeconds) * 1_000 + 2 * Number(connection.statement_timeout)
  await sql.end()
  expect(slowestMs).toBeGreaterThan(0)
  expect(answerTimeoutMs).toBeGreaterThanOrEqual(slowestMs)
})
