/** Debian's Chromium, controlled by playwright-core, which comes without a browser. */

import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, onTestFinished } from 'vitest'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  path => existsSync(path),
)

/** Why tests that need a browser are skipped; undefined if they are not. */
export const whyNoBrowser = executablePath === undefined ? 'there is no Chromium here' : undefined

/** As long as in until.ts. */
const PATIENCE_MS = 60_000

let started: Promise<Browser> | undefined

function browser(): Promise<Browser> {
  started ??= chromium.launch({
    timeout: PATIENCE_MS,
    ...(executablePath !== undefined && { executablePath }),
    // Its sandbox refuses to run as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  return started
}

afterAll(async () => {
  await (await started)?.close()
})

export interface Tab {
  readonly page: Page
  /** What the browser complained of: errors of the script, of loading, of the Content-Security-Policy. */
  readonly complaints: readonly string[]
  /** Those so far, which are then forgotten. */
  readonly takeComplaints: () => string[]
}

/** A tab with a new profile, closed after the test. It can reach no address but this host's. */
export async function openTab(options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await (await browser()).newContext(options)
  onTestFinished(() => context.close())
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  await context.route('**', route => {
    if (new URL(route.request().url()).hostname === '127.0.0.1') return route.continue()
    complaints.push(`asked for ${route.request().url()}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  return { page, complaints, takeComplaints: () => complaints.splice(0) }
}
