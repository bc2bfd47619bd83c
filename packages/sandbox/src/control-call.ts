/** Calls a simulator's control API. Every refusal throws an Error that quotes the answer. */
export function createControlCall(baseUrl: string, fetchImpl: typeof fetch) {
  async function send(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const response = await fetchImpl(`${baseUrl.replace(/\/$/, '')}/_control${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return { status: response.status, text: await response.text() }
  }

  function read<T>(what: string, { status, text }: { status: number; text: string }): T {
    if (status >= 300) throw new Error(`${what}: ${status} ${text.slice(0, 500)}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  return {
    call: async <T>(method: string, path: string, body?: unknown): Promise<T> =>
      read(`${method} /_control${path}`, await send(method, path, body)),
    /** Undefined for 404. */
    find: async <T>(path: string): Promise<T | undefined> => {
      const answer = await send('GET', path)
      return answer.status === 404 ? undefined : read(`GET /_control${path}`, answer)
    },
  }
}

export function query(filter: Record<string, string> = {}): string {
  return `?${new URLSearchParams(filter).toString()}`
}
