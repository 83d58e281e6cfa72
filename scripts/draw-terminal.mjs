// Draws what a terminal showed as an SVG picture, in the reader's light or dark colours. Each line appears when it appeared in
// the terminal. The lines are plain text: a picture of colours and cursor movements would need a whole terminal.

const CELL = { width: 8.4, height: 19 }
const MARGIN = 14

/**
 * The terminal's output as lines, each with the time at which it began to be shown.
 *
 * @typedef {{ text: string, atMs: number }} Line
 * @param {{ text: string, atMs: number }[]} chunks in the order in which they were read
 * @returns {Line[]}
 */
export function linesOf(chunks) {
  /** @type {Line[]} */
  const lines = [{ text: '', atMs: 0 }]
  for (const { text, atMs } of chunks) {
    for (const part of withoutSequences(text).split(/(\n)/)) {
      const last = /** @type {Line} */ (lines.at(-1))
      if (part === '\n') lines.push({ text: '', atMs })
      else if (last.text === '') lines[lines.length - 1] = { text: part, atMs }
      else last.text += part
    }
  }
  while (lines.at(-1)?.text.trim() === '') lines.pop()
  return lines
}

/**
 * @param {Line[]} lines
 * @param {{ columns: number, title: string, prompt: string }} options `title` is for readers who do not see the picture
 */
export function drawTerminal(lines, { columns, title, prompt }) {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN)
  const height = Math.ceil(lines.length * CELL.height + 2 * MARGIN)
  const rows = lines.map((line, index) => drawLine(line, MARGIN + (index + 0.75) * CELL.height, prompt))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
  svg { --back: #f6f8fa; --edge: #d0d7de; --text: #1f2328; --typed: #0550ae }
  @media (prefers-color-scheme: dark) { svg { --back: #161b22; --edge: #30363d; --text: #e6edf3; --typed: #79c0ff } }
  rect { fill: var(--back); stroke: var(--edge) }
  text { fill: var(--text); font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
  .typed { fill: var(--typed) }
  @media (prefers-reduced-motion: no-preference) { text { animation: show 1ms backwards } }
  @keyframes show { from { opacity: 0 } }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${rows.join('')}</svg>
`
}

/**
 * `textLength` keeps the columns in line, whichever font the reader has.
 *
 * @param {Line} line
 * @param {number} y
 * @param {string} prompt
 */
function drawLine({ text, atMs }, y, prompt) {
  const shown = text.trimEnd()
  if (shown === '') return ''
  const length = (shown.length * CELL.width).toFixed(1)
  const kind = shown.startsWith(prompt) ? ' class="typed"' : ''
  const delay = atMs > 0 ? ` style="animation-delay:${Math.round(atMs)}ms"` : ''
  return `<text x="${MARGIN}" y="${y.toFixed(1)}" textLength="${length}"${kind}${delay} xml:space="preserve">${escaped(shown)}</text>\n`
}

/** @param {string} text */
function withoutSequences(text) {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r/g, '')
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
