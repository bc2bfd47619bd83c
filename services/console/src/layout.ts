import { html, raw } from 'hono/html'

/** Escaped by hono/html: text becomes markup nowhere else. */
export type Html = ReturnType<typeof html>

export interface PageFrame {
  title: string
  /** The entry of the navigation this page belongs to. */
  section?: Section
  /** Where the page loads itself again every so many seconds. */
  refresh?: { seconds: number; url: string }
}

export type Section = '/' | '/orders' | '/conversations' | '/dead-letters'

const SECTIONS: [path: Section | '/queues', name: string][] = [
  ['/', 'Overview'],
  ['/orders', 'Orders'],
  ['/conversations', 'Conversations'],
  ['/dead-letters', 'Dead letters'],
  ['/queues', 'Raw queues'],
]

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#0b6bcb" d="M2 1h3v14H2zM11 1h3v14h-3zM6 4h4v3H6z"/></svg>',
)}`

export function renderPage({ title, section, refresh }: PageFrame, body: Html): Html {
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh && html`<meta http-equiv="refresh" content="${refresh.seconds};url=${refresh.url}">`}
<title>${title} · Sluice</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/console.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="brand">Sluice</p>
<nav aria-label="Pages">
<ul>
${SECTIONS.map(([path, name]) => html`<li><a href="${path}"${path === section ? raw(' aria-current="page"') : ''}>${name}</a></li>`)}
</ul>
</nav>
<p class="quiet zone">All times are UTC unless an offset is shown.</p>
</header>
<main id="content" tabindex="-1">
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

/** To the sections of a long page. */
export function renderJumps(sections: readonly (readonly [id: string, name: string])[]): Html {
  return html`<nav class="jumps" aria-label="On this page"><ul>${sections.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>`
}

/** Turns loading the page again on and off, without any script. */
export function refreshToggle(refresh: PageFrame['refresh'], offUrl: string, onUrl: string): Html {
  return refresh
    ? html`<p class="quiet">Loads again every ${refresh.seconds} s. <a href="${offUrl}">Stop</a></p>`
    : html`<p class="quiet"><a href="${onUrl}">Load again every 10 s</a></p>`
}
