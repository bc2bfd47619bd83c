import { parseWireJson as parseJson, type WireJsonOptions } from '@sluice/wire'

/**
 * JSON as the back office writes it. A byte order mark is skipped, `null` counts as left out, and identifiers given as
 * numbers become text with every digit (a float would round `12345678901234567890`). Throws SyntaxError like JSON.parse.
 */
export function parseWireJson(text: string): unknown {
  return parseJson(text, BACK_OFFICE)
}

const BACK_OFFICE: WireJsonOptions = {
  // Text by nature, but written as bare numbers by some systems.
  textFields: new Set([
    'id',
    'orderNumber',
    'sku',
    'series',
    'replacedBy',
    'weightGrams',
    'code',
    'documentNumber',
    'returnId',
    'conversation',
    'deliveryServiceId',
    'itemId',
    'trackCode',
  ]),
  decimalFields: new Set(['amount']),
  // Optional text that a 1C serialiser writes as "" when it has none. Codes are not among it: an empty code is a fault.
  emptyMeansAbsent: new Set([
    'series',
    'expiresOn',
    'weightGrams',
    'replacedBy',
    'documentNumber',
    'comment',
    'at',
    'reason',
    'amount',
    'slip',
    'activateUntil',
    'deliveryServiceId',
  ]),
  nullMeansAbsent: true,
  others: 'plain',
}
