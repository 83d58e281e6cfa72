// Takes the screenshots of the page in docs/, with plausible runs in the store and with Chromium.
//
//   npm run build && node scripts/screenshots.mjs      CHROMIUM=… selects another browser
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { fillStore } from './fill-store.mjs'
import { EXPECTED, plausibleEvents } from './plausible-runs.mjs'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MAX_BYTES = 200 * 1024

/** @type {{ name: string, path: string, colorScheme: 'light' | 'dark', width: number, height: number }[]} */
const PICTURES = [
  { name: 'monitors-light', path: '/', colorScheme: 'light', width: 1280, height: 860 },
  { name: 'monitors-dark', path: '/', colorScheme: 'dark', width: 1280, height: 860 },
  { name: 'monitors-phone', path: '/', colorScheme: 'light', width: 360, height: 740 },
  { name: 'runs-light', path: '/monitors/orders-import', colorScheme: 'light', width: 1280, height: 1080 },
  { name: 'runs-dark', path: '/monitors/invoice-mailer', colorScheme: 'dark', width: 1280, height: 860 },
]

/** @param {string} path */
const inProject = path => fileURLToPath(new URL(`../${path}`, import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'cronitor-pictures-'))
let server
let browser
try {
  const now = Date.now()
  await fillStore(join(folder, 'data'), {
    // A monitor that is expected only since today could not be late yet.
    expected: EXPECTED.map(({ monitorKey, rule }) => ({ monitorKey, rule })),
    expectedSince: now - 80 * DAY,
    // The time at which certificates-renew becomes late.
    lateAt: now - 17 * HOUR + 60_000,
    events: plausibleEvents(now),
  })
  server = spawn(
    process.execPath,
    [
      inProject('bin/cronitor.js'),
      'serve',
      '--port',
      '0',
      '--data-dir',
      join(folder, 'data'),
      ...EXPECTED.flatMap(({ text }) => ['--expect', text]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH, HOME: folder } },
  )
  const [line] = await once(createInterface({ input: server.stdout }), 'line')
  const url = /http:\S+/.exec(line)?.[0]
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  if (!existsSync(inProject('docs'))) mkdirSync(inProject('docs'))
  for (const { name, path, colorScheme, width, height } of PICTURES) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height } })
    const page = await context.newPage()
    await page.goto(`${url}${path}`)
    await page.getByText('Live', { exact: true }).waitFor()
    const file = inProject(`docs/${name}.png`)
    await page.screenshot({ path: file })
    await context.close()
    const { size } = statSync(file)
    process.stdout.write(`docs/${name}.png: ${Math.ceil(size / 1024)} KiB\n`)
    if (size > MAX_BYTES) throw new Error(`docs/${name}.png has more than ${MAX_BYTES} bytes`)
  }
} finally {
  await browser?.close()
  server?.kill()
  rmSync(folder, { recursive: true, force: true })
}
