/** Applies an update to the page. Focus and unfolded messages stay as they are. */

import type { Update } from '../update-message.ts'
import { showTimes } from './times.ts'

/** False if the page lacks a row that the update needs. The page must then get all rows again. */
export function applyUpdate(update: Update): boolean {
  document.title = update.title
  for (const [name, markup] of update.parts) {
    const part = document.querySelector(`[data-part="${name}"]`)
    if (part !== null) keepFocus(part, () => part.replaceChildren(parsed(markup)))
  }
  const rows = document.getElementById('rows')
  if (rows !== null && !applyRows(rows, update)) return false
  showTimes()
  if (update.say !== undefined) say(update.say)
  return true
}

function applyRows(parent: HTMLElement, { rows, order }: Update): boolean {
  const known = new Map<string, HTMLElement>()
  for (const child of parent.children) {
    if (child instanceof HTMLElement && child.dataset.id !== undefined) known.set(child.dataset.id, child)
  }
  for (const [id, markup] of rows) {
    const row = parsed(markup).firstElementChild
    if (!(row instanceof HTMLElement)) continue
    const old = known.get(id)
    row.classList.add('fresh')
    if (old !== undefined) replaceRow(old, row)
    else if (order?.includes(id)) parent.append(row)
    known.set(id, row)
  }
  if (order === undefined) return true
  if (!order.every(id => known.has(id))) return false

  const focused = document.activeElement
  const wanted = new Set(order)
  for (const [id, row] of known) if (!wanted.has(id)) row.remove()
  // Rows in the right place are not moved: they would lose focus and selection.
  let place: Element | null = null
  for (const id of order) {
    const row = known.get(id)
    if (row === undefined) continue
    const next: Element | null = place === null ? firstRow(parent) : place.nextElementSibling
    if (row !== next) parent.insertBefore(row, next)
    place = row
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true })
  }
  return true
}

/** Skips the caption and the head of the table. */
function firstRow(parent: HTMLElement): Element | null {
  return (
    [...parent.children].find(child => child instanceof HTMLElement && child.dataset.id !== undefined) ?? null
  )
}

function replaceRow(old: HTMLElement, row: HTMLElement): void {
  const opened = old.querySelector('details')?.open
  const details = row.querySelector('details')
  if (opened && details !== null) details.open = true
  keepFocus(old, () => old.replaceWith(row), row)
}

const FOCUSABLE = 'a[href], button, summary, input, select'

/** Runs `change` and then restores the focus: to the element at the same position among those that can have it. */
function keepFocus(before: Element, change: () => void, after: Element = before): void {
  const at = [...before.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement as Element)
  change()
  if (at < 0) return
  const next = after.querySelectorAll(FOCUSABLE)[at]
  if (next instanceof HTMLElement) next.focus({ preventScroll: true })
}

/** Safe: the markup comes from this server, which escapes all values. */
function parsed(markup: string): DocumentFragment {
  const template = document.createElement('template')
  template.innerHTML = markup
  return template.content
}

function say(text: string): void {
  const news = document.getElementById('news')
  if (news !== null) news.textContent = text
}
