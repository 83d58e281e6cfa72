import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paths } from '../support/run.ts'

interface Line {
  readonly text: string
  readonly atMs: number
}

const script: string = new URL('../../scripts/draw-terminal.mjs', import.meta.url).href
const { drawTerminal, linesOf } = (await import(script)) as {
  drawTerminal: (
    lines: readonly Line[],
    options: { columns: number; title: string; prompt: string },
  ) => string
  linesOf: (chunks: readonly Line[]) => Line[]
}

const read = (path: string) => readFileSync(join(paths.project, path), 'utf8')

/** The texts of a picture, as a reader sees them. */
function textsOf(picture: string): string[] {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' }
  return [...picture.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
    text.replace(/&(\w+);/g, (_entity, name: string) => entities[name] ?? '?'),
  )
}

test('a line has the time at which its first character was shown, whatever the pieces are', () => {
  const chunks = [
    { text: '$ ', atMs: 0 },
    { text: 'ec', atMs: 10 },
    { text: 'ho hi\r\n\x1b[?2004lh', atMs: 20 },
    { text: 'i\r\n$ ', atMs: 30 },
    { text: '\r\n', atMs: 40 },
  ]
  expect(linesOf(chunks)).toEqual([
    { text: '$ echo hi', atMs: 0 },
    { text: 'hi', atMs: 20 },
    { text: '$ ', atMs: 30 },
  ])
})

test('a picture shows each line at its time, with characters that XML reserves', () => {
  const lines = [
    { text: '$ cat <a&b>', atMs: 0 },
    { text: '', atMs: 5 },
    { text: 'done  ', atMs: 1234.5 },
  ]
  const picture = drawTerminal(lines, { columns: 20, title: 'one & two', prompt: '$ ' })
  expect(textsOf(picture)).toEqual(['$ cat <a&b>', 'done'])
  expect(picture).toContain('<title>one &amp; two</title>')
  expect(picture.match(/class="typed"/g)).toHaveLength(1)
  expect(picture.match(/animation-delay:\d+ms/g)).toEqual(['animation-delay:1235ms'])
})

test('the picture in the README shows the commands of its first minute, in colours for light and dark', () => {
  const picture = read('docs/terminal.svg')
  const [, block = ''] = /^```sh\n(cronitor serve [\s\S]*?)^```$/m.exec(read('README.md')) ?? []
  const commands = block.trimEnd().split('\n')
  expect(commands.length).toBeGreaterThan(3)
  expect(textsOf(picture)).toEqual(expect.arrayContaining(commands.map(command => `$ ${command}`)))
  expect(picture).toContain('prefers-color-scheme: dark')
  expect(picture.length).toBeLessThan(10_000)
})
