/**
 * The first parts of the paths that are the server's own. None of them is the key of a monitor to which an event can be
 * sent without an API key: a wrong `/metrics?state=run` shall not make a monitor `metrics`.
 */

/** `readers` have to show a key where the server has keys; `anyone` need not; `senders` have it in the path. */
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

/** Who may ask for a route, such as `/monitors/:key`; one that stands in no list is for readers. */
export function audienceOf(route: string): Audience {
  const first = route.split('/', 2)[1] ?? ''
  return (Object.hasOwn(RESERVED_PATHS, first) ? RESERVED_PATHS[first] : undefined) ?? 'readers'
}
