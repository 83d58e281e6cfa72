/** The form that asks for an API key. */

import type { Assets } from './assets.ts'
import { htmlDocument } from './document.ts'
import { type Html, html } from './html.ts'

export interface LoginPage {
  readonly assets: Assets
  readonly version: string
  /** The path to go to afterwards. */
  readonly next: string
  /** Why the last attempt failed. */
  readonly problem: string | undefined
}

export function loginPage({ assets, version, next, problem }: LoginPage): Html {
  return htmlDocument({
    assets,
    version,
    title: problem === undefined ? 'Log in · Monitors' : 'Not logged in · Monitors',
    main: html`<section class="card login">
<h1>Log in</h1>
<p>Use one of the API keys that this server accepts.</p>
${problem !== undefined && html`<p class="problem" id="problem" role="alert">${problem}</p>`}
<form method="post" action="/login">
<input type="hidden" name="next" value="${next}">
<label for="key">API key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false"${
      problem !== undefined && html` aria-invalid="true" aria-describedby="problem"`
    }>
<button class="main">Log in</button>
</form>
</section>`,
  })
}
