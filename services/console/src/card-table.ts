import { html } from 'hono/html'
import type { Html } from './layout.ts'

/** `number`: to the right, so that figures can be compared. */
export type Column<Row> = [name: string, show: (row: Row) => Html | string, kind?: 'number']

/**
 * Rows, on a narrow screen as cards. The roles are said once more because a table that is laid out as blocks stops being one
 * for a screen reader.
 */
export function renderCardTable<Row>(label: string, columns: Column<Row>[], rows: readonly Row[]): Html {
  return html`<table class="cards" role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${columns.map(([name, , kind]) => html`<th role="columnheader" scope="col"${classOf(kind)}>${name}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map(
  (row) => html`<tr role="row">
${columns.map(([name, show, kind]) => html`<td role="cell" data-label="${name}"${classOf(kind)}><div>${show(row)}</div></td>`)}
</tr>`,
)}
</tbody>
</table>`
}

function classOf(kind: string | undefined): Html | '' {
  return kind === undefined ? '' : html` class="${kind}"`
}
