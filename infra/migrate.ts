// By path: everything the root package depends on is for development, and the image has none of it.
import { migrate } from '../packages/ledger/src/index.ts'

// Brings the database of DATABASE_URL to the newest schema and ends. Any number may run at once; repeating is harmless.
const { DATABASE_URL } = process.env
if (!DATABASE_URL) {
  console.error('migrate: DATABASE_URL is not set.')
  process.exit(78)
}
const applied = await migrate(DATABASE_URL)
console.log(applied.length === 0 ? 'migrate: up to date' : `migrate: applied ${applied.join(', ')}`)
