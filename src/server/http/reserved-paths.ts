/**
 * The first path segments that the server uses itself, and who may read them. An event without an API key
 * (`/MONITOR?state=run`) cannot be for a monitor of such a name: a mistaken `/metrics?state=run` must not create one.
 */

/** `readers` need an API key if the server has keys, `anyone` does not; `senders` have the key in the path. */
export type Audience = 'readers' | 'anyone' | 'senders'

const RESERVED_PATHS: Readonly<Record<string, Audience>> = {
  /** The page. */
  '': 'readers',
  api: 'readers',
  assets: 'anyone',
  'favicon.ico': 'anyone',
  healthz: 'anyone',
  login: 'anyone',
  logout: 'anyone',
  metrics: 'readers',
  monitors: 'readers',
  p: 'senders',
  ping: 'senders',
  'robots.txt': 'anyone',
}

export const RESERVED_NAMES: readonly string[] = Object.keys(RESERVED_PATHS)

export function isReservedName(firstSegment: string): boolean {
  return Object.hasOwn(RESERVED_PATHS, firstSegment)
}

/** Who may request a route, such as `/monitors/*`. A path that is not listed needs a key. */
export function audienceOf(route: string): Audience {
  const first = route.split('/', 2)[1] ?? ''
  return (Object.hasOwn(RESERVED_PATHS, first) ? RESERVED_PATHS[first] : undefined) ?? 'readers'
}
