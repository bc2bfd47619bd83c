import type { Sql } from './connect.ts'
import { withDeadline } from './with-deadline.ts'

export interface Pool {
  /** Runs one statement; `unavailable` when there is no answer in time. */
  run<T>(statement: (sql: Sql) => Promise<T>): Promise<T>
  /** Cuts what still runs. */
  close(): Promise<void>
}

/**
 * The connections of one process. Connecting and every statement have time-outs of their own, and there is time left to wait
 * for a connection (connect.ts): when there is no answer after `answerTimeoutMs`, the other end of one is most likely gone
 * without a word (a host that is lost, a NAT or load balancer that forgot it), and the driver would use that connection for
 * ever. It does not tell which one it was, so all are given up and opened anew; whoever is at a good one meets `unavailable`,
 * as with any lost connection.
 */
export function createPool(open: () => Sql, answerTimeoutMs: number): Pool {
  let current = open()

  function replace(silent: Sql): void {
    // Somebody else has noticed, too.
    if (silent !== current) return
    current = open()
    void cut(silent)
  }

  return {
    run(statement) {
      const sql = current
      return withDeadline(statement(sql), answerTimeoutMs, () => replace(sql))
    },
    close: () => cut(current),
  }
}

/** Without a time-out the driver waits for ever for connections that were once lost. */
function cut(sql: Sql): Promise<void> {
  return sql.end({ timeout: 0 })
}
