import { html } from 'hono/html'
import type { Html } from './layout.ts'

/** Who acts, within a form. `id`: of this field on its page. */
export function renderOperatorField(id: string, operator: string): Html {
  return html`<label for="${id}">Your name</label><input id="${id}" name="operator" value="${operator}" maxlength="60" autocomplete="name" placeholder="console">`
}
