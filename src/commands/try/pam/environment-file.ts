/** /etc/environment and other files of that form, as pam_env reads them (`_parse_env_file` of pam_env.c). */

import { configLines } from './config-lines.ts'

/** Sets in `variables` what the file sets. It is no shell: nothing is expanded. */
export function applyEnvironmentFile(text: string, variables: Map<string, string>): void {
  for (const line of configLines(text)) {
    const entry = line.trimStart().replace(/^export /, '')
    const equals = entry.indexOf('=')
    const name = equals === -1 ? entry : entry.slice(0, equals)
    if (!/^[A-Za-z0-9_]+$/.test(name)) continue
    if (equals === -1) variables.delete(name)
    else variables.set(name, unquoted(entry.slice(equals + 1)))
  }
}

/** The quote at the front is dropped, and a quote at the very end. A space behind that one keeps it. */
function unquoted(value: string): string {
  return /^["']/.test(value) ? value.slice(1).replace(/["']$/, '') : value
}
