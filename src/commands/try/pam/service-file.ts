/** Reads which PAM modules a service runs: the files of /etc/pam.d (pam.d(5)). */

export interface PamModule {
  readonly type: 'auth' | 'account' | 'password' | 'session'
  /** Without folder and `.so`: `pam_env`. */
  readonly name: string
  readonly args: readonly string[]
}

const FOLDER = '/etc/pam.d'

/** A control such as `[success=1 default=ignore]` and an argument such as `[a b]` may contain spaces. */
const WORD = /\[[^\]]*\]|\S+/g

/** Files that include each other in a circle are read this deep. */
const MAX_DEPTH = 16

/**
 * All modules in their order. Which of them a control skips depends on their results, and is not known here.
 *
 * @param read returns undefined if the file cannot be read
 */
export function pamModules(
  service: string,
  read: (path: string) => string | undefined,
): readonly PamModule[] {
  return modulesOf(service, undefined, read, 0)
}

function modulesOf(
  service: string,
  only: string | undefined,
  read: (path: string) => string | undefined,
  depth: number,
): readonly PamModule[] {
  const text =
    depth > MAX_DEPTH ? undefined : read(service.startsWith('/') ? service : `${FOLDER}/${service}`)
  if (text === undefined) return []
  return linesOf(text).flatMap(line => {
    const [first = '', control = '', target = '', ...args] = line.match(WORD) ?? []
    if (first === '@include') return modulesOf(control, only, read, depth + 1)
    // A module with a hyphen in front may be missing.
    const type = typeNamed(first.replace(/^-/, ''))
    if (type === undefined || target === '' || (only !== undefined && only !== type)) return []
    if (control === 'include' || control === 'substack') return modulesOf(target, type, read, depth + 1)
    const name = target.replace(/^.*\//, '').replace(/\.so$/, '')
    return [{ type, name, args: args.map(arg => arg.replace(/^\[(.*)\]$/, '$1')) }]
  })
}

function typeNamed(text: string): PamModule['type'] | undefined {
  return (['auth', 'account', 'password', 'session'] as const).find(type => type === text.toLowerCase())
}

/** Without comments; a backslash at its end continues a line. */
function linesOf(text: string): readonly string[] {
  return text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '')
}

/** The value of an argument such as `envfile=/etc/default/locale`. */
export function argumentValue(args: readonly string[], name: string): string | undefined {
  const found = args.findLast(arg => arg.startsWith(`${name}=`) && arg.length > name.length + 1)
  return found?.slice(name.length + 1)
}
