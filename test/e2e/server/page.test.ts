/** The page of `cronitor serve` in a real browser, with real jobs. */

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openTab, whyNoBrowser } from '../../support/browser.ts'
import { KEY } from '../../support/key.ts'
import { ownPort } from '../../support/own-port.ts'
import { isExecutable, paths, start } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { exec, linesOf, reportingTo, startExec } from '../../support/wrapper.ts'

async function serve(flags: readonly string[] = [], options: { dataDir?: string; port?: number } = {}) {
  const running = start(
    [
      paths.bin.cronitor,
      'serve',
      '--port',
      String(options.port ?? 0),
      '--strict',
      '--no-limits',
      '--data-dir',
      options.dataDir ?? tempDir('data'),
      ...flags,
    ],
    { timeoutMs: 170_000 },
  )
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(linesOf(running.output().stdout)[0] ?? '')?.[0] ?? ''
  return { url, running }
}

/** Goes there, and waits until updates would come. */
async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByText('Live', { exact: true }).waitFor()
}

/** A mark that a reload would take away. */
const MARK = 'window.wasNotReloaded = true'
const isMarked = (page: Page) => page.evaluate('window.wasNotReloaded === true')

const rowOf = (page: Page, monitor: string) =>
  page.locator('#rows > tr', { has: page.getByText(monitor, { exact: true }) })

/** Two monitors: one has failed, one has a run with a message. */
async function withRuns(url: string, key = KEY): Promise<void> {
  const env = {
    ...reportingTo(await checked({ url })),
    CRONITOR_API_KEY: key,
    CRONITOR_ENV: 'prod',
    CRONITOR_HOSTNAME: 'db-1',
  }
  await exec(['nightly-backup', 'echo 3 files copied'], env)
  await exec(['nightly-backup', 'seq 40'], env)
  await exec(['import/orders-100%', 'echo no such column >&2; exit 3'], { ...env, CRONITOR_ENV: 'stage' })
}

const OVERRUNNING = ['--expect', 'hung=cron "0 2 * * *" tz Asia/Tokyo max 1s']

/** A run of the monitor takes longer than OVERRUNNING allows. */
async function overrun(url: string): Promise<void> {
  await fetch(`${url}/p/${KEY}/hung?state=run&series=1`)
  await new Promise(resolve => setTimeout(resolve, 1100))
  // The server judges all monitors after a change of health, and not each second.
  await fetch(`${url}/p/${KEY}/other?state=fail`)
}

describe.skipIf(whyNoBrowser !== undefined)(
  `the page in Chromium${whyNoBrowser === undefined ? '' : ` (skipped: ${whyNoBrowser})`}`,
  () => {
    test('a job that is run through the wrapper appears, runs and ends without a reload', async () => {
      const { url } = await serve()
      const { page, complaints } = await openTab()
      await visit(page, url)
      await page.getByRole('heading', { name: 'No monitor yet' }).waitFor()
      await page.evaluate(MARK)

      const folder = tempDir('job')
      const go = join(folder, 'go')
      const job = startExec(
        ['nightly', `while [ ! -e ${go} ]; do sleep 0.05; done; exit 3`],
        reportingTo(await checked({ url })),
      )
      await rowOf(page, 'nightly').getByText('Running', { exact: true }).waitFor()
      expect(await page.getByRole('heading', { name: 'No monitor yet' }).count()).toBe(0)

      writeFileSync(go, '')
      await job.done
      await rowOf(page, 'nightly').getByText('Failing', { exact: true }).waitFor()
      expect(await page.title()).toBe('(1) Monitors')
      await page.getByRole('status').filter({ hasText: 'nightly is failing.' }).waitFor({ state: 'attached' })
      expect(await isMarked(page)).toBe(true)
      expect(complaints).toEqual([])
    })

    test('a run that takes too long is shown without a reload, with its rule in words', async () => {
      const { url } = await serve(OVERRUNNING)
      const { page, complaints } = await openTab()
      await visit(page, url)
      await page.evaluate(MARK)
      await overrun(url)
      await rowOf(page, 'hung').getByText('Overrunning', { exact: true }).waitFor()
      await page
        .getByRole('status')
        .filter({ hasText: 'hung is overrunning.' })
        .waitFor({ state: 'attached' })
      expect(await isMarked(page)).toBe(true)
      await page.getByRole('link', { name: /^Overrunning/ }).click()
      expect(new URL(page.url()).search).toBe('?state=overrunning')
      expect(await page.locator('#rows > tr').count()).toBe(1)
      await page.getByRole('link', { name: 'hung', exact: true }).click()
      await page.getByText('(Asia/Tokyo), runs of at most 1.0 s').waitFor()
      await page.getByText(/^\d{4}-\d\d-\d\d 02:00 Asia\/Tokyo$/).waitFor()
      expect(await page.title()).toBe('(!) hung: overrunning · Monitors')
      await page.getByText('Live', { exact: true }).waitFor()
      await fetch(`${url}/p/${KEY}/hung?state=complete&series=1`)
      await page.locator('.facts').getByText('Healthy', { exact: true }).waitFor()
      expect(complaints).toEqual([])
    })

    test('a page of a monitor gets the new run, and a message that is open stays open', async () => {
      const { url } = await serve()
      await exec(['loud', 'seq 40'], reportingTo(await checked({ url })))
      const { page, complaints } = await openTab()
      await visit(page, `${url}/monitors/loud`)
      await page.evaluate(MARK)
      await page.getByText('40 lines').click()
      await exec(['loud', 'echo second; exit 1'], reportingTo(await checked({ url })))
      await page.getByText('second\nexit status 1').waitFor()
      expect(await page.locator('tbody').count()).toBe(2)
      expect(await page.locator('tbody').first().locator('.badge').textContent()).toBe('Failed')
      expect(await page.locator('details').getAttribute('open')).not.toBeNull()
      expect(await isMarked(page)).toBe(true)
      expect(complaints).toEqual([])
    })

    test('markup in what a job prints stays text', async () => {
      const { url } = await serve()
      const printed = '<script>window.ran = true</script><img src=x onerror="window.ran = true">'
      const { page, complaints } = await openTab()
      await visit(page, url)
      await exec(['hostile<b>', `echo '${printed}'; exit 1`], reportingTo(await checked({ url })))
      await page.getByRole('link', { name: 'hostile<b>' }).click()
      const message = page.locator('pre')
      await message.waitFor()
      expect(await message.textContent()).toBe(`${printed}\nexit status 1`)
      // The same by way of the stream.
      await page.getByText('Live', { exact: true }).waitFor()
      await exec(['hostile<b>', `echo '${printed}'; echo again; exit 1`], reportingTo(await checked({ url })))
      await page.getByText(`${printed}\nagain`).waitFor()
      expect(await page.evaluate('window.ran')).toBeUndefined()
      expect(await page.locator('img, pre script, pre *').count()).toBe(0)
      expect(complaints).toEqual([])
    })

    test('the page finds the server again after a restart', async () => {
      const again = { dataDir: tempDir('data'), port: await ownPort() }
      const { url, running } = await serve([], again)
      await exec(['before', 'true'], reportingTo(await checked({ url })))
      const { page } = await openTab()
      await visit(page, url)
      await page.evaluate(MARK)
      running.signal('SIGTERM')
      expect((await running.exited).status).toBe(0)
      await serve([], again)
      await exec(['after', 'true'], reportingTo(await checked({ url })))
      await rowOf(page, 'after').waitFor()
      expect(await rowOf(page, 'before').count()).toBe(1)
      expect(await isMarked(page)).toBe(true)
    })

    test('a flood of events leaves the page in the hands of its reader', async () => {
      const { url } = await serve()
      const { page, complaints } = await openTab()
      await visit(page, url)
      await page.evaluate(
        'window.changes = 0; new MutationObserver(() => window.changes += 1).observe(document.getElementById("rows"), { childList: true })',
      )
      const before = performance.now()
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(
          Array.from({ length: 100 }, (_, index) => fetch(`${url}/p/${KEY}/job-${index % 50}?state=ok`)),
        )
      }
      await rowOf(page, 'job-49').waitFor()
      const changes = await page.evaluate('window.changes')
      const elapsed = (performance.now() - before) / 1000
      // Four updates a second, and one more for the rest; an observer is called once for each of them.
      expect(changes).toBeLessThanOrEqual(4 * elapsed + 2)
      await page.getByLabel('Search monitors').fill('job-7')
      await until('one row is left', async () => (await page.locator('#rows > tr').count()) === 1)
      expect(complaints).toEqual([])
    })

    test('search and filters say in the address what is shown', async () => {
      const { url } = await serve()
      await withRuns(url)
      const { page, complaints } = await openTab()
      await visit(page, url)
      expect(await page.locator('#rows > tr th a').allInnerTexts()).toEqual([
        'import/orders-100%',
        'nightly-backup',
      ])
      await page.getByLabel('Search monitors').fill('BACK')
      await until('one row is left', async () => (await page.locator('#rows > tr').count()) === 1)
      expect(new URL(page.url()).search).toBe('?q=BACK')
      await page.getByLabel('Search monitors').fill('')
      await page.getByLabel('Environment').selectOption('stage')
      await rowOf(page, 'import/orders-100%').waitFor()
      await until('one row is left', async () => (await page.locator('#rows > tr').count()) === 1)
      await page.reload()
      expect(await page.locator('#rows > tr').count()).toBe(1)
      expect(await page.getByLabel('Environment').inputValue()).toBe('stage')
      await page.getByRole('link', { name: /^Healthy/ }).click()
      await page.getByRole('heading', { name: 'No monitor matches' }).waitFor()
      expect(new URL(page.url()).search).toBe('?state=healthy&env=stage')
      expect(complaints).toEqual([])
    })

    test('a chosen environment shows its own states, also as they change', async () => {
      const { url } = await serve()
      const send = async (target: string) => {
        const { status } = await fetch(`${url}/p/${KEY}/job?${target}`)
        expect(status).toBe(200)
      }
      await send('state=fail&env=production')
      await send('state=complete&env=staging')
      await send('state=complete')
      const { page, complaints } = await openTab()
      await visit(page, url)
      await rowOf(page, 'job').getByText('Failing', { exact: true }).waitFor()
      await page.getByLabel('Environment').selectOption('staging')
      await rowOf(page, 'job').getByText('Healthy', { exact: true }).waitFor()
      expect(new URL(page.url()).search).toBe('?env=staging')
      expect(await page.title()).toBe('Monitors in staging')
      expect(await page.getByRole('link', { name: /^Failing/ }).textContent()).toBe('Failing 0')

      // The reader hears of staging, and not of production.
      await send('state=complete&env=production')
      await send('state=fail&env=staging')
      await rowOf(page, 'job').getByText('Failing', { exact: true }).waitFor()
      await page
        .getByRole('status')
        .filter({ hasText: /^job is failing in staging\.$/ })
        .waitFor({ state: 'attached' })

      await page.getByRole('link', { name: 'job', exact: true }).click()
      await page.getByRole('heading', { name: 'job in staging', level: 1 }).waitFor()
      expect(await page.title()).toBe('(!) job in staging: failing · Monitors')
      expect(await page.locator('#rows > tbody').count()).toBe(2)
      const environments = page.getByRole('table', { name: 'Environments of job' })
      expect(await environments.locator('tbody tr').count()).toBe(3)
      await page.getByText('Live', { exact: true }).waitFor()
      await send('state=complete&env=staging')
      await page.locator('#rows > tbody').nth(2).waitFor()
      expect(await page.title()).toBe('job in staging · Monitors')
      await send('state=fail')
      await environments.getByText('Failing', { exact: true }).waitFor()
      expect(await page.locator('#rows > tbody').count()).toBe(3)

      await environments.getByRole('link', { name: 'no environment' }).click()
      await page.getByRole('heading', { name: 'job without an environment', level: 1 }).waitFor()
      await page.getByRole('link', { name: 'Monitors without an environment' }).click()
      expect(new URL(page.url()).search).toBe('?env=')
      expect(await page.getByLabel('Environment').inputValue()).toBe('')
      await page.getByLabel('Environment').selectOption('All environments')
      await until('the address is short', () => new URL(page.url()).search === '')
      expect(complaints).toEqual([])
    })

    test('without its script the page can be read and searched', async () => {
      const { url } = await serve()
      await withRuns(url)
      const { page } = await openTab({ javaScriptEnabled: false })
      await page.goto(url)
      await page.getByLabel('Search monitors').fill('orders')
      await page.getByRole('button', { name: 'Search' }).click()
      expect(new URL(page.url()).search).toBe('?q=orders&env=*')
      expect(await page.locator('#rows > tr').count()).toBe(1)
      await page.getByRole('link', { name: 'import/orders-100%' }).click()
      expect(new URL(page.url()).pathname).toBe('/monitors/import%2Forders-100%25')
      expect(await page.locator('pre').textContent()).toBe('no such column\nexit status 3')
    })

    test('by keyboard alone: the search, a row, its messages, and back', async () => {
      const { url } = await serve()
      await withRuns(url)
      const { page, complaints } = await openTab()
      await visit(page, url)
      const focused = () => page.evaluate('document.activeElement.innerText || document.activeElement.id')
      await page.keyboard.press('Tab')
      expect(await focused()).toBe('Skip to content')
      await page.keyboard.press('Enter')
      await page.keyboard.press('/')
      expect(await focused()).toBe('q')
      await page.keyboard.type('night/')
      expect(await page.getByLabel('Search monitors').inputValue()).toBe('night/')
      await page.keyboard.press('Backspace')
      await until('one row is left', async () => (await page.locator('#rows > tr').count()) === 1)
      for (let presses = 0; presses < 12 && (await focused()) !== 'nightly-backup'; presses += 1) {
        await page.keyboard.press('Tab')
      }
      expect(await focused()).toBe('nightly-backup')
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
      expect(outline).toBe('solid')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'nightly-backup', level: 1 }).waitFor()
      const element = () => page.evaluate('document.activeElement.localName')
      for (let presses = 0; presses < 12 && (await element()) !== 'summary'; presses += 1) {
        await page.keyboard.press('Tab')
      }
      await page.keyboard.press('Enter')
      await page.getByText('38\n39\n40').waitFor()
      expect(complaints).toEqual([])
    })

    test('at a phone’s width nothing has to be moved sideways', async () => {
      const { url } = await serve(OVERRUNNING)
      await withRuns(url)
      await overrun(url)
      await exec(
        [`a-very-long-key-${'x'.repeat(100)}`, `printf '%0300d' 7; exit 1`],
        reportingTo(await checked({ url })),
      )
      const { page } = await openTab({ viewport: { width: 360, height: 740 } })
      const long = `/monitors/a-very-long-key-${'x'.repeat(100)}`
      const env = `an-environment-${'x'.repeat(100)}`
      await fetch(`${url}/p/${KEY}/nightly-backup?state=fail&env=${env}`)
      const inEnv = `/monitors/nightly-backup?env=${env}`
      for (const path of [
        '/',
        '/monitors/hung',
        '/monitors/nightly-backup',
        inEnv,
        `${long}?env=`,
        long,
        '/monitors/none',
      ]) {
        await page.goto(`${url}${path}`)
        expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360)
      }
      await page.goto(url)
      // The word is left to screen readers; its shape has to be seen.
      expect((await page.locator('td.state .glyph').first().boundingBox())?.width).toBeGreaterThan(10)
    })

    // The page of the executable is the same.
    test.skipIf(isExecutable).each(['light', 'dark'] as const)(
      'axe finds nothing serious, in %s colours',
      async colorScheme => {
        const { url } = await serve(OVERRUNNING)
        const keyFile = join(tempDir('keys'), 'keys')
        writeFileSync(keyFile, `${KEY}\n`)
        const closed = await serve(['--api-key-file', keyFile])
        const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
        for (const width of [1280, 360]) {
          // The page's policy would keep axe out as well.
          const { page } = await openTab({ colorScheme, bypassCSP: true, viewport: { width, height: 800 } })
          const look = async (address: string) => {
            await page.goto(address)
            await page.evaluate(axe)
            const { violations } = (await page.evaluate(
              'axe.run({ resultTypes: ["violations"] })',
            )) as AxeResults
            const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
            expect(
              serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
              address,
            ).toEqual([])
          }
          if (width === 1280) await look(url)
          if (width === 1280) {
            await withRuns(url)
            await overrun(url)
            await fetch(`${url}/p/${KEY}/nightly-backup?state=fail&env=stage`)
          }
          await look(url)
          await look(`${url}/?env=stage`)
          await look(`${url}/monitors/nightly-backup`)
          await look(`${url}/monitors/nightly-backup?env=stage`)
          await look(`${url}/monitors/hung`)
          await look(`${url}/monitors/none`)
          await look(`${closed.url}/login`)
        }
      },
    )

    test('with keys the page asks for one, refuses a wrong one, and offers to log out', async () => {
      const keyFile = join(tempDir('keys'), 'keys')
      writeFileSync(keyFile, `${KEY}\n`)
      const { url, running } = await serve(['--api-key-file', keyFile])
      await withRuns(url)
      const { page, takeComplaints } = await openTab()
      await page.goto(`${url}/monitors/nightly-backup`)
      expect(new URL(page.url()).pathname).toBe('/login')
      await page.getByLabel('API key').fill('not-the-key')
      await page.keyboard.press('Enter')
      await page.getByText('This server does not know that key.').waitFor()
      // A page with the status 401 is a complaint of the console's, and no other.
      expect(takeComplaints().filter(text => !text.includes('401'))).toEqual([])

      await page.getByLabel('API key').fill(KEY)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('heading', { name: 'nightly-backup', level: 1 }).waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
      const [cookie] = await page.context().cookies()
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', secure: false })
      expect(cookie?.value).not.toContain(KEY)
      expect(await page.evaluate('document.cookie')).toBe('')

      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByRole('heading', { name: 'Log in' }).waitFor()
      await page.goto(url)
      expect(new URL(page.url()).pathname).toBe('/login')
      expect(takeComplaints()).toEqual([])

      // Logged in again, and the key is taken away.
      await page.getByLabel('API key').fill(KEY)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByText('Live', { exact: true }).waitFor()
      writeFileSync(keyFile, 'another-key-of-this-server\n')
      running.signal('SIGHUP')
      await until('the page asks for a key again', async () => {
        await page.goto(url)
        return new URL(page.url()).pathname === '/login'
      })
    })
  },
)

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}
