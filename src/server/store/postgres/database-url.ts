/** Splits a URL of PostgreSQL. It may name several hosts, which URL() does not parse. */

export type SplitUrl =
  /** Parameters by libpq's names: `host`, `port`, `user`, `password`, `dbname` and those of the query. */
  | { readonly ok: true; readonly given: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problem: string }

const FORM = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/

/** A name or an address with an optional port; an IPv6 address in brackets. */
const HOST = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]]*)(?::(\d*))?$/

export function splitDatabaseUrl(url: string): SplitUrl {
  const [, user, hosts, database, query] = FORM.exec(url) ?? []
  if (hosts === undefined) {
    return { ok: false, problem: 'is no URL such as postgres://user@host/database' }
  }
  // The rest of a password with such characters would be a host or a parameter, which messages name.
  if (/@.*@|[/?].*@/.test(url.slice(url.indexOf('//') + 2))) {
    return { ok: false, problem: 'has an @ in a wrong place: write %40 for @, %2F for / and %3F for ?' }
  }
  const given = new Map<string, string>()
  try {
    const [name, ...password] = (user ?? '').split(':')
    if (name) given.set('user', decodeURIComponent(name))
    if (password.length > 0) given.set('password', decodeURIComponent(password.join(':')))
    if (database) given.set('dbname', decodeURIComponent(database))
    const list = hosts.split(',').map(each => HOST.exec(decodeURIComponent(each)))
    if (list.includes(null)) return { ok: false, problem: 'has a host that cannot be read' }
    if (hosts !== '') {
      given.set('host', list.map(each => (each?.[1] ?? '').replace(/^\[|\]$/g, '')).join(','))
      if (list.some(each => each?.[2])) given.set('port', list.map(each => each?.[2] ?? '').join(','))
    }
    for (const pair of (query ?? '').split('&')) {
      if (pair === '') continue
      const [key = '', ...rest] = pair.split('=')
      if (rest.length === 0) return { ok: false, problem: `has the parameter ${key} without a value` }
      given.set(decodeURIComponent(key), decodeURIComponent(rest.join('=')))
    }
  } catch {
    return { ok: false, problem: 'has a % that is not followed by two hexadecimal digits' }
  }
  return { ok: true, given }
}
