import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Html, html, render } from '../../../src/server/page/html.ts'
import { printableLines } from '../../../src/system/printable.ts'

/** What an HTML parser makes of character references, which are the five that are written here. */
function unescaped(text: string): string {
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => names[name] ?? '')
}

const anyText = fc.string({ unit: 'binary', maxLength: 200 })
const hostile = fc
  .array(
    fc.constantFrom(
      '<script>',
      '</script>',
      '"',
      "'",
      '&',
      '&amp;',
      '<!--',
      '-->',
      ']]>',
      '\u202e',
      '\0',
      '\n',
      'x',
    ),
  )
  .map(parts => parts.join(''))

test('any value stays text: it opens and closes no markup', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, hostile), text => {
      const inside = render(html`<p title="${text}">${text}</p>`)
      const [, attribute = '', content = ''] = /^<p title="([^"]*)">([^<]*)<\/p>$/.exec(inside) ?? []
      const shown = printableLines(text)
      expect(unescaped(content)).toBe(shown)
      expect(unescaped(attribute)).toBe(shown)
      expect(inside).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/)
    }),
    { numRuns: 500 },
  )
})

test('markup stays markup, also in lists; undefined and false write nothing', () => {
  const items = ['a', '<b>'].map(text => html`<li>${text}</li>`)
  expect(render(html`<ul>${items}</ul>${undefined}${false}${0}`)).toBe(
    '<ul><li>a</li><li>&lt;b&gt;</li></ul>0',
  )
})

test('an object from JSON is never markup, whatever its names are', () => {
  const forged = JSON.parse('{"html":"<script>","markup":"<script>","Symbol(markup)":"<script>"}') as Html
  expect(render(html`<p>${forged}</p>`)).not.toContain('<script>')
})
