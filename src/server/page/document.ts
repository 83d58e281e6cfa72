/** The frame of all pages: head, header and footer. */

import { hostZone } from '../../system/schedule/zone-clock.ts'
import type { Assets } from './assets.ts'
import { type Html, type HtmlValue, html } from './html.ts'

export interface DocumentOptions {
  readonly assets: Assets
  readonly version: string
  readonly title: string
  readonly main: HtmlValue
  /** The path of the page's updates. Undefined: the page is not updated. */
  readonly stream?: string
  /** True if the page shows a button to log out. */
  readonly canLogOut?: boolean
}

export function htmlDocument({ assets, version, title, main, stream, canLogOut }: DocumentOptions): Html {
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${assets.style && html`<link rel="stylesheet" href="${assets.style.path}">`}
<link rel="icon" href="${assets.icon?.path ?? 'data:,'}">
${assets.script && html`<script src="${assets.script.path}" defer></script>`}
</head>
<body${stream !== undefined && html` data-stream="${stream}"`}>
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><div class="wide">
<a class="home" href="/">${glyph('mark')}<span>Monitors</span></a>
<span class="grow"></span>
${stream !== undefined && html`<span class="live" id="live" data-state="off" hidden></span>`}
${canLogOut && html`<form method="post" action="/logout"><button class="plain">Log out</button></form>`}
</div></header>
<main id="main" class="wide" tabindex="-1">
${main}
</main>
<footer class="wide"><p>cronitor serve ${version}</p><p>Times are the server’s (${hostZone()}).</p></footer>
<div id="news" class="unseen" role="status" aria-live="polite"></div>
</body>
</html>
`
}

/** A shape, drawn by style.css, so that states differ by more than their colour. A word beside it says the same. */
export function glyph(name: string): Html {
  return html`<span class="glyph ${name}"></span>`
}
