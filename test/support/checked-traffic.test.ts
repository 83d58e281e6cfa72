import { afterEach, expect, test } from 'vitest'
import { type Checked, noteChecked, summarize } from './checked-traffic.ts'
import { tempDir } from './temp.ts'

const before = process.env.CHECKED_TRAFFIC_DIR

afterEach(() => {
  if (before === undefined) delete process.env.CHECKED_TRAFFIC_DIR
  else process.env.CHECKED_TRAFFIC_DIR = before
})

test('what was noted is counted, with each different problem once and apart from what is meant', () => {
  const folder = tempDir('checked')
  process.env.CHECKED_TRAFFIC_DIR = folder
  const request: Checked = { what: 'request', by: 'api', file: 'a.test.ts', test: 't', problems: [] }
  noteChecked(request)
  noteChecked({ ...request, problems: ['state is missing', 'series is empty'] })
  noteChecked({ ...request, problems: ['state is missing'] })
  noteChecked({ ...request, problems: ['no state'], exception: 'it is left out' })
  noteChecked({ ...request, what: 'response', by: 'proxy' })
  expect(summarize(folder)).toEqual({
    requests: 4,
    responses: 1,
    problems: ['a.test.ts, t: request: state is missing', 'a.test.ts, t: request: series is empty'],
    exceptions: ['a.test.ts, t: request: no state (it is left out)'],
  })
})

test('without a folder nothing is noted', () => {
  delete process.env.CHECKED_TRAFFIC_DIR
  noteChecked({ what: 'request', by: 'api', file: '', test: '', problems: ['p'] })
  expect(summarize(tempDir('checked'))).toEqual({ requests: 0, responses: 0, problems: [], exceptions: [] })
})
