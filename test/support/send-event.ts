import { KEY } from './key.ts'

/** Sends an event as the API has it, and answers the status. */
export async function sendEvent(
  server: { readonly url: string },
  monitor: string,
  parameters: Readonly<Record<string, string>>,
): Promise<number> {
  const response = await fetch(`${server.url}/p/${KEY}/${monitor}?${new URLSearchParams(parameters)}`)
  await response.arrayBuffer()
  return response.status
}
