// Writes docs/terminal.svg: types the commands of the README's first minute in a real terminal, and draws what it shows.
// Needs python3 and bash, and the port 8427.
//
//   npm run build && node scripts/terminal-picture.mjs
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawTerminal, linesOf } from './draw-terminal.mjs'

/** @param {string} path */
const inProject = path => fileURLToPath(new URL(`../${path}`, import.meta.url))

const PROMPT = '$ '
const COLUMNS = 92
const COMMANDS = [
  'cronitor serve --quiet & sleep 1',
  'export CRONITOR_TELEMETRY_URL=http://127.0.0.1:8427 CRONITOR_API_KEY=any-key-will-do',
  "cronitor-exec first-job sh -c 'echo hi; sleep 2'",
  `cronitor-exec import sh -c 'echo "disk full" >&2; exit 3'`,
  'echo $?',
  'cronitor runs',
]
/** A reader waits no longer than this for the next line. */
const LONGEST_PAUSE_MS = 1500
const TYPING_MS = 25

const folder = mkdtempSync(join(tmpdir(), 'cronitor-terminal-'))
const terminal = spawn(
  'python3',
  [inProject('test/support/in-terminal.py'), 'bash', '--norc', '--noprofile', '--noediting'],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: folder,
    env: {
      PATH: [inProject('bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      HOME: folder,
      TERM: 'dumb',
      LANG: 'C.UTF-8',
      HISTFILE: '',
      PS1: PROMPT,
      CRONITOR_NODE: process.execPath,
      CRONITOR_HOSTNAME: 'web1',
      CRONITOR_DATA_DIR: join(folder, 'data'),
      CRONITOR_SPOOL_DIR: join(folder, 'spool'),
    },
  },
)
/** @type {{ text: string, atMs: number }[]} */
const chunks = []
terminal.stdout.setEncoding('utf8').on('data', text => chunks.push({ text, atMs: performance.now() }))

try {
  await shows(/\$ $/)
  terminal.stdin.write(`stty cols ${COLUMNS}\n`)
  await shows(/\n\$ $/)
  chunks.length = 0
  for (const command of COMMANDS) {
    for (const character of command) {
      terminal.stdin.write(character)
      await new Promise(resolve => setTimeout(resolve, TYPING_MS))
    }
    terminal.stdin.write('\n')
    await shows(/\n\$ $/)
  }
  terminal.stdin.write('kill %1; exit\n')
  const shown = linesOf([{ text: PROMPT, atMs: 0 }, ...withShortPauses(chunks)])
  // The last line is the prompt of the command that ends the session.
  const lines = shown.slice(0, -1)
  const title = `A terminal. ${COMMANDS.join('. ')}. The last command lists the runs of both jobs.`
  writeFileSync(
    inProject('docs/terminal.svg'),
    drawTerminal(lines, { columns: COLUMNS, title, prompt: PROMPT }),
  )
  process.stdout.write(`${lines.map(({ text }) => text).join('\n')}\n`)
  await once(terminal, 'exit')
} finally {
  terminal.kill()
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Waits until the terminal has shown it, behind the last command.
 *
 * @param {RegExp} wanted
 */
async function shows(wanted) {
  const begun = performance.now()
  const from = chunks.length
  const shown = () => chunks.slice(from).reduce((before, { text }) => before + text, '')
  while (!wanted.test(shown())) {
    if (performance.now() - begun > 20_000) throw new Error(`the terminal does not show ${wanted}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** @param {{ text: string, atMs: number }[]} recorded */
function withShortPauses(recorded) {
  let before = recorded[0]?.atMs ?? 0
  let now = 0
  return recorded.map(({ text, atMs }) => {
    now += Math.min(atMs - before, LONGEST_PAUSE_MS)
    before = atMs
    return { text, atMs: now }
  })
}
