/** How the page names an environment. */

import { type Html, html } from './html.ts'

export function envName(env: string): Html | string {
  return env === '' ? 'no environment' : html`<bdi>${env}</bdi>`
}

/** ` in production` as plain text; nothing for all environments. */
export function inEnvText(env: string | undefined): string {
  if (env === undefined) return ''
  return env === '' ? ' without an environment' : ` in ${env}`
}
