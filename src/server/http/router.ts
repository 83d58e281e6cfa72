/** Finds the route of a request. */

import { parsePath } from './request-target.ts'
import type { Route } from './route.ts'

export type FoundRoute =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'no-such-path' }
  | { readonly kind: 'no-such-method'; readonly allow: readonly string[] }

export interface Router {
  /** `target` is the request target as it was received. */
  readonly find: (method: string, target: string) => FoundRoute
}

/** Paths are compared segment by segment after percent-decoding: an encoded slash does not separate segments. */
export function createRouter(routes: readonly Route[]): Router {
  const byPath = new Map<string, Route[]>()
  for (const route of routes) byPath.set(route.path, [...(byPath.get(route.path) ?? []), route])
  const paths = [...byPath].map(([path, candidates]) => {
    const segments = path.slice(1).split('/')
    const isPrefix = segments.at(-1) === '*'
    return { segments: isPrefix ? segments.slice(0, -1) : segments, isPrefix, candidates }
  })

  return {
    find: (method, target) => {
      const path = parsePath(target)
      if (path.kind === 'malformed') return { kind: 'no-such-path' }
      const { segments } = path
      const candidates = paths.find(
        each =>
          (each.isPrefix
            ? segments.length > each.segments.length
            : segments.length === each.segments.length) &&
          each.segments.every((segment, index) => segment === segments[index]),
      )?.candidates
      if (candidates === undefined) return { kind: 'no-such-path' }
      const route = candidates.find(({ methods }) => methods.includes(method))
      return route === undefined
        ? { kind: 'no-such-method', allow: candidates.flatMap(({ methods }) => methods) }
        : { kind: 'route', route }
    },
  }
}
