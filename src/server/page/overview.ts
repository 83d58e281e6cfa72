/** The page at /: all monitors; those that need attention come first. */

import { MONITOR_TABLE_COLUMNS } from './columns.ts'
import { glyph } from './document.ts'
import type { Entry } from './entry-list.ts'
import { ALL_ENVIRONMENTS } from './environment-choice.ts'
import { inEnvText } from './environment-name.ts'
import { type Html, html } from './html.ts'
import { type Listing, type ListingQuery, listingSearch, MONITOR_STATES } from './monitor-listing.ts'
import { stateWord } from './state-badge.ts'
import { tableHead } from './table.ts'

export interface Overview {
  readonly query: ListingQuery
  readonly listing: Listing<Entry>
  /** The number of monitors before any filter. */
  readonly known: number
  readonly envs: readonly string[]
  readonly rows: readonly Html[]
  /** The address of this server, for the example. */
  readonly url: string
  readonly needsKey: boolean
}

export function overviewTitle({ query, listing }: Pick<Overview, 'query' | 'listing'>): string {
  return `${listing.bad === 0 ? '' : `(${listing.bad}) `}Monitors${inEnvText(query.env)}`
}

export function heading({ env }: Pick<ListingQuery, 'env'>): Html {
  return html`Monitors${inEnvText(env)}`
}

export function overviewMain(overview: Overview): Html {
  const { query, listing, envs, rows } = overview
  return html`<h1 class="unseen" data-part="heading">${heading(query)}</h1>
<search><form class="filter" method="get" action="/" id="filter">
<label class="unseen" for="q">Search monitors</label>
<input id="q" name="q" type="search" placeholder="Search monitors" value="${query.text}" autocomplete="off" spellcheck="false" enterkeyhint="search" aria-keyshortcuts="/">
${query.state !== undefined && html`<input type="hidden" name="state" value="${query.state}">`}
<label class="unseen" for="env">Environment</label>
<select id="env" name="env"><option value="${ALL_ENVIRONMENTS}">All environments</option>${envChoices(
    envs,
    query.env,
  ).map(
    env =>
      html`<option value="${env}"${env === query.env && html` selected`}>${env === '' ? 'No environment' : env}</option>`,
  )}</select>
<button class="main">Search</button>
</form></search>
<div data-part="states">${stateFilter(query, listing)}</div>
<div class="card"><table class="monitors">
<caption class="unseen">Monitors, those with problems first</caption>
${tableHead(MONITOR_TABLE_COLUMNS)}
<tbody id="rows">
${rows}
</tbody>
</table>
<div data-part="empty">${emptiness(overview)}</div></div>
<div data-part="pager">${pager(query, listing)}</div>`
}

/** With names only if some monitor has one. The chosen one is there even if its last event was removed. */
function envChoices(envs: readonly string[], chosen: string | undefined): string[] {
  const named = envs.filter(env => env !== '')
  const choices = new Set(named.length === 0 ? [] : [...named, ...envs.filter(env => env === '')])
  if (chosen !== undefined) choices.add(chosen)
  return [...choices]
}

/** Links rather than buttons: they work without the script, and can be shared. */
export function stateFilter(
  query: ListingQuery,
  { counts, inAnyState }: Pick<Listing<Entry>, 'counts' | 'inAnyState'>,
): Html {
  const { state: _state, ...rest } = { ...query, page: 1 }
  const link = (isCurrent: boolean, href: string, text: string, count: number, shape?: string) =>
    html`<li><a class="chip${shape && html` ${shape}`}" href="/${href}"${isCurrent && html` aria-current="true"`}>${shape && glyph(shape)}<span>${text}</span> <b>${count}</b></a></li>`
  return html`<nav aria-label="Filter by state"><ul class="chips">${link(query.state === undefined, listingSearch(rest), 'All', inAnyState)}${MONITOR_STATES.map(
    state =>
      link(
        query.state === state,
        listingSearch({ ...rest, state }),
        stateWord(state),
        counts.get(state) ?? 0,
        state,
      ),
  )}</ul></nav>`
}

export function pager(query: ListingQuery, { page, pages, total }: Listing<Entry>): Html | false {
  if (pages === 1) return false
  const link = (to: number, text: string, rel: string) =>
    to >= 1 &&
    to <= pages &&
    html`<a class="button" rel="${rel}" href="/${listingSearch({ ...query, page: to })}">${text}</a>`
  return html`<nav class="pager" aria-label="Pages">${link(page - 1, 'Previous', 'prev')}<span>Page ${page} of ${pages}, ${total} monitors</span>${link(page + 1, 'Next', 'next')}</nav>`
}

export function emptiness({
  listing,
  known,
  url,
  needsKey,
}: Pick<Overview, 'listing' | 'known' | 'url' | 'needsKey'>): Html | false {
  if (listing.total > 0) return false
  if (known > 0) {
    return html`<div class="empty"><h2>No monitor matches</h2><p><a href="/">Show all ${known} monitors</a></p></div>`
  }
  return html`<div class="empty"><h2>No monitor yet</h2>
<p>A monitor appears with its first event. To send one, run a command like this, here or in a crontab:</p>
<pre>export CRONITOR_TELEMETRY_URL=${url} CRONITOR_API_KEY=${needsKey ? 'one-of-this-server’s-keys' : 'any-key'}
cronitor-exec nightly-backup sh -c 'echo 3 files copied'</pre></div>`
}
