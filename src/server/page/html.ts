/** Template literals for HTML that escape all values. All markup of the page is written with them. */

import { printableLines } from '../../system/printable.ts'

/** Marks markup. No value from JSON or from the store can have this symbol, so that none passes as markup. */
const markup = Symbol('markup')

export interface Html {
  readonly [markup]: string
}

/** `undefined` and `false` write nothing; a list writes its items. */
export type HtmlValue = string | number | Html | undefined | false | readonly HtmlValue[]

/** Values are safe in the text of elements and in attributes with double quotes, and nowhere else. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? ''
  for (const [index, value] of values.entries()) text += toMarkup(value) + (strings[index + 1] ?? '')
  return { [markup]: text }
}

export function render(value: Html): string {
  return value[markup]
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function toMarkup(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  if (isList(value)) return value.map(toMarkup).join('')
  return value[markup]
}

/** Array.isArray does not narrow a readonly array. */
function isList(value: Html | readonly HtmlValue[]): value is readonly HtmlValue[] {
  return Array.isArray(value)
}

function escaped(text: string): string {
  return printableLines(text).replace(/[&<>"']/g, character => ESCAPES[character] ?? character)
}
