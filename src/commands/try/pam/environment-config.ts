/** /etc/security/pam_env.conf, as pam_env reads it (pam_env.conf(5), `_parse_line` and `_expand_arg` of pam_env.c). */

import { configLines } from './config-lines.ts'

/** What `@{NAME}` stands for: HOME, SHELL, PAM_USER and others. */
export type PamItems = Readonly<Record<string, string | undefined>>

const LINE = /^\S+(?:[ \t]+(?:DEFAULT|OVERRIDE)=(?:"[^"]*"(?=\s|$)|[^"\s]\S*|(?=\s|$)))*\s*$/
const ARGUMENT = /[ \t](DEFAULT|OVERRIDE)=(?:"([^"]*)"|(\S*))/g

/** Sets and removes variables. A line of another form is ignored. */
export function applyEnvironmentConfig(text: string, variables: Map<string, string>, items: PamItems): void {
  for (const line of configLines(text)) {
    if (!LINE.test(line)) continue
    const [name = ''] = line.split(/\s/, 1)
    const found: { DEFAULT?: string; OVERRIDE?: string } = {}
    for (const [, kind, quoted, plain] of line.matchAll(ARGUMENT)) {
      const value = quoted ?? plain ?? ''
      // An empty value without quotes counts as none.
      if (quoted === undefined && value === '') continue
      if (kind === 'DEFAULT' || kind === 'OVERRIDE') found[kind] = expanded(value, variables, items)
    }
    const value = found.OVERRIDE || found.DEFAULT
    if (value === undefined) variables.delete(name)
    else variables.set(name, value)
  }
}

/** `${NAME}` is a variable that is set so far, `@{NAME}` an item; unknown ones are empty. */
function expanded(value: string, variables: ReadonlyMap<string, string>, items: PamItems): string {
  return value.replace(/\\([$@])|\\|([$@])\{([^}]*)\}/g, (_, escaped?: string, kind?: string, name = '') => {
    if (escaped !== undefined) return escaped
    if (kind === undefined) return ''
    return (kind === '$' ? variables.get(name) : items[name]) ?? ''
  })
}
