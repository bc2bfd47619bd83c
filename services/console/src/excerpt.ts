import { redactForLog } from '@sluice/runtime'
import { html } from 'hono/html'
import type { Html } from './layout.ts'

const MAX_CHARACTERS = 8_000

/** A payload for a person's eye: personal data, codes and secrets hidden, bounded, folded away. */
export function maskedExcerpt(label: string, payload: unknown): Html {
  return foldedText(label, JSON.stringify(redactForLog(payload), null, 2) ?? 'none')
}

/** Text that has been masked by whoever kept it; what looks like a secret all the same is cut out of it here. */
export function maskedText(label: string, text: string): Html {
  return foldedText(label, String(redactForLog(text)))
}

function foldedText(label: string, text: string): Html {
  const shown = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}\n… (cut off)` : text
  return html`<details><summary>${label}</summary><pre tabindex="0">${shown}</pre></details>`
}
