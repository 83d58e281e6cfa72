// Measures the first paint of the page of `cronitor serve` with a full store, in headless Chromium.
//
//   npm run build && node bench/page.mjs [events] [monitors]      CRONITOR_NODE=… selects the Node.js, CHROMIUM=… the browser
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { fillStore } from '../scripts/fill-store.mjs'
import { numbers } from '../scripts/plausible-runs.mjs'
import { quantile } from './ratios.mjs'
import { publish, surroundings } from './results.mjs'
import { CRONITOR, inWorkspace, NODE, until } from './workspace.mjs'

const events = Number(process.argv[2] ?? 1_000_000)
const monitors = Number(process.argv[3] ?? 1000)
const LOADS = 5
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Runs of all monitors by turns, the last one just now. One in fifty fails. */
function* runs() {
  const random = numbers(7)
  const now = Date.now()
  const total = events / 2
  for (let run = 0; run < total; run += 1) {
    const at = now - (total - run) * 1000
    const fails = random() < 0.02
    const about = {
      monitorKey: `team-${run % 20}/job-${String(run % monitors).padStart(4, '0')}`,
      series: `series-${run}`,
      host: `host-${run % 40}`,
      env: run % 3 === 0 ? 'staging' : 'production',
    }
    const seconds = 1 + 60 * random()
    yield { ...about, receivedAt: at, state: 'run', metrics: [] }
    yield {
      ...about,
      receivedAt: at + 900,
      state: fails ? 'fail' : 'complete',
      statusCode: fails ? 1 : 0,
      metrics: [{ name: 'duration', value: seconds }],
      message: `processed ${run} records\nwrote them`,
    }
  }
}

/** Times in milliseconds from the start of the navigation; `bytes` is the size of the HTML. */
async function load(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } })
  const page = await context.newPage()
  const response = await page.goto(url)
  const bytes = (await response.body()).length
  const times = await page.evaluate(`new Promise(resolve => {
    const look = list => {
      const paint = list.getEntries().find(entry => entry.name === 'first-contentful-paint')
      if (paint === undefined) return
      const [navigation] = performance.getEntriesByType('navigation')
      resolve({ paint: paint.startTime, answer: navigation.responseStart, loaded: navigation.loadEventEnd })
    }
    new PerformanceObserver(look).observe({ type: 'paint', buffered: true })
  })`)
  const rows = await page.locator('#rows > tr, tbody[data-id]').count()
  await context.close()
  return { ...times, bytes, rows }
}

await inWorkspace(async workspace => {
  const dataDir = join(workspace.folder, 'data')
  const filling = performance.now()
  const count = await fillStore(dataDir, { events: runs() })
  const filled = (performance.now() - filling) / 1000
  process.stderr.write(`${count} events stored in ${filled.toFixed(0)} s\n`)

  const server = workspace.start([CRONITOR, 'serve', '--port', '0'], workspace.env())
  await until('the server listens', 60_000, () => /http:\S+/.test(server.output.stdout))
  const [url = ''] = /http:\S+/.exec(server.output.stdout) ?? []

  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  const all = {}
  try {
    const monitor = encodeURIComponent('team-7/job-0007')
    for (const [name, path] of [
      ['/', '/'],
      ['/ searched for job-09', '/?q=job-09'],
      ['a monitor', `/monitors/${monitor}`],
      ['no such monitor', '/monitors/none'],
    ]) {
      all[name] = []
      for (let round = 0; round < LOADS; round += 1) all[name].push(await load(browser, `${url}${path}`))
    }
  } finally {
    await browser.close()
  }

  const version = spawnSync(CHROMIUM, ['--version'], { encoding: 'utf8' })
    .stdout.trim()
    .split(' ')
    .slice(0, 2)
    .join(' ')
  const ms = values =>
    `${Math.round(quantile(values, 0.5))} (${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}) ms`
  publish('page', [
    '## The page of `cronitor serve`: first paint with a full store',
    '',
    `${surroundings(NODE)}. ${count.toLocaleString('en')} events of ${monitors.toLocaleString('en')} monitors in the store, headless ${version} on the same machine, ${LOADS} loads of each page with an empty cache: median (least–most) from the start of the navigation. "No such monitor" shows next to nothing: it is the floor, what the browser takes for any page. The aim is a first paint of \`/\` within 1,000 ms.`,
    '',
    '| page | answer begins | first contentful paint | HTML | rows |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(all).map(
      ([name, loads]) =>
        `| ${name} | ${ms(loads.map(({ answer }) => answer))} | ${ms(loads.map(({ paint }) => paint))} | ${Math.round((loads[0]?.bytes ?? 0) / 1024)} KiB | ${loads[0]?.rows} |`,
    ),
  ])
  if (Math.max(...all['/'].map(({ paint }) => paint)) > 1000) process.exitCode = 1
})
