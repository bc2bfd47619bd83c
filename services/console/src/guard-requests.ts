import type { MiddlewareHandler } from 'hono'
import { isLoopback } from './console-settings.ts'

/** Why a request is not answered, in words for whoever sent it; undefined when it may pass. */
type Objection = string | undefined

/**
 * The console asks for no password, so only this machine may reach it (where it listens sees to that: `CONSOLE_HOST`), and only
 * its own pages may make it act.
 *
 * - `Host`: a page of another site whose name was made to point at 127.0.0.1 (DNS rebinding) is of our origin for its
 *   browser, but still sends its own name here.
 * - Everything but GET and HEAD: browsers say which site a form belongs to, in `Sec-Fetch-Site` and `Origin`; neither can be
 *   set by a page. What says nothing is refused, too, since there is no session that could tell otherwise.
 */
export function guardRequests(
  ownHosts: readonly string[],
  refuse: (reason: string, status: 403 | 421) => Response | Promise<Response>,
): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host')
    const wrongHost = objectToHost(host, ownHosts)
    if (wrongHost !== undefined) return refuse(wrongHost, 421)
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const wrongSite = objectToSite({
        host,
        origin: c.req.header('origin'),
        fetchSite: c.req.header('sec-fetch-site'),
      })
      if (wrongSite !== undefined) return refuse(wrongSite, 403)
    }
    return next()
  }
}

export function objectToHost(host: string | undefined, ownHosts: readonly string[]): Objection {
  const name = hostnameOf(host)
  if (name === undefined) return 'The request does not say which host it is for.'
  if (isLoopback(name) || ownHosts.includes(name)) return undefined
  return 'The console answers only under its own name. Other names are listed in CONSOLE_HOSTS.'
}

export function objectToSite(request: {
  host: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
}): Objection {
  const { host, origin, fetchSite } = request
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return 'The form belongs to another site.'
  if (origin !== undefined) {
    // Only the host: behind a proxy that ends TLS the scheme differs.
    const isOwn = URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
    return isOwn ? undefined : 'The form belongs to another site.'
  }
  return fetchSite === undefined ? 'The request does not say which page it comes from (Origin).' : undefined
}

/** Without port and brackets, in lower case, as URL writes it: `127.1` and `0x7f.1` have become `127.0.0.1`. */
function hostnameOf(host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined
  const url = new URL(`http://${host}`)
  // Anything else than host and port (user info, a path) is not a Host header.
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '') return undefined
  return url.hostname.replace(/^\[|\]$/g, '')
}
