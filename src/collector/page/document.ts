/** What all pages have in common: head, header, footer. */

import type { Assets } from './assets.ts'
import { timeZone } from './format.ts'
import { type Html, html, type Value } from './html.ts'

export interface DocumentOptions {
  readonly assets: Assets
  readonly version: string
  readonly title: string
  readonly main: Value
  /** Where the page's updates come from; without it the page stays as it is. */
  readonly stream?: string
  /** Is there a session that can be ended? */
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
<a class="skip" href="#main">Skip to the content</a>
${SHAPES}
<header class="bar"><div class="wide">
<a class="home" href="/">${glyph('mark')}<span>Monitors</span></a>
<span class="grow"></span>
${stream !== undefined && html`<span class="live" id="live" data-state="off" hidden></span>`}
${canLogOut && html`<form method="post" action="/logout"><button class="plain">Log out</button></form>`}
</div></header>
<main id="main" class="wide" tabindex="-1">
${main}
</main>
<footer class="wide"><p>cronitor serve ${version}</p><p>Times are the server’s (${timeZone()}).</p></footer>
<div id="news" class="unseen" role="status" aria-live="polite"></div>
</body>
</html>
`
}

/** Each state has a shape besides its colour. */
const SHAPES = html`<svg class="shapes" width="0" height="0" aria-hidden="true">
<symbol id="g-mark" viewBox="0 0 16 16"><path d="M2 12V8M6 12V4M10 12V7M14 12V2" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/></symbol>
<symbol id="g-healthy" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.6 8.3l2.3 2.3 4.4-4.8" class="on" fill="none" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="g-failing" viewBox="0 0 16 16"><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor"/><path d="M5.5 5.5l5 5m0-5l-5 5" class="on" fill="none" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="g-late" viewBox="0 0 16 16"><path d="M8 .8l7.4 13.7H.6z" fill="currentColor" stroke="currentColor" stroke-linejoin="round"/><path d="M8 5.6v4.2m0 2.4v.1" class="on" fill="none" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="g-running" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M6.3 5v6l5-3z" fill="currentColor"/></symbol>
<symbol id="g-quiet" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.4 2.4"/></symbol>
<symbol id="g-lost" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5 8h6" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="m-complete" viewBox="-6 -6 12 12"><circle r="3.6" fill="currentColor"/></symbol>
<symbol id="m-failed" viewBox="-6 -6 12 12"><path d="M-3.6-3.6l7.2 7.2m0-7.2l-7.2 7.2" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/></symbol>
<symbol id="m-running" viewBox="-6 -6 12 12"><path d="M-2.8-4.2v8.4l6.4-4.2z" fill="currentColor"/></symbol>
<symbol id="m-lost" viewBox="-6 -6 12 12"><circle r="3.4" class="paper" stroke="currentColor" stroke-width="1.8"/></symbol>
</svg>`

/** Decoration beside a word that says the same. */
export function glyph(name: string): Html {
  return html`<svg class="glyph" width="16" height="16" aria-hidden="true"><use href="#g-${name}"/></svg>`
}
