import postgres from 'postgres'
import { expect, test } from 'vitest'
import { LedgerError, needsPerson, toLedgerError } from './ledger-error.ts'

// The driver hands over all fields of the message; the declared type knows the text only.
const stateOf = (code: string) => Object.assign(new postgres.PostgresError({ message: 'postgres' } as never), { code })
const codeOf = (code: string) => Object.assign(new Error('driver'), { code })

test.each([
  ['connection failure', '08006'],
  ['a standby after a failover', '25006'],
  ['idle in a transaction for too long', '25P03'],
  ['no such user', '28000'],
  ['wrong password, while it is being changed', '28P01'],
  ['no such database', '3D000'],
  ['no right to a table', '42501'],
  ['a table of a newer release', '42P01'],
  ['disk full', '53100'],
  ['out of memory', '53200'],
  ['too many connections', '53300'],
  ['an object in use', '55006'],
  ['a row that somebody keeps locked', '55P03'],
  ['statement cancelled or too slow', '57014'],
  ['shutdown by an administrator', '57P01'],
  ['crash', '57P02'],
  ['starting up', '57P03'],
  ['database dropped', '57P04'],
  ['idle session', '57P05'],
  ['i/o error', '58030'],
])('%s (%s) is a fault of the database, not of the request', (_, state) => {
  expect(toLedgerError('record', stateOf(state))).toMatchObject({ code: 'unavailable', message: 'record: postgres' })
})

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'SASL_SIGNATURE_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])('%s is a fault of the connection, not of the request', (code) => {
  expect(toLedgerError('record', codeOf(code))).toMatchObject({ code: 'unavailable' })
})

test.each([
  ['a value that does not fit', stateOf('22P02')],
  ['a check', stateOf('23514')],
  ['a unique constraint', stateOf('23505')],
  ['a key that is too long for an index', stateOf('54000')],
  ['a corrupted row', stateOf('XX001')],
  ['a parameter that the driver does not take', codeOf('ERR_INVALID_ARG_TYPE')],
  ['an undefined parameter', codeOf('UNDEFINED_VALUE')],
  ['a bug', new TypeError('x is not a function')],
])('%s is a fault of the request', (_, err) => {
  expect(toLedgerError('record', err)).toMatchObject({ code: 'refused' })
})

test.each(['40001', '40P01'])('%s is a lost race', (state) => {
  expect(toLedgerError('record', stateOf(state))).toMatchObject({ code: 'conflict' })
})

test('an error of the ledger is passed on as it is', () => {
  const err = new LedgerError('closed', 'the ledger is closed')
  expect(toLedgerError('record', err)).toBe(err)
})

test.each([
  ['28P01', true],
  ['3D000', true],
  ['42501', true],
  ['42P01', true],
  ['55P03', false],
  ['57P01', false],
  ['08006', false],
])('whether %s of Postgres passes by itself is known: a person has to act: %s', (state, isNeeded) => {
  expect(needsPerson(toLedgerError('record', stateOf(state)))).toBe(isNeeded)
})
