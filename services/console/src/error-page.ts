import { html } from 'hono/html'
import { type Html, renderPage } from './layout.ts'

/** Says what is the matter and what to do; never how the code came there. */
export function renderErrorPage(title: string, text: string, detail?: string): Html {
  return renderPage(
    { title },
    html`<p>${text}</p>${detail !== undefined && html`<p class="quiet">${detail}</p>`}
<p><a href="/">Overview</a> · <a href="/dead-letters">Dead letters</a></p>`,
  )
}
