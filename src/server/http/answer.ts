/** Answers of the server's own words. */

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. Of a failure: `error`, a sentence, and `parameter` where one is to blame. */
  readonly body: string
}

export const RECORDED: Answer = { status: 200, headers: {}, body: '{"ok":true}' }

export function errorAnswer(
  status: number,
  error: string,
  parameter?: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers, body: JSON.stringify({ error, parameter }) }
}

/** RFC 9110, 15.5.6: such an answer names the methods that there are. */
export function noSuchMethod(allow: readonly string[]): Answer {
  return errorAnswer(405, 'the path does not take this method', undefined, { allow: allow.join(', ') })
}

export function tooManyRequests({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): Answer {
  return errorAnswer(429, 'too many requests', undefined, { 'retry-after': String(retryAfterSeconds) })
}
